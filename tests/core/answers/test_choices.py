"""Which option a short text names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

import vlm_rewards as vr
from tests.core.types.test_completion import model_texts
from vlm_rewards.answers import Options, extract_answer, find_choice
from vlm_rewards.answers.options import bare_options
from vlm_rewards.testing.measure import grows_linearly

ANIMALS = ("cat", "dog", "fox", "a red owl")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "B",
            "(B)",
            "B.",
            "B)",
            "b",
            "(b)",
            "b.",
            "[B]",
            "[[B]]",
            "{B}",
            "*B*",
            "_B_",
            "`B`",
            "“b”",
            "「B」",
            "（Ｂ）",
            "Ｂ．",
        ),
        *(
            "Option B",
            "option b",
            "Choice B",
            "Probably B",
            "It's B.",
            "So B",
            "Hence, B is correct.",
            "B is the best answer.",
        ),
        *(
            "\\text{(B)}",
            "\\textbf{(B)}\\ dog",
            "\\mathrm{B}",
            "$B$",
            "B: dog",
            "(B) dog",
            "B、dog",
            "B. the dog",
            "B - dog",
        ),
        *(
            "B because it barks",
            "b because it barks",
            "B, since A and C are out",
            "B, not C",
            "B rather than C",
            "B入り",
        ),
        *(
            "(B) No, as it barks.",
            "B. A nice one stands there",
            "B (dog)",
            "The count fits (B).",
            "x = 4 → B",
            "Look there; B",
        ),
        *("dog", "Dog.", "the dog", "A dog", "It is a dog.", "\\text{dog}", "B是最合适的", "B입니다"),
    ],
)
def test_a_text_names_an_option(text: str) -> None:
    assert find_choice(text, ANIMALS).index == 1


@pytest.mark.parametrize("text", ["B", "b)", "(B)", "B, because of it", "B. Paris"])
def test_a_label_needs_no_options(text: str) -> None:
    assert find_choice(text).indices == (1,)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "none of the above",
            "Vitamin B",
            "ID_B",
            "field_B is missing",
            "_B",
            "B_name",
            "B1",
            "Bob",
            "B'",
            "B = 4",
        ),
        *("I cannot answer", "It can't be B.", "B is wrong.", "not the dog", "See https://example.org/B", "cat or dog"),
        *("The chart labels B near the axis", "see https://example.org/(B)", "a bird", "E"),
        *(
            "B?",
            "(B)?",
            "dog?",
            "(B) dog?",
            "B\u0336",
            "B might be right",
            "B unless it is A",
            "B isn't it",
            "不选B",
            "B选项错误",
        ),
    ],
)
def test_a_text_that_commits_to_nothing_names_nothing(text: str) -> None:
    assert find_choice(text, ANIMALS).indices == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("A or B", "several"),
        ("either A or B", "several"),
        ("A/B", "several"),
        ("A) 3 B) 4", "several"),
        ("B or maybe C", "several"),
        ("B or X", "several"),
        ("B, X", "several"),
        ("B (dog) or C (fox)", "several"),
        ("B or fox", "label_beside_other_text"),
        ("dog or fox", "several"),
        ("E) dog", "no_such_option"),
        ("B) cat", "label_beside_other_text"),
        ("B) cat, it is", "label_beside_other_text"),
        ("B) cat - as shown", "label_beside_other_text"),
        ("B. the fox", "label_beside_other_text"),
        ("(A) dog, as it barks", "label_beside_other_text"),
    ],
)
def test_a_hedge_and_a_contradiction_are_faults(text: str, fault: str) -> None:
    choice = find_choice(text, ANIMALS)
    assert (choice.indices, choice.index, choice.fault) == ((), None, fault)


@pytest.mark.parametrize(
    "text", ["AC", "A, C", "A and C", "(A)(C)", "A & C", "A和C", "A、C", "[A, C]", "{A, C}", '["A", "C"]', "A和C都正确"]
)
def test_several_labels_are_a_set(text: str) -> None:
    choice = find_choice(text, ANIMALS)
    assert (choice.indices, choice.index, choice.fault) == ((0, 2), None, None)


@pytest.mark.parametrize(
    ("text", "labels", "index"),
    [
        ("Z", ("X", "Z"), 1),
        ("I choose z", ("X", "Z"), 1),
        ("x: the first", ("X", "Z"), 0),
        ("Y", ("X", "Z"), None),
        ("2", ("1", "2"), 1),
        ("(2)", ("1", "2"), 1),
        ("10", ("1", "10"), 1),
        ("乙", ("甲", "乙"), 1),
        ("Б) лиса", ("А", "Б"), 1),
        ("②", ("①", "②"), 1),
    ],
)
def test_labels_are_those_of_the_data(text: str, labels: tuple[str, ...], index: int | None) -> None:
    assert find_choice(text.removeprefix("I choose "), ("left", "right"), labels=labels).index == index


def test_a_value_counts_where_it_is_that_of_one_option() -> None:
    def equal(option: str, answer: str) -> bool:
        return float(option) == float(answer)

    assert find_choice("0.50", ("0.5", "2"), equal=equal).by == "value"
    assert find_choice("0.50", ("0.5", "0.500"), equal=equal).indices == ()
    assert find_choice("0.50", ("0.5", "2")).indices == ()


def test_a_longer_option_hides_a_shorter_one() -> None:
    assert find_choice("It takes 30 minutes there", ("30", "30 minutes")).index == 1


def test_words_that_deny_may_be_words_of_an_option() -> None:
    assert find_choice("So it should be false.", ["true", "false"]).index == 1
    assert find_choice("The sign says not today.", ["today", "not today"]).index == 1
    assert find_choice("It should not be true.", ["true", "false"]).index is None


def test_a_word_that_rejects_stands_alone() -> None:
    assert find_choice("They serve rice, pasta and bread", ["meat", "rice, pasta and bread"]).index == 1  # `, pas`
    assert find_choice("le chat, pas le chien", ["le chat", "le chien"]).index == 0
    assert find_choice("A car stands there.", ["1", "2"]).index is None  # `, car` opens a reason


def test_letters_in_the_options_are_no_labels() -> None:
    options = ("A and B turn", "only C", "B, C and D turn", "neither")
    assert find_choice("(C) B, C and D turn", options).index == 2
    assert find_choice("A and B turn", options).index == 0
    assert find_choice("point Q", ("point P", "point Q")).index == 1


def test_an_option_may_be_a_letter_or_a_word_of_doubt() -> None:
    assert find_choice("A. C", ("C", "B", "A", "D")).index == 0
    assert find_choice("(A) C", ("C", "B", "A", "D")).index == 0
    assert find_choice("2 or 3", ("1", "2", "3")).fault == "several"
    assert find_choice("Why?", ("Who?", "Why?")).index == 1


def test_options_lose_labels_of_their_own() -> None:
    assert bare_options(["A. cat", "(B) dog"], "AB") == ["cat", "dog"]
    assert bare_options(["A. cat", "dog"], "AB") == ["A. cat", "dog"]
    assert find_choice("dog", ["A. cat", "B. dog"]).index == 1


@given(
    st.integers(0, 3),
    st.sampled_from(["{}", "({})", "{}.", "The answer is {}.", "\\boxed{{{}}}", "<answer>{}</answer>"]),
)
def test_label_and_text_of_one_option_agree(index: int, form: str) -> None:
    label, text = "ABCD"[index], ANIMALS[index]
    for said in (label, text, f"{label}. {text}"):
        answer = vr.Completion(form.format(said)).final_answer
        assert answer is not None
        assert find_choice(answer.text, ANIMALS).index == index


@given(model_texts)
def test_no_text_raises(text: str) -> None:
    find_choice(text, ANIMALS)
    find_choice(text)


@pytest.mark.parametrize("piece", ["B ", "A or ", "cat ", "(", "A) ", "$", "**", "甲"])
def test_the_work_grows_with_the_text(piece: str) -> None:
    small, big = (piece * (size // len(piece)) for size in (5_000, 50_000))
    assert grows_linearly(lambda text: find_choice(text, ANIMALS), small, big)


@pytest.mark.parametrize("text", ["B (cat)", "The answer is B (cat).", "\\boxed{B (cat)}"])
def test_a_label_with_the_text_of_another_option_in_brackets_names_none(text: str) -> None:
    answer = vr.Completion(text).final_answer
    assert answer is not None
    assert find_choice(answer.text, ANIMALS).fault == "label_beside_other_text"
    assert find_choice(answer.text.replace("cat", "dog"), ANIMALS).index == 1


@pytest.mark.parametrize(
    "text", ["Of all options, C is the right one.", "Among these, only C fits.", "I see C is correct"]
)
def test_a_lone_label_that_a_sentence_claims_is_chosen(text: str) -> None:
    assert find_choice(text, ["cat", "dog", "fox"]).indices == (2,)


@pytest.mark.parametrize("text", ["If C is correct, then it barks", "I don't see that C is correct", "Is C correct?"])
def test_a_label_that_a_sentence_only_supposes_is_not_chosen(text: str) -> None:
    assert find_choice(text, ["cat", "dog", "fox"]).indices == ()


PLANETS = ("Mars", "Venus", "Saturn")


@pytest.mark.parametrize(
    "text",
    [
        *("Venus: A", "Venus = A", "Venus; A", "Venus (option A)", "Venus, option A", "Mars, i.e. B"),
        *("A, i.e. Venus", "A (i.e., Venus)", "A, that is, Venus", "A, namely Venus", "A is Venus", "A: it is Venus"),
        "A, which is Venus",
        *("A) Mars, Venus", "A) Mars or Venus", "A: Mars and Saturn", "A. Mars / Venus"),
    ],
)
def test_a_label_beside_the_text_of_another_option_names_none(text: str) -> None:
    assert find_choice(text, PLANETS).fault == "label_beside_other_text"


@pytest.mark.parametrize(
    "text",
    [
        *("Mars: A", "Mars (option A)", "A, i.e. Mars", "A is Mars", "A: it is Mars", "Mars, i.e. A", "A (Mars)"),
        *(
            "A, which is Mars",
            "A, because it is not Venus",
            "A) Mars, not Venus",
            "A. Mars is redder than Venus.",
            "The answer is Mars (option A)",
        ),
    ],
)
def test_a_label_beside_its_own_text_is_chosen(text: str) -> None:
    answer = extract_answer(vr.Completion(text))
    assert answer is not None
    assert find_choice(text, PLANETS).indices == (0,)
    assert find_choice(answer.text, PLANETS).indices == (0,)


def test_a_clause_that_names_another_option_is_read() -> None:
    for text in ("A, which is Venus", "The answer is A, which is Venus."):
        answer = extract_answer(vr.Completion(text))
        assert answer is not None
        assert find_choice(answer.text, PLANETS).fault == "label_beside_other_text"


def test_an_aside_of_an_announced_answer_belongs_to_it_and_a_new_statement_does_not() -> None:
    read = {
        text: extract_answer(vr.Completion(text))
        for text in ("The answer is Mars (option B)", "Answer: B. Choose option C.")
    }
    assert [answer and answer.text for answer in read.values()] == ["Mars (option B)", "C"]


@pytest.mark.parametrize("column", [["cat", "dog"], "['cat', 'dog']", {"A": "cat", "B": "dog"}, '["A. cat", "B. dog"]'])
def test_a_column_may_be_annotated_with_options(column: object) -> None:
    assert TypeAdapter(Options).validate_python(column) == Options(("A", "B"), ("cat", "dog"))


def test_a_column_without_options_is_refused_where_it_is_annotated() -> None:
    assert TypeAdapter(Options).validate_python(None) == Options()
    with pytest.raises(ValidationError, match="neither a list nor a mapping"):
        TypeAdapter(Options).validate_python(7)
