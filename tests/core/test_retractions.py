"""What takes an answer back, and what explains it."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.core.types.test_completion import model_texts
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
