"""Answers in words, dates and times: every filler, style, month and half of the day counts."""

from __future__ import annotations

from fractions import Fraction

import pytest

from vlm_rewards_math.parsing.numbers import MAX_EXPONENT
from vlm_rewards_math.parsing.parser import MAX_DIGITS, number
from vlm_rewards_math.parsing.words import MAX_CHARS, date, time, words


@pytest.mark.parametrize("filler", ["the", "a", "an", "is", "it", "are"])
def test_a_filler_does_not_count(filler: str) -> None:
    assert words(f"{filler} red box") == words(f"red {filler} box") == ("red", "box")


@pytest.mark.parametrize("between", list(' "\n\t.,&_!?:'))
def test_signs_between_words_separate_them(between: str) -> None:
    assert words(f"red{between}box") == ("red", "box")


STYLES = ("text", "mathrm", "mathbf", "mbox", "operatorname", "quad", " ")


@pytest.mark.parametrize("style", STYLES)
def test_a_style_does_not_count(style: str) -> None:
    assert words(f"\\{style}{{red}} box") == ("red", "box")


MONTHS = "January February March April May June July August September October November December"


@pytest.mark.parametrize(("at", "name"), list(enumerate(MONTHS.split(), start=1)))
def test_a_month_is_written_in_full_or_by_three_letters(at: int, name: str) -> None:
    assert date(f"{name} 5, 2020") == date(f"5 {name[:3]} 2020") == date(f"2020-{at:02d}-05") == (2020, at, 5)


@pytest.mark.parametrize("text", ["Sept 5, 2020", "5th of September 2020", "on the 5 September 2020"])
def test_a_date_may_have_words_around_it(text: str) -> None:
    assert date(text) == (2020, 9, 5)


@pytest.mark.parametrize(("half", "minutes"), [("am", 0), ("pm", 720), ("noon", 720), ("midnight", 0)])
def test_each_half_of_the_day_begins_at_twelve(half: str, minutes: int) -> None:
    assert time(f"12:00 {half}") == minutes


@pytest.mark.parametrize("style", ["\\text", "\\mbox"])
def test_a_time_and_a_date_may_be_set_as_text(style: str) -> None:
    assert time(f"4:30 {style}{{p.m.}}") == 990
    assert date(f"{style}{{May}} 5, 2020") == (2020, 5, 5)


POWERS = ["\\times 10^", "\\times10^", "\\cdot 10^", "\\cdot10^", "*10^"]


@pytest.mark.parametrize("power", POWERS)
def test_a_power_of_ten_is_written_in_many_ways(power: str) -> None:
    assert number(f"1.5{power}3") == number(f"1.5 {power}{{3}}") == number("1.5e3") == number("1.5E3") == 1500


def test_texts_may_be_so_long_and_no_longer() -> None:
    assert (MAX_CHARS, MAX_DIGITS, MAX_EXPONENT) == (300, 600, 400)
    assert words("ab " * 100) == ("ab",) * 100
    assert words("ab " * 100 + " ") is None
    assert number("1" * 600) == int("1" * 600)
    assert number("1" * 601) is None
    assert number("1e400") == Fraction(10) ** 400
    assert number("1e401") is None
    assert time("4:30" + " " * 36) == 270
    assert time("4:30" + " " * 37) is None
    assert date("2020-01-05" + " " * 50) == (2020, 1, 5)
    assert date("2020-01-05" + " " * 51) is None
