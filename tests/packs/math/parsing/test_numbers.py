"""Numbers of `math/answer`: every style of a number is that number, exactly, and never its neighbour."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vlm_rewards_math import grade
from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.parsing.normalise import normalise
from vlm_rewards_math.parsing.numbers import terminates
from vlm_rewards_math.parsing.parser import number, parse

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
    whole, rest = divmod(top, bottom)
    mixed = f"{sign}{whole}\\frac{{{rest}}}{{{bottom}}}" if whole and rest else f"{sign}{top}/{bottom}"
    return [
        f"{value.numerator}/{bottom}",
        f"{sign}\\frac{{{top}}}{{{bottom}}}",
        f"\\dfrac{{{value.numerator}}}{{{bottom}}}",
        f"{sign} {3 * top} / {3 * bottom}",
        f"{sign}{top:,}/{bottom}",
        f"\\left({sign}\\tfrac{{{top}}}{{{bottom}}}\\right)",
        f"{value.numerator} \\div {bottom}",
        f"{value.numerator} \\cdot {bottom}^{{-1}}",
        mixed,
        mixed.replace("\\frac{", " ").replace("}{", "/").replace("}", ""),
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
        text.translate({ord("0") + at: 0x0660 + at for at in range(10)}),  # Arabic-Indic digits
        text.translate({ord("0") + at: 0xFF10 + at for at in range(10)}),  # full width digits
    ]


@given(RATIONALS, st.data())
def test_every_style_of_a_fraction_is_read_exactly(value: Fraction, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(fractions_of(value)))
    assert exact(parse(normalise(text))) == value
    assert number(normalise(text)) in (None, value)


@given(DECIMALS, st.data())
def test_every_style_of_a_decimal_is_read_exactly(value: Fraction, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(decimals_of(value)))
    assert exact(parse(normalise(text))) == value
    assert number(normalise(text)) in (None, value)


def score(reference: str, given: str) -> float | None:
    return grade(reference, f"\\boxed{{{given}}}").score


@given(DECIMALS, st.data())
def test_two_styles_of_one_number_agree_and_its_neighbour_is_wrong(value: Fraction, data: st.DataObject) -> None:
    neighbour = value + data.draw(st.sampled_from([-1, 1])) * Fraction(1, 10**6)
    reference = data.draw(st.sampled_from(decimals_of(value) + fractions_of(value)))
    same = data.draw(st.sampled_from(decimals_of(value) + fractions_of(value)))
    other = data.draw(st.sampled_from(decimals_of(neighbour) + fractions_of(neighbour)))
    assert score(reference, same) == 1.0
    # A sign of per cent on one side only says hundredths or nothing: 25% may be 25 or 0.25.
    worth = {neighbour, neighbour * 100} if other.endswith("%") and not reference.endswith("%") else {neighbour}
    wanted = {value, value * 100} if reference.endswith("%") and not other.endswith("%") else {value}
    assert score(reference, other) == float(not worth.isdisjoint(wanted))


@given(st.text("0123456789.,-+/ %eE_", max_size=12))
@settings(max_examples=400)
def test_a_number_never_contradicts_python_where_both_read(text: str) -> None:
    value = number(normalise(text))
    assume(len(text.lower().partition("e")[2]) < 5)  # with more digits there Python computes for minutes
    try:
        expected = Fraction(text.strip().removesuffix("."))
    except (ValueError, ZeroDivisionError):
        return
    assert value in (None, expected)


@given(st.integers(1, 10**30), st.integers(1, 10**30), st.sampled_from(["\\,", "\\;", " ", "\\ ", "$", "°", ",", "\n"]))
def test_two_numbers_never_pass_for_one(left: int, right: int, between: str) -> None:
    one = f"{left}{right}"
    thousands = len(str(right)) % 3 == 0 and (between == "," or len(str(right)) == 3)
    if not thousands:
        assert score(one, f"{left}{between}{right}") != 1.0


@given(st.integers(0, 10**40), st.integers(-(10**3), 10**3).filter(bool))
def test_long_whole_numbers_are_compared_to_the_last_digit(value: int, other: int) -> None:
    assert score(str(value), f"{value:,}") == 1.0
    assert score(str(value), str(value + other)) == 0.0
    assert score(f"{value} + 0", f"{value + other} - 0") == 0.0


@given(RATIONALS)
def test_a_value_terminates_when_some_decimal_equals_it(value: Fraction) -> None:
    assert terminates(value) == ((value * 10**40).denominator == 1)


@given(RATIONALS, st.integers(0, 12))
def test_only_a_correctly_rounded_decimal_of_three_digits_passes_for_a_fraction(value: Fraction, places: int) -> None:
    shown = round(value * 10**places)
    texts = {shift: written(shown + shift, places) for shift in (-1, 0, 1)}
    finite = terminates(value)
    fine = places >= 3 and abs(shown) >= 100
    for shift, text in texts.items():
        exactly = Fraction(shown + shift, 10**places) == value
        assert score(f"{value.numerator}/{value.denominator}", text) == float(
            exactly or (fine and not finite and shift == 0)
        )


def written(digits: int, places: int) -> str:
    whole, rest = divmod(abs(digits), 10**places)
    return ("-" if digits < 0 else "") + (f"{whole}.{rest:0{places}d}" if places else str(whole))
