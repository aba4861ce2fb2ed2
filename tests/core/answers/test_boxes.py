"""Boxes side by side: which are parts of one answer."""

from __future__ import annotations

import pytest

from vlm_rewards.answers import AnswerMarks
from vlm_rewards.answers.boxes import last_box


def boxed_together(text: str) -> list[str]:
    box = last_box(text, AnswerMarks())
    return [] if box is None else box.text.split(", ")


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
    assert boxed_together(text) == together


@pytest.mark.parametrize(("boxes", "together"), [(39, 39), (40, 40), (41, 40)])
def test_at_most_forty_boxes_are_one_answer(boxes: int, together: int) -> None:
    text = " and ".join(f"\\boxed{{{number}}}" for number in range(boxes))

    assert boxed_together(text) == [str(number) for number in range(boxes)][-together:]


@pytest.mark.parametrize(("between", "together"), [("or".rjust(60), ["1", "2"]), ("or".rjust(61), ["2"])])
def test_at_most_sixty_characters_stand_between_boxes_of_one_answer(between: str, together: list[str]) -> None:
    text = f"<|begin_of_box|>1<|end_of_box|>{between}<|begin_of_box|>2<|end_of_box|>"

    assert boxed_together(text) == together
