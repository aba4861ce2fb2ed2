"""Numbers of `math/answer`: every style of a number is that number, exactly, and never its neighbour."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_math import answer
from vlm_rewards_math.numbers import number, rounds
from vlm_rewards_math.text import plain

RATIONALS = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)
DECIMALS = st.builds(
    lambda value, places: Fraction(value, 10**places), st.integers(-(10**12), 10**12), st.integers(0, 6)
)


def decimal(value: Fraction) -> str:
    """A finite decimal in full; its denominator divides 10**6."""
    shifted = abs(value) * 10**6
    assert shifted.denominator == 1
    whole, rest = divmod(shifted.numerator, 10**6)
    return ("-" if value < 0 else "") + f"{whole}.{rest:06d}"


def fractions_of(value: Fraction) -> list[str]:
    sign, top, bottom = "-" if value < 0 else "", abs(value.numerator), value.denominator
    return [
        f"{value.numerator}/{bottom}",
        f"{sign}\\frac{{{top}}}{{{bottom}}}",
        f"\\dfrac{{{value.numerator}}}{{{bottom}}}",
        f"{sign} {3 * top} / {3 * bottom}",
        f"{sign}{top:,}/{bottom}",
    ]


def decimals_of(value: Fraction) -> list[str]:
    text = decimal(value)
    whole, _, places = text.partition(".")
    grouped = f"{int(whole):,}" if int(whole) else whole
    digits = str(int(abs(value) * 10**6))
    sign = "-" if value < 0 else ""
    return [
        text,
        f"{grouped}.{places}000",
        f"{grouped}.{places}".replace(",", "{,}"),
        f"{grouped}.{places}".replace(",", "\\,"),
        f"{decimal(value * 100)}\\%" if (value * 10**8).denominator == 1 else text,
        f"{sign}{digits}e-6",
        f"{sign}{digits} \\times 10^{{-6}}",
        f"{sign}0.{digits}e{len(digits) - 6}",
        text.replace("-", "−"),
    ]


@given(RATIONALS, st.data())
def test_number_reads_every_style_of_a_fraction_exactly(value: Fraction, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(fractions_of(value)))
    assert number(plain(text)) == value


@given(DECIMALS, st.data())
def test_number_reads_every_style_of_a_decimal_exactly(value: Fraction, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(decimals_of(value)))
    assert number(plain(text)) == value


def score(reference: str, given: str) -> float | None:
    return answer(vr.Completion(f"\\boxed{{{given}}}"), reference).score


@given(DECIMALS, st.data())
def test_two_styles_of_one_number_agree_and_its_neighbour_is_wrong(value: Fraction, data: st.DataObject) -> None:
    neighbour = value + data.draw(st.sampled_from([-1, 1])) * Fraction(1, 10**6)
    reference = data.draw(st.sampled_from(decimals_of(value) + fractions_of(value)))
    same = data.draw(st.sampled_from(decimals_of(value) + fractions_of(value)))
    other = data.draw(st.sampled_from(decimals_of(neighbour) + fractions_of(neighbour)))
    assert score(reference, same) == 1.0
    # A per cent sign on one side only is left undecided: 25 may be meant for 25%.
    assert score(reference, other) == (0.0 if reference.endswith("%") == other.endswith("%") else None)


@given(st.text("0123456789.,-+/ %eE_", max_size=12))
@settings(max_examples=400)
def test_number_never_contradicts_python_where_both_read(text: str) -> None:
    value = number(plain(text))
    try:
        expected = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        return
    assert value in (None, expected)


def shown(digits: int, places: int) -> str:
    whole, rest = divmod(abs(digits), 10**places)
    return ("-" if digits < 0 else "") + (f"{whole}.{rest:0{places}d}" if places else str(whole))


@given(RATIONALS, st.integers(0, 12))
def test_rounds_is_rounding_of_what_no_decimal_equals(value: Fraction, places: int) -> None:
    nearest = round(value * 10**places)
    finite = (value * 10**40).denominator == 1
    assert rounds(shown(nearest, places), value) == (places > 0 and not finite)
    assert not rounds(shown(nearest + 1, places), value)
    assert not rounds(shown(nearest - 1, places), value)
