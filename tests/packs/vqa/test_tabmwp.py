"""Right answers to real questions about tables, in ten styles and more, score 1, and wrong ones 0."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import vlm_rewards as vr
from vlm_rewards_vqa import choice, count, relaxed_accuracy

DATA = Path(__file__).parents[4] / "shared/data/tabmwp/problems_dev1k.json"
LETTERS = "ABCDEFGH"
NUMBER_STYLES = {
    "bare": "{}",
    "boxed": "<think>3 + 4, then 5 more</think>\\boxed{{{}}}",
    "with unit": "{} {unit}",
    "sentence": "So the result of the calculation comes to {}.",
    "currency": "${}",
    "marker": "We add the numbers 3 and 4 first.\nThe answer is {}.",
    "answer tag": "<think>1 + 1</think><answer>{}</answer>",
    "trailing period": "{}.",
    "bold": "**Answer:** **{}**",
    "LaTeX": "$\\text{{{}}}$",
}
CHOICE_STYLES = {
    "letter": "{letter}",
    "bracketed letter": "({letter})",
    "letter and text": "{letter}. {text}",
    "text": "{text}",
    "lower case": "{lower}",
    "boxed letter": "\\boxed{{{letter}}}",
    "boxed text": "<think>A or B?</think>\\boxed{{\\text{{{text}}}}}",
    "marker and letter": "Look at the table.\nThe answer is ({letter}).",
    "marker and text": "The answer is {text}.",
    "answer tag": "<think>hm</think><answer>{text}</answer>",
    "trailing period": "{text}.",
    "sentence": "According to the table, it should be {text}.",
}


def problems() -> list[dict[str, Any]]:
    if not DATA.is_file():
        pytest.skip(f"the development data is not there: {DATA}")
    return list(json.loads(DATA.read_text()).values())


def number_texts(answer: str, unit: str | None) -> list[str]:
    """Every style of a number, with and without separators of thousands."""
    bare = answer.replace(",", "")
    grouped = f"{int(bare):,}" if bare.lstrip("-").isdecimal() else answer
    unit = "items" if unit is None or "$" in unit else unit
    return [style.format(form, unit=unit) for style in NUMBER_STYLES.values() for form in {answer, bare, grouped}]


def wrong_numbers(answer: str) -> list[str]:
    """A neighbour, ten times as much, and the other sign."""
    bare = answer.replace(",", "")
    top, slash, bottom = bare.partition("/")
    if slash:
        return [f"{int(top) + 1}/{bottom}", f"{top}/{int(bottom) + 1}", f"-{bare}"]
    places = len(bare.partition(".")[2])
    value = Fraction(bare)
    wrong = {value + Fraction(1, 10**places), value * 10, -value} - {value}
    return [f"{float(number):.{places}f}" for number in wrong]


@pytest.mark.parametrize("measure", ["relaxed_accuracy", "count"])
def test_numbers_in_every_style(measure: str) -> None:
    def score(text: str, solution: str) -> float:
        completion = vr.Completion(text)
        output = (
            count(completion, solution) if measure == "count" else relaxed_accuracy(completion, solution, tolerance=0.0)
        )
        return output.score or 0.0

    right = wrong = 0
    for problem in problems():
        if problem["choices"]:
            continue
        answer, unit = problem["answer"], problem["unit"]
        for text in number_texts(answer, unit):
            right += 1
            assert score(text, answer) == 1.0, (text, answer)
        for other in wrong_numbers(answer):
            for text in number_texts(other, unit)[::7]:
                wrong += 1
                assert score(text, answer) == 0.0, (text, answer)
    assert right > 7250
    assert wrong > 2000


def test_options_in_every_style() -> None:
    right = wrong = 0
    for problem in problems():
        options = problem["choices"]
        if not options:
            continue
        for at, option in enumerate(options):
            is_right = option == problem["answer"]
            for style in CHOICE_STYLES.values():
                text = style.format(letter=LETTERS[at], text=option, lower=option.lower())
                assert choice(vr.Completion(text), problem["answer"], options).score == float(is_right), text
                right, wrong = right + is_right, wrong + (not is_right)
        listed = " ".join(f"({LETTERS[at]}) {option}" for at, option in enumerate(options))
        assert not choice(vr.Completion(f"{problem['question']} {listed}"), problem["answer"], options).score
    assert right == 275 * len(CHOICE_STYLES)
    assert wrong > right
