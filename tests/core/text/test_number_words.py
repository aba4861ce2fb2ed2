"""Number words are read as English says them, whole or at the start of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_rewards.text.number_words import number_at, parse_below_thousand

ONES = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
TEENS = {"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16}
TEENS |= {"seventeen": 17, "eighteen": 18, "nineteen": 19}
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
WORDS = {number: word for word, number in (ONES | TEENS | TENS).items()}


def in_words(number: int) -> list[str]:
    """The words of a number below a thousand."""
    if number >= 100:
        rest = ["and", *in_words(number % 100)] if number % 100 else []
        return [WORDS[number // 100], "hundred", *rest]
    if number in WORDS:
        return [WORDS[number]]
    return [WORDS[number - number % 10], WORDS[number % 10]]


@pytest.mark.parametrize(("word", "number"), (ONES | TEENS | TENS).items())
def test_every_word_is_its_number(word: str, number: int) -> None:
    assert parse_below_thousand([word]) == number
    assert number_at([word], 0) == (number, 1)


@pytest.mark.parametrize(("word", "number"), SCALES.items())
def test_every_scale_multiplies_what_stands_before_it(word: str, number: int) -> None:
    assert number_at(["two", word], 0) == (2 * number, 2)
    assert parse_below_thousand(["two", word]) is None


@given(st.integers(0, 999))
def test_both_readers_read_what_english_says(number: int) -> None:
    words = in_words(number)
    assert parse_below_thousand(words) == number
    assert number_at([*words, "dogs"], 0) == (number, len(words))


@pytest.mark.parametrize("words", ["three four", "twenty ten", "hundred and", "and five", "one way", "twenty zero", ""])
def test_other_words_are_not_a_number(words: str) -> None:
    assert parse_below_thousand(words.split()) is None


@pytest.mark.parametrize("before", ["the", "this", "that", "no", "each", "every", "any", "which", "another", "other"])
def test_one_after_a_determiner_is_not_a_number(before: str) -> None:
    assert number_at([before, "one"], 1) == (None, 0)
    assert number_at(["about", "one"], 1) == (1, 1)


def test_one_and_joins_two_numbers() -> None:
    assert parse_below_thousand(["one", "hundred", "and", "five"]) == 105
    assert parse_below_thousand(["one", "hundred", "and", "and", "five"]) is None
    assert parse_below_thousand(["one", "hundred", "and"]) is None
    assert parse_below_thousand(["hundred", "and", "five"]) == 105
