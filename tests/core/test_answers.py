"""What the packs of short answers share: boxes side by side, second thoughts, decimal commas, solved references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from tests.core.test_completion import PIECES, model_texts
from vlm_rewards.answers import behind_mark, boxed_together, with_point
from vlm_rewards.retractions import second_thought

REPLACED = [
    "}. No wait, it is 41.",
    "}. No, 41.",
    "}. No: 41.",
    "} - no, 41",
    "} \u2014 no, it's 41",
    "}$. Wait, it is $41$.",
    "}. Wait, not 42 but 41.",
    "} or 41",
    "} (or 41)",
    "}, or maybe 41",
    "}.\nOr 41, if the first one counts.",
    "}\n\nCorrection: 41",
    "\\]\n\nOops, \\(41\\).",
    "}. Actually, it\u2019s 41.",
    "}. I made a mistake. It is 41, not 42.",
    "}. On second thought, the answer could be 41 instead of 42.",
    "}**. Hmm. Sorry, it is **41**",
    "<|end_of_box|> No wait, 41",
]
EXPLAINED = [
    "",
    "}",
    "}$.",
    "}. This means 42 apples, since 40 + 2 = 42.",
    "}. Note that 41 is wrong, since 41 is prime.",
    "}. However, 41 would be prime.",
    "}. Alternatively, 6 * 7 = 42.",
    "}. No 2 sides are equal.",
    "}. No other 3 numbers work.",
    "}, not 41",
    "} instead of 41",
    "}. Wait, that is all!",
    "}. Wait, let me verify: 42/6 = 7. Correct.",
    "}. Wait, let me check with x = 3 again, in 2 steps: it works.",
    "}. Wait, 6*7 = 42, so yes.",
    "}. Sorry for the long solution in 5 steps.",
    "}. Hold on, step 2 used n=5, which is right.",
    "}. No, I am sure.",
    "} or less",
    "} for 3 waiters. Waiters are 3.",
]


@pytest.mark.parametrize("tail", REPLACED)
def test_an_explicit_correction_puts_something_in_the_place_of_the_answer(tail: str) -> None:
    assert second_thought(tail) == "41"
    assert second_thought(tail.replace("41", "C").replace("42", "B")) == "C"


@pytest.mark.parametrize("tail", EXPLAINED)
def test_an_explanation_takes_nothing_back(tail: str) -> None:
    assert second_thought(tail) is None


def test_only_capital_letters_that_stand_alone_are_options() -> None:
    assert second_thought(". Wait, I think a cat is A.") == "A"
    assert second_thought(". Wait, I think A cat is it") is None


@given(model_texts)
def test_no_text_raises(text: str) -> None:
    second_thought(text)
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
