"""Every unit is worth what it is, and every word of a phrase of units counts or is left out."""

from __future__ import annotations

from fractions import Fraction

import pytest

from vlm_rewards_math.parsing.nodes import Node, integer
from vlm_rewards_math.parsing.parser import parse
from vlm_rewards_math.parsing.units import MAX_PHRASE, Unit, per, phrase, power, unit

# Spellings, how many of the other unit one is, and that unit.
WORTH = [
    ("m meter metre", "1/1000", "km"),
    ("km kilometer kilometre kms", "1000", "m"),
    ("cm centimeter centimetre cms", "10", "mm"),
    ("mm millimeter millimetre", "1/1000", "m"),
    ("dm decimeter decimetre", "10", "cm"),
    ("nm nanometer nanometre", "1/1000", "micron"),
    ("µm μm micrometer micron", "1/1000", "mm"),
    ("in inch inches", "2.54", "cm"),
    ("ft foot feet", "12", "inch"),
    ("yd yard", "3", "foot"),
    ("mi mile", "1760", "yard"),
    ("g gram gramme", "1/1000", "kg"),
    ("kg kilogram kilo", "1000", "g"),
    ("mg milligram", "1/1000", "g"),
    ("lb lbs pound", "16", "ounce"),
    ("oz ounce", "1/16", "pound"),
    ("tonne", "1000", "kg"),
    ("s sec second secs", "1000", "ms"),
    ("ms millisecond", "1/1000", "s"),
    ("min minute mins", "60", "s"),
    ("h hr hour hrs", "60", "minute"),
    ("day", "24", "hour"),
    ("week", "7", "day"),
    ("month", "1/12", "year"),
    ("year yr yrs", "365.25", "day"),
    ("dollar dollars usd buck", "100", "cent"),
    ("cent ¢", "1/100", "dollar"),
    ("euro eur", "1", "euros"),
    ("yen jpy", "1", "yen"),
    ("gbp", "1", "gbps"),
    ("yuan rmb cny", "1", "yuan"),
    ("rupee rs inr", "1", "rupees"),
    ("radian rad", "1", "radians"),
    ("degree deg °", "1", "degrees"),
    ("celsius centigrade", "1", "celsius"),
    ("fahrenheit", "1", "fahrenheit"),
    ("kelvin", "1", "kelvins"),
    ("ampere amp", "1000", "milliamp"),
    ("mA milliamp milliampere", "1/1000", "ampere"),
    ("volt", "1000", "mV"),
    ("mV millivolt", "1/1000", "volt"),
    ("kV kilovolt", "1000", "volt"),
    ("watt", "1000", "mW"),
    ("kW kilowatt", "1000", "watt"),
    ("mW milliwatt", "1/1000", "watt"),
    ("MW megawatt", "1000", "kilowatt"),
    ("joule", "1/1000", "kJ"),
    ("kJ kilojoule", "1000", "joule"),
    ("kWh", "3600", "kJ"),
    ("cal calorie", "4.184", "joule"),
    ("eV", "1.602176634e-19", "joule"),
    ("newton", "1/1000", "kN"),
    ("kN kilonewton", "1000", "newton"),
    ("ohm Ω", "1/1000", "kohm"),
    ("kohm kiloohm", "1000", "ohm"),
    ("hertz Hz", "1/1000", "kHz"),
    ("kHz kilohertz", "1000", "hertz"),
    ("MHz megahertz", "1000", "kHz"),
    ("Pa pascal", "1/1000", "kPa"),
    ("kPa kilopascal", "1000", "pascal"),
    ("atm", "101.325", "kPa"),
    ("mol mole", "1", "moles"),
    ("liter litre", "1000", "ml"),
    ("ml mL milliliter millilitre cc", "1/1000", "liter"),
    ("gallon gal", "4", "quart"),
    ("quart qt", "2", "pint"),
    ("pint", "2", "cup"),
    ("cup", "1/16", "gallon"),
    ("hectare", "10000", "m^2"),
    ("mph", "1", "miles per hour"),
    ("kph kmh kmph", "1", "km/h"),
]


@pytest.mark.parametrize(
    ("name", "count", "other"), [(name, count, other) for names, count, other in WORTH for name in names.split()]
)
def test_a_unit_is_worth_so_many_of_another(name: str, count: str, other: str) -> None:
    one, base = unit(name), phrase(other)
    assert one is not None
    assert base is not None
    assert one.dimension == base.dimension
    assert one.factor == pytest.approx(Fraction(count) * base.factor, rel=1e-9)


def test_an_acre_is_as_many_square_feet_as_the_law_says() -> None:
    acre, square_foot = unit("acre"), phrase("square foot")
    assert acre is not None
    assert square_foot is not None
    assert acre.dimension == square_foot.dimension
    assert acre.factor / square_foot.factor == pytest.approx(43560, rel=1e-5)


@pytest.mark.parametrize(
    ("letter", "name"),
    [
        *(("m", "meter"), ("g", "gram"), ("s", "second"), ("h", "hour"), ("L", "liter"), ("l", "liter")),
        *(("N", "newton"), ("J", "joule"), ("W", "watt"), ("V", "volt"), ("A", "ampere"), ("K", "kelvin")),
        *(("C", "celsius"), ("F", "fahrenheit"), ("Omega", "ohm")),
    ],
)
def test_a_letter_behind_a_number_and_a_space_is_a_unit(letter: str, name: str) -> None:
    text = f"5 {letter}" if len(letter) == 1 else f"5 \\{letter}"
    assert parse(text) == Node("qty", (integer(5),), unit(name))


METRE = Unit(Fraction(1), (("length", 1),))


@pytest.mark.parametrize(
    ("text", "exponent"),
    [
        *((text, 2) for text in ("square m", "sq m", "m squared", "m^2")),
        *((text, 3) for text in ("cubic m", "cu m", "m cubed", "m^3")),
        *(("m^1", 1), ("m^-1", -1), ("m^-2", -2)),
    ],
)
def test_powers_of_a_unit_are_written_in_words_or_signs(text: str, exponent: int) -> None:
    assert phrase(text) == power(METRE, exponent)


FILLERS = "of the a an in about total long wide tall high left us"


@pytest.mark.parametrize("word", FILLERS.split())
def test_a_word_beside_a_unit_does_not_change_it(word: str) -> None:
    assert phrase(f"{word} m") == phrase(f"m {word}") == METRE


@pytest.mark.parametrize("text", ["$m$", "\\m", "m.", "·m", "{m}"])
def test_signs_around_a_unit_do_not_change_it(text: str) -> None:
    assert phrase(text) == METRE


def test_units_side_by_side_are_multiplied_and_per_divides() -> None:
    second = unit("second")
    assert second is not None
    assert phrase("m per second") == phrase("m/s") == per(METRE, second)
    assert phrase("m m") == power(METRE, 2)


def test_a_phrase_may_be_so_long_and_no_longer() -> None:
    longest = "m" + " " * (MAX_PHRASE - 1)
    assert (MAX_PHRASE, phrase(longest), phrase(longest + " ")) == (60, METRE, None)
