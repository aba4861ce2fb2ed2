"""`math/choice`: one letter, one option's text or its value, and nothing that names two."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_math import choice, grade

LENGTHS = ["9 cm", "12 cm", "13 cm", "none of these"]
PICTURES = ["A", "B", "C", "D", "E"]
VALUES = ["$\\frac{1}{4}$", "$\\frac{1}{2}$", "$2$", "$2 \\sqrt{3}$"]


def judged(text: str, solution: str = "B", options: list[str] | None = None) -> vr.RewardOutput:
    output = choice(vr.Completion(text), solution, options)
    assert isinstance(output, vr.RewardOutput)
    return output


def score(text: str, solution: str = "B", options: list[str] | None = None) -> float | None:
    return judged(text, solution, options).score


NAMES_B = [
    "B",
    "b",
    "(B)",
    "(b)",
    "B.",
    "B)",
    "**B**",
    "**(B)**",
    "[B]",
    "$B$",
    "\\textbf{B}",
    "\\boxed{B}",
    "\\boxed{b}",
    "\\boxed{(B)}",
    "\\boxed{ (B) }",
    "\\boxed{\\text{B}}",
    "\\boxed{\\text{(B)}}",
    "\\boxed{\\textbf{(B) }}",
    "\\boxed{\\text{B.}}",
    "\\(\\boxed{B.}\\)",
    "\\boxed{\\mathrm{B}}",
    "\\boxed{\\text{Option B}}",
    "<answer>B</answer>",
    "<answer> (B) </answer>",
    "<answer>\\boxed{B}</answer>",
    "<answer>The answer is B.</answer>",
    "Answer: B",
    "Answer: (B)",
    "**Answer:** B",
    "**Answer: B**",
    "Final answer: B",
    "The answer is B",
    "The answer is B.",
    "The answer is (B).",
    "The answer is: (B)",
    "The answer is:\n\n(B)",
    "The answer is \\textbf{B}.",
    "The correct answer is therefore (B).",
    "The correct option is B.",
    "Therefore, the answer is option B.",
    "So the correct choice is (B), which is the longest.",
    "The answer is B because A and C are too short.",
    "Option B",
    "option B is correct",
    "Option (B) is the longest.",
    "I choose B.",
    "It is long.\nSo B",
    "B\nBecause it is the longest.",
    "<think>A? No, C.</think>B",
    "The answer is A. No: I was wrong. The answer is B.",
]


@pytest.mark.parametrize("text", NAMES_B)
@pytest.mark.parametrize("options", [None, LENGTHS, PICTURES])
def test_a_letter_is_read_in_every_style(text: str, options: list[str] | None) -> None:
    assert score(text, "B", options) == 1.0
    assert score(text, "C", options) == 0.0


NAMES_NOT_ONLY_B = [
    "A or B",
    "B or A",
    "B or C",
    "B, C",
    "B and C",
    "B/C",
    "(B)(C)",
    "(B) or (C)",
    "(B), (C)",
    "B (or C)",
    "B but maybe C",
    "B or 12 cm",
    "either B or C",
    "both B and C",
    "B C",
    "AB",
    "ABCD",
    "A, B, C, D",
    "not B",
    "B?",
    "B'",
    "B_1",
    "B^2",
    "2B",
    "B2",
    "A",
    "C) 12 cm",
    "B) 13 cm",
    "\\text{A} \\text{ or } \\text{B}",
    "Α",  # a Greek capital alpha
    "В",  # a Cyrillic capital ve
    "Ｂ",
    "B\u200b\u200bC",
    "F",
    "Z",
    "13 cm",
    "12",
]


@pytest.mark.parametrize("text", [text for text in NAMES_NOT_ONLY_B if text != "12"])
@pytest.mark.parametrize("frame", ["\\boxed{{{}}}", "<answer>{}</answer>", "The answer is {}.", "{}"])
def test_anything_but_the_one_letter_earns_nothing(text: str, frame: str) -> None:
    assert score(frame.format(text), "B", LENGTHS) in (None, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "The answer is A or B or C or D.",
        "The answer is B. Or C.",
        "The answer is B. But maybe it is C.",
        "A, B and C are all plausible, but the answer is A",
        "\\boxed{B} or \\boxed{C}",
        "<think>The answer is B.</think> I give up.",
        "<think>\\boxed{B}",
        "<answer>B</answer> <answer>C</answer>",
        "A B C D",
        "\n".join(f"The answer is {name}." for name in "ABCD"),
        "I cannot tell.",
        "",
        "\\boxed{}",
        "A triangle has three sides.",
        "Both A and B are right.",
    ],
)
def test_a_completion_that_does_not_commit_to_the_letter_earns_nothing(text: str) -> None:
    assert score(text, "B", PICTURES) in (None, 0.0)


@pytest.mark.parametrize(
    ("solution", "text"),
    [
        ("B", "\\boxed{12 cm}"),
        ("B", "The answer is 12 cm."),
        ("B", "<answer>12 cm</answer>"),
        ("B", "\\boxed{B) 12 cm}"),
        ("B", "\\boxed{(B) 12 cm}"),
        ("B", "B. 12 cm"),
        ("B", "The answer is (B) 12 cm."),
        ("B", "The answer is B: 12 cm"),
        ("(B)", "B"),
        ("B.", "B"),
        ("b", "B"),
        ("12 cm", "B"),
        ("12 cm", "\\boxed{12 cm}"),
        ("B) 12 cm", "\\boxed{B}"),
        ("D", "None of these"),
        ("none of these", "\\boxed{D}"),
        ("None of these.", "\\boxed{\\text{none of these}}"),
    ],
)
def test_letter_and_text_of_an_option_stand_for_each_other(solution: str, text: str) -> None:
    assert score(text, solution, LENGTHS) == 1.0


@pytest.mark.parametrize(
    ("solution", "text", "expected"),
    [
        ("B", "\\boxed{0.5}", 1.0),
        ("B", "\\boxed{\\frac{2}{4}}", 1.0),
        ("B", "\\boxed{0.25}", 0.0),
        ("C", "\\boxed{2.0}", 1.0),
        ("1/2", "\\boxed{B}", 1.0),
        ("0.5", "\\boxed{\\dfrac{1}{2}}", 1.0),
        ("0.5", "\\boxed{A}", 0.0),
        ("0.5", "\\boxed{C}", 0.0),
    ],
)
def test_the_value_of_an_option_stands_for_it(solution: str, text: str, expected: float) -> None:
    assert score(text, solution, VALUES) == expected


@pytest.mark.parametrize("text", ["12", "12 \\text{ cm}", "B", "B. 12 cm", "0.12 m"])
@pytest.mark.parametrize("solution", ["B", "(B) 12 cm", "12 cm"])
def test_options_may_bring_their_letters(solution: str, text: str) -> None:
    assert score(f"\\boxed{{{text}}}", solution, ["(A) 9 cm", "(B) 12 cm", "(C) 15 cm"]) == 1.0
    assert score(f"\\boxed{{{text}}}", "C", ["(A) 9 cm", "(B) 12 cm", "(C) 15 cm"]) == 0.0


def test_a_value_that_is_no_option_is_wrong() -> None:
    assert score("\\boxed{5}", "B", ["1", "2", "3"]) == 0.0


@pytest.mark.parametrize(
    "options",
    [
        ["$\\downarrow$", "$\\uparrow$", "$\\rightarrow$", "$\\leftarrow$"],
        ["Mr. Perez", "Ms. Chan", "Mr. Boone", "Mr. Nakamura"],
        ["Mike won. He had 3 points more.", "Jake won. He had 4 points more.", "Mike won. He had 2 points more."],
        ["... only be 3.", "... be 3 or 4.", "... be 4 or 5."],
        ["$2: 1$", "$1: 2$", "$3: 2$", "$2: 3$"],
        ["$\\alpha=\\beta$", "$2 \\alpha+\\beta=90$", "$\\alpha+\\beta=60$"],
    ],
)
@pytest.mark.parametrize("frame", ["\\boxed{{{}}}", "<answer>{}</answer>", "The answer is {}.", "{}"])
def test_the_text_of_every_option_is_that_option_and_no_other(options: list[str], frame: str) -> None:
    names = string.ascii_uppercase[: len(options)]
    for name, text in zip(names, options, strict=True):
        assert [one for one in names if score(frame.format(text), one, options) == 1.0] == [name]


def test_a_value_that_two_options_have_chooses_none() -> None:
    options = ["12 cm", "12 m", "13 cm"]
    assert score("\\boxed{12}", "A", options) == 0.0
    assert score("\\boxed{12 cm}", "A", options) == 1.0
    assert score("\\boxed{0.12 m}", "A", options) == 1.0


@pytest.mark.parametrize("text", ["\\boxed{9 \\text{ or } 12}", "\\boxed{9, 12}", "9 or 12", "9\n12", "It is 9 or 12."])
def test_several_values_choose_none(text: str) -> None:
    assert score(text, "A", ["9", "12", "15"]) in (None, 0.0)


@pytest.mark.parametrize("text", ["B.\n\nActually A.", "B\nWait, it is A", "B\nor maybe C"])
def test_a_last_line_that_takes_the_first_back_earns_nothing(text: str) -> None:
    assert score(text) == 0.0
    assert score("B\nIt is the longest of them.") == 1.0


def test_a_letter_stated_behind_the_box_counts_before_it() -> None:
    text = "So the area is \\boxed{12}. The answer is: (C)"
    assert [score(text, name, ["9", "12", "15"]) for name in "ABC"] == [0.0, 0.0, 1.0]


def test_the_text_of_an_option_may_hold_letters_that_are_no_choice() -> None:
    options = ["$P, R$ and $T$", "$R, S$ and $T$", "all of $P, Q, R, S$ and $T$", "A triangle", "AB"]
    assert score("\\boxed{P, R and T}", "A", options) == 1.0
    assert score("\\boxed{(B) R, S and T}", "B", options) == 1.0
    assert score("The answer is a triangle.", "D", options) == 1.0
    assert score("\\boxed{AB}", "E", options) == 1.0
    assert score("\\boxed{AB}", "A", options) == 0.0


def test_options_that_are_letters_beyond_the_list_are_texts() -> None:
    options = ["P", "Q", "R", "S", "T"]
    assert score("\\boxed{Q}", "B", options) == 1.0
    assert score("\\boxed{B}", "Q", options) == 1.0
    assert score("\\boxed{F}", "B", options) == 0.0


def test_options_with_one_text_are_one_option() -> None:
    assert score("\\boxed{C}", "A", ["7", "8", "7"]) == 1.0
    assert score("\\boxed{7}", "C", ["7", "8", "7"]) == 1.0
    assert score("\\boxed{B}", "A", ["7", "8", "7"]) == 0.0


@pytest.mark.parametrize("text", ["\\boxed{12}", "It is 12.", "<answer>12.0</answer>", "\\boxed{B}"])
def test_without_options_a_value_is_left_to_math_answer(text: str) -> None:
    assert judged(text, "12") == grade("12", vr.Completion(text))


@pytest.mark.parametrize(
    ("solution", "options"),
    [("F", LENGTHS), ("14 cm", LENGTHS), ("", LENGTHS), ("A or B", LENGTHS), ("A", ["7"] * 27), ("", None)],
)
def test_a_reference_that_is_no_option_is_the_datas_fault(solution: str, options: list[str] | None) -> None:
    assert judged("\\boxed{A}", solution, options).status is vr.Status.BAD_REFERENCE


def test_a_letter_for_options_that_are_pictures_must_be_there() -> None:
    assert judged("\\boxed{12}", "B", PICTURES).status is vr.Status.UNPARSEABLE
    assert judged("\\boxed{12}", "B").status is vr.Status.UNPARSEABLE


def test_details_say_what_was_read_and_why() -> None:
    output = judged("The answer is (C).", "B", LENGTHS)
    assert (output.reason, output.details) == ("letter", {"letter": "C", "extracted": "(C)", "from": "phrase"})
    assert judged("\\boxed{12 cm}", "B", LENGTHS).reason == "option_text"


def test_options_come_from_a_column_of_any_name() -> None:
    config = {"version": 1, "rewards": {"it": {"use": "math/choice", "columns": {"options": "choices"}}}}
    batch = vr.Batch.of(
        ["\\boxed{2}", "\\boxed{2}", "C"], solution=["B", "A", "C"], choices=[["1", "2"], ["1", "2"], None]
    )
    with vr.load_scorer(config) as scorer:
        assert scorer.score(batch).totals == [1.0, 0.0, 1.0]


@given(
    st.lists(st.sampled_from(string.ascii_uppercase[:6]), min_size=2, max_size=5),
    st.sampled_from([" ", ", ", " or ", " and ", "/", "; ", " & ", ") ", "\n", ")("]),
    st.sampled_from(["\\boxed{{{}}}", "<answer>{}</answer>", "The answer is {}"]),
)
def test_several_letters_never_earn_what_one_of_them_would(names: list[str], between: str, frame: str) -> None:
    text = frame.format(between.join(names))
    earns = [name for name in string.ascii_uppercase[:6] if score(text, name, ["x"] * 6) == 1.0]
    singles = [name for name in string.ascii_uppercase[:6] if score(text, name) == 1.0]
    assert len(singles) <= 1
    assert not earns or set(names) == {names[0]} or "\n" in text


@given(st.text(max_size=30), st.sampled_from("ABCDE"))
def test_at_most_one_letter_is_right(text: str, name: str) -> None:
    assert sum(score(f"\\boxed{{{text}}}", letter, PICTURES) == 1.0 for letter in "ABCDE") <= 1


@given(st.lists(st.text(max_size=12), max_size=28), st.text(max_size=12), st.text(max_size=40))
def test_any_options_get_a_verdict(options: list[str], solution: str, text: str) -> None:
    for found in (text, f"\\boxed{{{solution}}}", *(f"\\boxed{{{option}}}" for option in options[:2])):
        assert score(found, solution, options) in (None, 0.0, 1.0)


def test_a_value_that_only_computer_algebra_can_tell_goes_to_a_worker() -> None:
    output = choice(vr.Completion("\\boxed{\\frac{1}{3}}"), "A", ["$\\lim_{x\\to 0} \\frac{\\sin x - x}{x^3}$", "$2$"])
    assert isinstance(output, vr.Escalation)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("\\boxed{B}. No wait, it is C.", 0.0),
        ("\\boxed{C}. No wait, it is B.", 0.0),
        ("<answer>B</answer> or C", 0.0),
        ("<|begin_of_box|>B<|end_of_box|>, or maybe A.", 0.0),
        ("The answer is B. No wait, C.", 0.0),
        ("\\boxed{B. 12 or 13}", 0.0),
        ("<|begin_of_box|>B<|end_of_box|>", 1.0),
        ("\\boxed{B}. Wait, let me check. It is B.", 1.0),
        ("\\boxed{B}, because C is too long.", 1.0),
        ('{"answer": "B"}', 1.0),
        ('```json\n{"answer": "B"}\n```', 1.0),
        ('{"answer": "A or B"}', 0.0),
        ("答案是B。", 1.0),
        ("答案：选B", 1.0),
        ("答案：选C", 0.0),
        ("Die Antwort ist B.", 1.0),
    ],
)
def test_a_letter_is_one_in_many_styles_and_none_when_it_is_taken_back(text: str, score: float) -> None:
    output = choice(vr.Completion(text), "B", ["9", "12", "13"])
    assert isinstance(output, vr.RewardOutput)
    assert output.score == score
