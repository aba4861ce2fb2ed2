"""The parts that a reading is made of: labels, sentences, lines and values."""

from __future__ import annotations

import sys

import pytest

import vlm_rewards as vr
from vlm_rewards.answers import NUMERIC, STATED, extract_answer
from vlm_rewards.answers.anchors import is_label, sentence
from vlm_rewards.answers.clean import clean, without_end_tokens
from vlm_rewards.answers.labels import labels_in
from vlm_rewards.answers.languages import joined, lowered, merged
from vlm_rewards.answers.options import option_form
from vlm_rewards.answers.reasoning import split_reasoning
from vlm_rewards.answers.values import first_or_last_line, is_sentence, last_formula, last_number, value_of


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("**Paris**, because of the tower.", "Paris"),
        ("「B」。", "B"),
        ("【B】", "B"),
        ("«B»", "B"),
        ("__B__", "B"),
        ("<u>B</u>", "B"),
        ("✅ B", "B"),
        ("42!", "42"),
        ("U.S.", "U.S."),
        ("10**3", "10**3"),
        ("5'6\"", "5'6\""),
        ('red"', "red"),
        ("***B*", "B"),
    ],
)
def test_what_only_dresses_an_answer_is_not_part_of_it(text: str, answer: str) -> None:
    assert clean(text, prose=True) == answer


def test_an_exclamation_mark_outside_of_prose_is_a_factorial() -> None:
    assert clean("4!", prose=False) == "4!"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("~~ 3 + 4 == 7", (" 3 + 4 ", " 7")),
        ("THOUGHTS: 3 + 4 reply: 7", (" 3 + 4 ", " 7")),
        ("<a1>3 + 4</a1>7", ("3 + 4", "7")),
        ("<a1>3 + 4</a1>7<A1>or 8", ("3 + 4", "")),
        ("a ~ 7, with thoughts and an a", (None, "a ~ 7, with thoughts and an a")),
    ],
)
def test_reasoning_may_stand_between_any_signs(text: str, parts: tuple[str | None, str]) -> None:
    assert split_reasoning(text, (("~~", "=="), ("Thoughts:", "Reply:"), ("<A1>", "</A1>"))) == parts


def test_end_tokens_are_no_text() -> None:
    assert without_end_tokens("7</s>\n<eos>", ("</s>", "<eos>")) == "7"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("71 people in the year 2024", "71"),
        ("71 cm, as we saw in step 3", "71 cm"),
        ("71 (out of 80 people)", "71"),
        ("71 cm, i.e. 0.71 m", "71 cm"),
        ("71 since 71 is prime", "71"),
        ("71, not 72", "71"),
        ("3 (mod 7)", "3 (mod 7)"),
        ("3 (or 4 of them)", "3 (or 4 of them)"),
        ("4 metres per second squared", "4 metres per second squared"),
        ("She has 12", "12"),
        ("It takes 12 days", "12"),
        ("x equals 12", "12"),
        ("So it is odd", "odd"),
        ("There are 19 chairs in 4 rooms", "19"),
        ("19 in 20", "19 in 20"),
        ("Cevap 19", "19"),
        ("उत्तर 19", "19"),
        ("The speed is 50 km/h", "50 km/h"),
        ("It is greater than 71", "greater than 71"),
        ("D. None of all of these", "D. None of all of these"),
        ("小明一共有15本书", "15本书"),
        ("x的范围是(2, 3)", "(2, 3)"),
        ("We know well that they were all there", None),
    ],
)
def test_a_short_sentence_says_a_value(text: str, value: str | None) -> None:
    assert value_of(text) == value


def test_a_sentence_has_more_words_than_a_value_with_its_unit() -> None:
    assert not is_sentence("12 square metres")
    assert is_sentence("She has 12 apples left over")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("I see.\nB", ("B", False)),
        ("B\nIt is the one on the left.", ("B", True)),
        ("owl\n\nIt hoots.", ("owl", True)),
        ("I look.\nIt hoots.", ("It hoots.", False)),
        ("B\nC", ("B, C", False)),
    ],
)
def test_a_short_first_line_counts_before_a_sentence(text: str, line: tuple[str, bool]) -> None:
    assert first_or_last_line(text) == line


def test_the_last_formula_and_number_say_where_they_end() -> None:
    assert last_formula("So $x = 2$ and $x = 3$.") == ("x = 2, x = 3", 22)
    assert last_number("It is -3.5%, all in all") == ("-3.5%", 10)
    assert last_formula("between $5 and $7") == (None, -1)
    assert last_number("none") == (None, -1)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("$x = 5.$ It is", "$x = 5.$"),
        ("St. Louis. It is", "St. Louis."),
        ("B. Paris", "B. Paris"),
        ("b. Paris", "b. Paris"),
        ("y. I hope so", "y."),
        ("Oak St. This is it", "Oak St."),
        ("3.5 cm. It is", "3.5 cm."),
        ("B? Or C", "B?"),
        ("B？C", "B？"),
        ("7。8", "7"),
        ("7．所以", "7"),
        ("7．5米", "7．5米"),
    ],
)
def test_a_sentence_ends_at_its_full_stop(text: str, first: str) -> None:
    assert sentence(text) == first


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("(B) 12", True),
        ("C입니다", True),
        ("a", True),
        ("2.", True),
        ("AC", True),
        ("a triangle", False),
        ("A triangle", False),
        ("Bob", False),
        ("B = 4", False),
        ("2 apples", False),
    ],
)
def test_a_label_opens_a_text_alone(text: str, opens: bool) -> None:  # noqa: FBT001
    assert is_label(text) == opens


