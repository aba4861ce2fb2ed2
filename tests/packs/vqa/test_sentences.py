"""What a sentence says: how many, of what, in which sign, and that something is there or is not."""

from __future__ import annotations

from fractions import Fraction

import pytest

import vlm_rewards as vr
from vlm_rewards_vqa import choice, polarity, relaxed_accuracy
from vlm_rewards_vqa.count import counted
from vlm_rewards_vqa.text.numerals import Number, whole_number


@pytest.mark.parametrize(
    "text", ["There is no {} to tell.", "There isn't a {}", "There is {}.", "There's a clear {} here"]
)
@pytest.mark.parametrize("noun", ["way", "clue", "reliable information", "definite answer", "indication of how many"])
def test_what_is_only_of_what_one_knows_says_neither_and_counts_nothing(text: str, noun: str) -> None:
    assert polarity(text.format(noun)) is None
    assert counted(text.format(noun)) is None


@pytest.mark.parametrize(
    "text",
    [
        "There is nobody.",
        "There's no dog",
        "No indication of a dog.",
        "There is no one here",
        "There doesn't appear to be one",
    ],
)
def test_that_nothing_is_there_says_no(text: str) -> None:
    assert polarity(text) == "no"


@pytest.mark.parametrize("text", ["There's a dog.", "There seems to be a dog", "There exists a dog"])
def test_that_something_is_there_says_yes(text: str) -> None:
    assert polarity(text) == "yes"


@pytest.mark.parametrize(
    "word", ["of", "in", "on", "at", "to", "that", "if", "about", "for", "from", "with", "under", "behind", "near"]
)
@pytest.mark.parametrize("noun", ["image", "picture", "photo", "indication"])
def test_a_picture_is_a_thing_where_a_place_follows(noun: str, word: str) -> None:
    assert polarity(f"there is no {noun} {word} it") == "no"
    assert polarity(f"there is no {noun}, {word} it") is None


@pytest.mark.parametrize("word", ["how", "what", "which", "whether", "who", "where", "when", "why"])
def test_a_question_behind_a_noun_makes_it_one_of_what_one_knows(word: str) -> None:
    assert polarity(f"there is no indication of {word} it is") is None


@pytest.mark.parametrize("verb", ["seems", "seem", "appears", "appear", "exists", "exist"])
def test_verbs_of_being_state_a_thing(verb: str) -> None:
    assert polarity(f"there {verb} a dog") == "yes"


@pytest.mark.parametrize(
    ("text", "wanted"), [("I see no dogs.", 0), ("dogs and no cats", None), ("No picture on it", 0)]
)
def test_no_counts_the_thing_behind_it(text: str, wanted: int | None) -> None:
    assert counted(text) == wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("18 (9 boys and 9 girls)", 18), ("There are 18 of them (at least 9 girls).", 18), ("7 (3 + 4)", 7)),
        *(("7 (not 8)", 7), ("7, not 8", 7), ("7 rather than 8", 7), ("(a) 7", 7), ("7 (seven)", 7)),
        *((text, None) for text in ("7 (or 8)", "7 (maybe 8)", "7 (8)", "7 (eight)", "(7, 8)", "7 (8", "3 boys (2) 1")),
    ],
)
def test_what_brackets_explain_is_not_the_number(text: str, expected: int | None) -> None:
    assert counted(text) == expected


@pytest.mark.parametrize("between", [" out of ", " of ", " of the ", " students of ", " students out of a total of "])
def test_the_number_of_all_is_not_that_of_a_part(between: str) -> None:
    assert counted(f"120{between}300 people") == 120
    assert counted(f"twelve{between}thirty") == 12
    assert relaxed_accuracy(vr.Completion(f"120{between}300"), "300").score == 0.0


@pytest.mark.parametrize("text", ["minus {}", "negative {}", "It is minus {} degrees", "a negative {}"])
@pytest.mark.parametrize("number", ["5", "five", "5.0"])
def test_a_sign_may_be_a_word(text: str, number: str) -> None:
    assert counted(text.format(number)) == -5
    assert relaxed_accuracy(vr.Completion(text.format(number)), "5", tolerance=0).score == 0.0


@pytest.mark.parametrize(
    "text", ["£5", "5 pounds", "5£", "GBP 5", "5 GBP.", "5gbp", "US$5", "5 dollars", "minus -5 yen"]
)
def test_a_text_with_the_name_of_a_currency_is_a_number(text: str) -> None:
    number = whole_number(text)
    assert number is not None
    assert abs(number.shown) == 5


@pytest.mark.parametrize(
    ("amount", "other"), [("£5", "5 pounds"), ("€5", "5 EUR"), ("$5", "5 dollars"), ("¥5", "5 yen")]
)
def test_a_currency_of_an_option_has_a_sign_and_names(amount: str, other: str) -> None:
    assert choice(vr.Completion(amount), "A", [other, "9 m"]).score == 1.0
    assert choice(vr.Completion(amount), "A", ["5 kg", "9 m"]).score is None


@pytest.mark.parametrize(
    "names",
    ["$ dollar dollars usd", "€ euro euros eur", "£ pound pounds gbp", "¥ yen jpy yuan rmb cny", "₹ rupee rupees inr"],
)
def test_each_name_of_a_currency_is_that_of_its_sign(names: str) -> None:
    sign, *words = names.split()
    for word in words:
        assert whole_number(f"5 {word}") == whole_number(f"{sign}5") == Number(Fraction(5))
        assert choice(vr.Completion(f"{sign}5"), "A", [f"5 {word}", "9 m"]).score == 1.0


@pytest.mark.parametrize("words", [", not", " rather than", " instead of", ", but not", " and not"])
def test_a_rejected_number_is_not_read(words: str) -> None:
    assert counted(f"7{words} 8") == 7


@pytest.mark.parametrize("word", ["or", "maybe", "perhaps", "possibly"])
def test_an_alternative_in_brackets_leaves_no_number(word: str) -> None:
    assert counted(f"7 dogs ({word} 8 of them)") is None


@pytest.mark.parametrize("article", ["the", "all", "these", "those"])
def test_the_number_of_all_may_have_an_article(article: str) -> None:
    assert counted(f"7 of {article} 8 dogs") == 7
