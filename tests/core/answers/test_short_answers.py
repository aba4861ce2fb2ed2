"""What the packs of short answers share: boxes side by side, decimal commas, solved references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from tests.core.types.test_completion import PIECES, model_texts
from vlm_rewards.answers import behind_mark, boxed_together, with_point


@given(model_texts)
def test_no_text_raises(text: str) -> None:
    with_point(text)
    behind_mark(text)


@given(st.lists(st.sampled_from([*PIECES, " or ", " and ", ". "]), max_size=40).map("".join))
def test_boxes_side_by_side_end_with_the_last_one(text: str) -> None:
    completion = vr.Completion(text)
    together = boxed_together(completion)
    assert bool(together) == bool(completion.boxed_spans)
    assert len(set(together)) == len(together)
    assert completion.boxed is None or completion.boxed in together


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("", []),
        ("\\boxed{1}", ["1"]),
        ("\\boxed{1} or \\boxed{2}", ["1", "2"]),
        ("\\boxed{1} and \\boxed{1}", ["1"]),
        ("\\boxed{1}. It is \\boxed{2}", ["2"]),
        ("<|begin_of_box|>1<|end_of_box|> or <|begin_of_box|>2<|end_of_box|>", ["1", "2"]),
        ("<|begin_of_box|>1<|end_of_box|>, \\boxed{2}", ["1", "2"]),
        ("<|begin_of_box|>1<|end_of_box|>. No: <|begin_of_box|>2<|end_of_box|>", ["2"]),
    ],
)
def test_boxes_side_by_side_are_one_answer(text: str, together: list[str]) -> None:
    assert boxed_together(vr.Completion(text)) == together


@pytest.mark.parametrize(("boxes", "together"), [(39, 39), (40, 40), (41, 40)])
def test_at_most_forty_boxes_are_one_answer(boxes: int, together: int) -> None:
    text = " and ".join(f"\\boxed{{{number}}}" for number in range(boxes))

    assert boxed_together(vr.Completion(text)) == [str(number) for number in range(boxes)][-together:]


@pytest.mark.parametrize(("between", "together"), [("or".rjust(60), ["1", "2"]), ("or".rjust(61), ["2"])])
def test_at_most_sixty_characters_stand_between_boxes_of_one_answer(between: str, together: list[str]) -> None:
    completion = vr.Completion(f"<|begin_of_box|>1<|end_of_box|>{between}<|begin_of_box|>2<|end_of_box|>")

    assert boxed_together(completion) == together


@given(st.integers(-(10**9), 10**9), st.integers(0, 99), st.sampled_from(["", " cm", " \\text{ cm}", "%", " €"]))
def test_a_decimal_comma_becomes_a_point(whole: int, cents: int, unit: str) -> None:
    assert with_point(f"{whole},{cents}{unit}") == f"{whole}.{cents}{unit}"
    assert with_point(f"{whole:,}".replace(",", ".") + f",{cents}{unit}") == f"{whole}.{cents}{unit}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "12",
        "12.5",
        ",5",
        "12,",
        "12,345",
        "12,345.6",
        "1, 2",
        "1 ,2",
        "1,2,3",
        "1,2.3",
        "(1,2)",
        "x,5",
        "1.2,5",
    ],
)
def test_what_may_be_thousands_or_a_list_has_no_decimal_comma(text: str) -> None:
    assert with_point(text) is None


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("so 3 * 24 = <<3*24=72>>72\n#### 72", "72"),
        ("so 3 * 24 = 72 #### 72\n", "72"),
        ("#### 72", "72"),
        ("72", "72"),
        ("####", "####"),
        ("#### Sales\nof the year", "#### Sales\nof the year"),
    ],
)
def test_a_reference_with_its_solution_ends_with_the_answer(reference: str, answer: str) -> None:
    assert behind_mark(reference) == answer
