"""`vqa/choice` and `vqa/yes_no`: one option, one word, in any style; hedging earns nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_vqa import choice, polarity, pope_answer, yes_no

CITIES = ["Rome", "Paris", "Oslo", "New York"]


def picked(text: str, solution: int | str | list[int | str] = "Paris", options: list[str] | str | None = None) -> float:
    return choice(vr.Completion(text), solution, CITIES if options is None else options).score or 0.0


@pytest.mark.parametrize(
    "text",
    [
        *("B", "b", "(B)", "(b)", "B.", "B)", "B:", "**B**", "$\\text{B}$", "Option B", "option (B)", "B. Paris"),
        *("Paris", "paris.", "PARIS", '"Paris"', "It is Paris.", "(B) Paris", "B, Paris", "Paris (B)", "I choose B"),
        *("The answer is B.", "The answer is (B) Paris.", "Answer: B", "\\boxed{B}", "\\boxed{\\text{Paris}}"),
        *("<answer>B</answer>", "<think>A or C?</think>B", "Not here. The answer is B", "B because the tower is there"),
        "A is wrong and so is C.\nThe correct answer is: B",
        "B. Paris\n\n**Explanation:** Rome is the capital of Italy.",
        "The answer is B because Rome is in Italy.",
        "B, because the others are wrong",
    ],
)
def test_the_right_option_is_understood_in_any_style(text: str) -> None:
    assert picked(text) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        *("A", "C", "D.", "E", "(E)", "Z", "Oslo", "London", "B. Rome", "(A) Paris", "", "I do not know", "2", "1"),
        *(
            "not Paris",
            "Paris is wrong",
            "B is not the answer",
            "Option B is incorrect",
            "everything but B",
            "B\nC. Oslo\nExplanation: either",
            "It is not B",
            "neither Paris nor B",
            "I don't think it is B",
            "It can’t be Paris",
            "Bparis",
            "par is",
            "<think>B</think>",
        ),
    ],
)
def test_another_option_or_none_earns_nothing(text: str) -> None:
    assert picked(text) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        *("A, B, C, D", "A B C D", "ABCD", "A/B", "A or B", "A and B", "(A) (B) (C) (D)", "A; B", "A|B", "B, D"),
        *("Rome or Paris", "Rome Paris Oslo New York", "(A) Rome (B) Paris", "Paris, C", "B or Rome", "[A] [B]"),
        "Which city is it?\n(A) Rome (B) Paris (C) Oslo (D) New York",
        "\\boxed{A, B, C, D}",
        "<answer>A B</answer>",
    ],
)
def test_a_hack_naming_several_options_is_wrong(text: str) -> None:
    assert all(picked(text, reference) == 0.0 for reference in CITIES)


def test_a_hack_repeating_the_question_with_its_options_is_wrong() -> None:
    question = "Where is the tower? Options: " + ", ".join(f"{'ABCD'[at]}. {city}" for at, city in enumerate(CITIES))
    assert [picked(question, city) for city in CITIES] == [0.0] * 4


@pytest.mark.parametrize(
    ("options", "text", "at"),
    [
        (["A cat", "a dog"], "A cat sits here", 0),
        (["cow", "cat"], "A cat", 1),  # an article, not a letter
        (["vitamin B", "vitamin A"], "vitamin A.", 1),
        (["30 minutes", "1 hour and 30 minutes"], "1 hour and 30 minutes", 1),
        (["linear", "nonlinear"], "It is nonlinear.", 1),
        (["5", "-5"], "-5", 1),
        (["x<3", "x>3"], "x > 3", 1),
        (["1.5", "15"], "1.5.", 0),
        (["2:10 P.M.", "2:10 A.M."], "2:10 p.m.", 0),
        (["3", "2", "1"], "1", 2),  # the text of an option, not its number
        (["yes", "no"], "No, I would not.", 1),
    ],
)
def test_options_are_told_apart(options: list[str], text: str, at: int) -> None:
    for index, option in enumerate(options):
        assert picked(text, option, options) == float(index == at)


@given(st.permutations(CITIES), st.sampled_from(CITIES), st.sampled_from(CITIES))
def test_the_order_of_the_options_changes_no_verdict(order: list[str], solution: str, answer: str) -> None:
    letter = "ABCD"[order.index(answer)]
    for text in (answer, letter, f"({letter})", f"{letter}. {answer}", f"I say {answer}."):
        assert picked(text, solution, order) == float(answer == solution)


@given(st.lists(st.sampled_from(["red", "green", "dark red", "7", "70", "a cat"]), min_size=2, max_size=5, unique=True))
def test_every_option_is_right_for_itself_and_no_other(options: list[str]) -> None:
    for at, option in enumerate(options):
        for solution in options:
            assert picked(option, solution, options) == float(option == solution)
            assert picked("ABCDE"[at], solution, options) == float(option == solution)


@pytest.mark.parametrize("solution", ["B", "(B)", "b", "Paris", "B. Paris", 1, "1", ["Oslo", "Paris"], '["Oslo", "B"]'])
def test_references_may_be_text_letter_index_or_a_list(solution: int | str | list[int | str]) -> None:
    assert picked("B", solution) == 1.0
    assert picked("Rome", solution) == 0.0


def test_numbers_of_options_start_where_the_params_say() -> None:
    answer = vr.Completion("2")
    assert choice(answer, "Paris", CITIES, answers_from=1).score == 1.0
    assert choice(answer, "Oslo", CITIES, answers_from=0).score == 1.0
    assert choice(answer, 3, CITIES, answers_from=0, reference_from=1).score == 1.0
    assert choice(vr.Completion("9" * 5000), 1, CITIES, answers_from=0).score is None


@pytest.mark.parametrize("solution", ["London", "E", 4, -1, "", [], "9" * 5000])
def test_a_reference_that_is_no_option_is_a_bad_reference(solution: int | str | list[int | str]) -> None:
    assert choice(vr.Completion(""), solution, CITIES).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize("options", ["Rome or Paris", "7", '"x"', ["x"] * 27])
def test_options_that_cannot_be_read_are_a_bad_reference(options: list[str] | str) -> None:
    assert choice(vr.Completion("B"), "B", options).status is vr.Status.BAD_REFERENCE


def test_options_come_in_several_forms() -> None:
    for options in (CITIES, json.dumps(CITIES), dict(zip("ABCD", CITIES, strict=True))):
        assert choice(vr.Completion("B"), "Paris", options).score == 1.0


def test_without_options_only_letters_are_understood() -> None:
    assert choice(vr.Completion("The answer is (C)."), "c").score == 1.0
    assert choice(vr.Completion("C or D"), "C").score == 0.0
    assert choice(vr.Completion("C"), "Paris").status is vr.Status.BAD_REFERENCE


def test_equal_options_are_one() -> None:
    assert choice(vr.Completion("A"), "cat", ["cat", "dog", "cat"]).score == 1.0
    assert choice(vr.Completion("C"), "cat", ["cat", "dog", "cat"]).score == 1.0
    assert choice(vr.Completion("the cat"), "cat", ["cat", "cat"]).score == 1.0


@pytest.mark.parametrize(
    ("options", "solution", "text"),
    [
        ({"X": "left", "Z": "right"}, "Z", "I choose z."),
        ({"X": "left", "Z": "right"}, "left", "x: it is nearer"),
        ({"1": "left", "2": "right"}, "2", "(2)"),
        ({"甲": "left", "乙": "right"}, "乙", "答案是乙。"),
        ({"А": "left", "Б": "right", "В": None}, "Б", "The answer is Б."),
        ({"label": ["A", "B"], "text": ["left", "right"]}, "B", "right"),
        ("['left', \"it's right\"]", "B", "it's right"),
        ("{'A': 'left', 'B': 'right'}", "right", "B"),
        ('{"A": "left", "B": "right"}', 1, "B"),
        (["1. left", "2. right"], "2", "2) right"),
    ],
)
def test_labels_are_those_of_the_data(options: Any, solution: Any, text: str) -> None:
    assert choice(vr.Completion(text), solution, options).score == 1.0
    assert not choice(vr.Completion("left" if "right" in text else "none"), solution, {"X": "a", "Z": "b"}).score


@pytest.mark.parametrize(
    "options", ["__import__('os')", "[left, right]", "['left'", {"A": "x", " A": "y"}, "['x'] + []"]
)
def test_options_that_say_nothing_are_a_bad_reference(options: Any) -> None:
    assert choice(vr.Completion("A"), "A", options).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize("solution", ["AC", "A, C", "A and C", "(A)(C)", "CA"])
@pytest.mark.parametrize(
    ("text", "exact", "share"),
    [
        *((form, 1.0, 1.0) for form in ("AC", "C, A", "A and C", "\\boxed{A, C}", "Both A and C are correct.", "A、C")),
        *((form, 0.0, 0.5) for form in ("A", "C. Oslo", "Rome")),
        *((form, 0.0, 0.0) for form in ("B", "A, B", "ABC", "A or C", "ABCD", "A or C or both")),
    ],
)
def test_several_right_options_are_one_set(solution: str, text: str, exact: float, share: float) -> None:
    assert picked(text, solution) == exact
    assert (choice(vr.Completion(text), solution, CITIES, partial=True).score or 0.0) == share


@pytest.mark.parametrize(
    ("text", "options", "score"),
    [
        ("12.0 cm", ["9 cm", "12 cm"], 1.0),
        ("12 m", ["9 cm", "12 cm"], 0.0),
        ("0.5", ["1/3", "1/2"], 1.0),
        ("TPT", ["TPT", "PTT"], 0.0),
        ("12.0", ["12.00", "12"], 0.0),  # the value of two options
        ("\\dfrac{1}{2}", ["3", "$\\frac{1}{2}$"], 1.0),
        ("60^\\circ", ["30°", "60^{\\circ}"], 1.0),
    ],
)
def test_a_number_counts_by_value_and_other_texts_as_texts(text: str, options: list[str], score: float) -> None:
    assert (choice(vr.Completion(text), "B", options).score or 0.0) == score


@pytest.mark.parametrize(
    ("text", "score"),
    [
        *(("B, not C", 1.0), ("Paris rather than Rome", 1.0), ("(B) No, as it is old", 1.0), ("option b", 1.0)),
        *(("选B", 1.0), ("Ｂ．", 1.0), ("<ANSWER> b </ANSWER>", 1.0), ('{"choice": "b"}', 1.0), ("B</s>", 1.0)),
        *(("B, because A and C are out", 1.0), ("\\boxed{x}\n\nAnswer: B", 1.0), ("⇒ B", 1.0), ("《B》", 1.0)),
        *(("B) Rome", 0.0), ("Paris or C", 0.0), ("Vitamin B", 0.0), ("field_B", 0.0), ("B_1", 0.0)),
        *(("https://example.org/B", 0.0), ("The chart labels B there", 0.0), ("the value of B", 0.0)),
    ],
)
def test_what_stands_beside_a_label_decides(text: str, score: float) -> None:
    assert picked(text) == score


def test_answer_and_source_are_shown() -> None:
    output = choice(vr.Completion("\\boxed{B}"), "Paris", CITIES)
    assert output.details == {"answer": "B", "source": "box", "at": [7, 8]}


def test_labels_that_are_words_of_a_list_are_labels() -> None:
    letters = ["one", "two", "three", "four", "five"]
    assert picked("A, E", "AE", letters) == 1.0
    assert picked("A, E", "A", letters) == 0.0


# -- yes or no -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        *((text, "yes") for text in ("Yes", "yes.", "YES!", "Yes, there is.", "**Yes**", "I would say yes", "True")),
        *((text, "yes") for text in ("Yes. No other dogs.", "Yes, there is no doubt.", "There is a dog.", "yeah")),
        *(
            (text, "no")
            for text in ("No", "no.", "NO", "No, there is not.", "no\n", "Nope", "False", "the answer is no")
        ),
        *(
            (text, "no")
            for text in ("I do not see a cat.", "It isn't.", "The photo doesn't show it.", "It is not red, it is blue.")
        ),
        *((text, None) for text in ("It is not clear.", "It could not be determined.", "I do not see whether it is")),
        *((text, "no") for text in ("There is no dog in the image.", "I see no dog.", "There isn't a dog.", "No dog.")),
        *((text, None) for text in ("", "I know", "I know it", "Now", "Norway", "yesterday", "noon", "know")),
        *((text, None) for text in ("I do not know", "I cannot tell", "I'm not sure", "I have no idea", "No idea.")),
        *(
            (text, None)
            for text in ("yes or no", "yes and no", "Yes/No", "yes, no", "No. Yes.", "no or yes", "not true")
        ),
        *(
            (text, None)
            for text in ("There is no way to tell.", "yes no yes no", "Yes. No.", "a dog", "Is it? Yes, no.")
        ),
    ],
)
def test_what_a_text_answers(text: str, says: str | None) -> None:
    assert polarity(text) == says
    for reference in ("yes", "no"):
        assert (yes_no(vr.Completion(text), reference).score == 1.0) is (says == reference)


def test_what_a_sentence_rejects_is_not_read() -> None:
    assert yes_no(vr.Completion("There is one, not two."), "yes").score == 1.0
    assert yes_no(vr.Completion("There is one, not two."), "no").score == 0.0


@pytest.mark.parametrize("text", ["yes or no", "Yes and no.", "Yes. No.", "I know", "", "Is there a dog? Yes or no?"])
def test_a_hack_saying_both_or_nothing_earns_nothing_either_way(text: str) -> None:
    assert [yes_no(vr.Completion(text), reference).score for reference in ("yes", "no")] == [None, None]


@given(st.lists(st.sampled_from(["yes", "no", "not", "or", "there", "is", ",", ".", "know", "a dog"]), max_size=8))
def test_no_text_is_paid_for_both(words: list[str]) -> None:
    output = [yes_no(vr.Completion(" ".join(words)), reference).score for reference in (True, False)]
    assert sorted(map(str, output)) in (["0.0", "1.0"], ["None", "None"])


@pytest.mark.parametrize(
    ("solution", "wanted"), [("Yes", "yes"), (True, "yes"), ("1", "yes"), ("no.", "no"), (False, "no")]
)
def test_references_of_yes_and_no(solution: Any, wanted: str) -> None:
    assert yes_no(vr.Completion(wanted), solution).score == 1.0


@pytest.mark.parametrize("solution", ["", "maybe", "yes or no", "2", '["yes", "no"]'])
def test_other_references_are_bad(solution: str) -> None:
    assert yes_no(vr.Completion("yes"), solution).status is vr.Status.BAD_REFERENCE


@given(
    st.lists(st.sampled_from(["No", "no", "not", "Yes", "NO", "know", ".", ",", " ", "\n"]), max_size=8).map("".join)
)
def test_the_official_rule_is_that_of_the_script(text: str) -> None:
    sentence = text.split(".", maxsplit=1)[0].replace(",", "")
    expected = "no" if any(word in ("No", "no", "not") for word in sentence.split(" ")) else "yes"
    assert pope_answer(text) == expected
    assert yes_no(vr.Completion(text), expected, official=True).score == 1.0


@pytest.mark.parametrize(
    "text", ["12 cm", "12cm", "12\\text{ cm}", "\\boxed{12\\,\\mathrm{cm}}", "B) 12cm", "It is 12cm."]
)
def test_a_unit_is_understood_however_it_is_set(text: str) -> None:
    lengths = ["9 cm", "$12\\text{ cm}$", "12 m", "3D"]
    assert picked(text, "B", lengths) == 1.0
    assert picked(text, "C", lengths) == 0.0


def test_a_reference_may_come_in_its_tag() -> None:
    assert picked("B", "<think>France</think><answer>B</answer>") == 1.0
    assert picked("A", "<think>France</think><answer>B</answer>") == 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes, there is a dog and no cat.", "yes"),
        ("Yes and no.", None),
        ("No cat and no dog.", "no"),
        ("That isn't true.", None),
        ("It isn't true; no.", None),
    ],
)
def test_what_stands_beside_yes_and_no(text: str, expected: str | None) -> None:
    assert polarity(text) == expected