def test_labels_are_found_in_one_pass() -> None:
    names = {"A": 0, "B": 1, "C": 2}
    assert [label.option for label in labels_in("(B) and C, A dog", names)] == [1, 2]
    assert [label.option for label in labels_in("ACB", names)] == [0, 2, 1]
    assert [label.option for label in labels_in("B or X", names)] == [1, -1]
    assert labels_in("B\u0336", names) == []


def test_what_is_rejected_is_not_read() -> None:
    assert clean("B, not C", prose=True) == "B"
    assert clean("7 rather than 8", prose=True) == "7"


def test_words_end_where_no_letter_follows() -> None:
    assert joined("b", "c")
    assert not joined("B", "是")
    assert not joined("B", ")")


def test_every_character_keeps_its_place_in_lower_case() -> None:
    assert lowered("Réponse") == "réponse"
    assert len(lowered("İ")) == 1
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert len(lowered(every)) == len(every)


def test_the_longest_words_stand_first() -> None:
    assert merged(("nl", "es"), ascii_only=False).nouns == ("respuesta", "antwoord", "solución")


def test_texts_that_say_the_same_have_one_form() -> None:
    assert option_form("The red owl.") == "red owl"
    assert option_form("12 cm") == option_form("$12\\text{cm}$")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("他跑了5千米。", "5千米"), ("价格上涨了15％", "15%"), ("温度是负4。", "负4"), ("不是8", "不是8")),
        *(("至少8个", "至少8个"), ("第8个", "第8个"), ("3个人和8个人", "3个人和8个人"), ("答案∛7", "∛7")),
    ],
)
def test_a_sentence_of_chinese_with_one_number_says_it(text: str, value: str) -> None:
    answer = extract_answer(vr.Completion(text), sources=NUMERIC)
    assert answer is not None
    assert answer.text == value


@pytest.mark.parametrize("text", ["Answer: __19__", "**Answer:** _19_", "The answer is *19*"])
def test_emphasis_behind_an_announcement_is_not_of_the_answer(text: str) -> None:
    answer = vr.Completion(text).final_answer
    assert answer is not None
    assert answer.text == "19"


@pytest.mark.parametrize("text", ["<Think>It is 4.</THINK>7", "[think]It is 4.[/Think]7", "<THOUGHT>4</thought>7"])
def test_reasoning_is_marked_in_any_letter_case(text: str) -> None:
    answer = vr.Completion(text).final_answer
    assert answer is not None
    assert answer.text == "7"


@pytest.mark.parametrize("tail", ["", "</answer>"])
def test_a_box_that_never_closes_is_open_in_a_tag_too(tail: str) -> None:
    answer = vr.Completion(f"<answer>\\boxed{{17{tail}").final_answer
    assert answer is not None
    assert not answer.closed


def test_a_label_in_the_first_line_counts_before_its_reason() -> None:
    answer = vr.Completion("B\n\nIt barks.").final_answer
    assert answer is not None
    assert answer.text == "B"


def test_a_formula_behind_hashes_counts_in_any_line() -> None:
    answer = vr.Completion("#### \\frac{1}{2}\nDone.").final_answer
    assert answer is not None
    assert answer.text == "\\frac{1}{2}"


@pytest.mark.parametrize(
    "text",
    [
        *("I don't believe the answer is C.", "I doubt that the final answer is C", "Assume the answer is C."),
        *("It is unlikely that the answer is C", "We do not know whether the answer is C"),
    ],
)
def test_an_announcement_that_is_doubted_or_supposed_is_none(text: str) -> None:
    assert extract_answer(vr.Completion(text), sources=STATED) is None
    answer = extract_answer(vr.Completion(f"The answer is A.\n{text}"), sources=STATED)
    assert answer is not None
    assert answer.text == "A"


@pytest.mark.parametrize(
    "before", ["I'm not sure, but", "I don't see it. Still", "There is no doubt that", "I do not doubt", "Why not?"]
)
def test_a_doubt_of_something_else_leaves_the_announcement(before: str) -> None:
    answer = extract_answer(vr.Completion(f"{before} the answer is C."), sources=STATED)
    assert answer is not None
    assert answer.text == "C"


@pytest.mark.parametrize("aside", ["to question 7", "to part (b)", "for the second row", "of the last question"])
def test_an_announcement_may_say_what_it_answers(aside: str) -> None:
    for sign in (" is", ":"):
        answer = extract_answer(vr.Completion(f"The answer {aside}{sign} 19."), sources=STATED)
        assert answer is not None
        assert answer.text == "19"
