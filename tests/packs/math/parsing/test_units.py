"""Every unit is worth what it is, and every word of a phrase of units counts or is left out."""

from __future__ import annotations

from fractions import Fraction

import pytest

from vlm_rewards_math.equality.comparison import Policy
from vlm_rewards_math.grading import decide
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
    ("cms", "1", "cm"),
    ("mms", "1", "mm"),
    ("kgs", "1", "kg"),
    ("coulomb", "1", "A s"),
    ("newton", "1", "kg m/s^2"),
    ("joule", "1", "N m"),
    ("watt", "1", "J/s"),
    ("pascal", "1", "N/m^2"),
    ("volt", "1", "J/coulomb"),
    ("ohm", "1", "V/A"),
    ("hertz", "60", "per minute"),
    ("Wh", "3600", "J"),
    ("molar", "1", "mol/L"),
    ("peso", "1", "php"),
    ("shilling ksh", "1", "kes"),
    ("won 원", "1", "krw"),
    ("dong", "1", "vnd"),
    ("ruble rouble", "1", "rub"),
    ("lira", "1", "liras"),
    ("naira", "1", "ngn"),
    ("hryvnia", "1", "uah"),
    ("shekel", "1", "ils"),
    ("baht", "1", "thb"),
    ("franc", "1", "chf"),
    ("krone kroner krona", "1", "kronor"),
    ("zloty", "1", "pln"),
    ("rupiah", "1", "idr"),
    ("ringgit", "1", "myr"),
    *(
        (code, "1", code.upper())
        for code in ("aud", "cad", "nzd", "hkd", "sgd", "brl", "mxn", "zar", "sek", "nok", "dkk")
    ),
    ("米", "1", "metre"),
    ("千米 公里", "1", "km"),
    ("分米", "1", "dm"),
    ("厘米", "1", "cm"),
    ("毫米", "1", "mm"),
    ("微米", "1", "micron"),
    ("纳米", "1", "nm"),
    ("英寸", "1", "inch"),
    ("英尺", "1", "foot"),
    ("码", "1", "yard"),
    ("英里", "1", "mile"),
    ("克", "1", "g"),
    ("千克 公斤", "1", "kg"),
    ("毫克", "1", "mg"),
    ("斤", "500", "g"),
    ("吨", "1", "tonne"),
    ("磅", "1", "lb"),
    ("盎司", "1", "oz"),
    ("秒 秒钟", "1", "second"),
    ("毫秒", "1", "ms"),
    ("分钟", "1", "minute"),
    ("小时 时", "1", "hour"),
    ("天 日", "1", "day"),
    ("周 星期", "1", "week"),
    ("月 个月", "1", "month"),
    ("年", "1", "year"),
    ("美元", "1", "dollar"),
    ("欧元", "1", "euro"),
    ("英镑", "1", "gbp"),
    ("円 日元", "1", "yen"),
    ("元 人民币 renminbi", "1", "yuan"),
    ("角", "0.1", "yuan"),
    ("弧度", "1", "radian"),
    ("度", "1", "degree"),
    ("摄氏度", "1", "celsius"),
    ("华氏度", "1", "fahrenheit"),
    ("安 安培", "1", "ampere"),
    ("摩尔", "1", "mol"),
    ("升", "1", "liter"),
    ("毫升", "1", "ml"),
    ("加仑", "1", "gallon"),
    ("杯", "1", "cup"),
    ("英亩", "1", "acre"),
    ("公顷", "1", "hectare"),
    ("牛 牛顿", "1", "newton"),
    ("焦 焦耳", "1", "joule"),
    ("瓦 瓦特", "1", "watt"),
    ("兆瓦", "1", "MW"),
    ("吉瓦", "1", "GW"),
    ("帕 帕斯卡", "1", "pascal"),
    ("库仑", "1", "coulomb"),
    ("伏 伏特", "1", "volt"),
    ("欧 欧姆", "1", "ohm"),
    ("赫 赫兹", "1", "hertz"),
    ("卡", "1", "cal"),
]

# A symbol, the prefixes that it takes, and a name that takes them as words.
PREFIXED = (
    *(("m", "kdcmµμn", "meter"), ("g", "kmµμ", "gram"), ("s", "mµμn", "second"), ("A", "kmµμn", "ampere")),
    *(("V", "kMmµμn", "volt"), ("W", "kMGmµμ", "watt"), ("J", "kMGm", "joule"), ("N", "kMm", "newton")),
    *(("Pa", "kMG", "pascal"), ("Hz", "kMG", "hertz"), ("Ω", "kMm", "ohm"), ("ohm", "kMm", "ohm")),
    *(("L", "mcdµμ", "litre"), ("l", "mcdµμ", "liter"), ("mol", "kmµμ", "mole"), ("cal", "k", "calorie")),
    *(("eV", "kMG", ""), ("Wh", "kM", "")),
)
PREFIXES = {
    "G": ("giga", "1e9"),
    "M": ("mega", "1e6"),
    "k": ("kilo", "1e3"),
    "d": ("deci", "1e-1"),
    "c": ("centi", "1e-2"),
    "m": ("milli", "1e-3"),
    "µ": ("micro", "1e-6"),
    "μ": ("micro", "1e-6"),
    "n": ("nano", "1e-9"),
}


@pytest.mark.parametrize(("symbol", "prefixes", "name"), PREFIXED)
def test_prefixes_multiply_a_symbol_and_its_name(symbol: str, prefixes: str, name: str) -> None:
    base = phrase(symbol)
    assert base is not None
    for prefix in prefixes:
        word, count = PREFIXES[prefix]
        scaled = Unit(base.factor * Fraction(count), base.dimension)
        assert unit(prefix + symbol) == scaled
        assert not name or unit(word + name) == scaled


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
        *(("m^1", 1), ("m^-1", -1), ("m^-2", -2), ("m^{-3}", -3), ("平方米", 2), ("立方米", 3)),
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("千米/时", "km/h"),
        ("千米每小时", "km/h"),
        ("千瓦时", "kWh"),
        ("元/千克", "yuan per kg"),
        ("miles an hour", "mph"),
        ("meters per second squared", "m/s^2"),
        (r"\mathrm{m s^{-2}}", "m/s^2"),
        (r"m\cdot s^{-2}", "m/s^2"),
        ("kilowatt-hours", "kWh"),
        (r"k\Omega", "kohm"),
        (r"\text{k}\Omega", "kohm"),
        (r"\mu m", "micron"),
        ("degrees C", "celsius"),
        ("in^2", "square inch"),
        ("sq in", "square inch"),
        ("M", "mol/L"),
    ],
)
def test_compound_units_are_the_same_in_every_spelling(one: str, other: str) -> None:
    assert phrase(one) == phrase(other) != None  # noqa: E711 - both, and not None


@pytest.mark.parametrize("text", ["米个", "个", "千", "每", "平方", r"\cdot", "", "square", "^2"])
def test_what_is_not_a_unit_as_a_whole_is_none(text: str) -> None:
    assert phrase(text) is None


def judged(reference: str, answer: str) -> bool:
    return decide(reference, answer, Policy()).score == 1.0


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("7 m²", "7 sq m"),
        ("7.25", "7.25m²"),
        ("8 m", "8m"),
        ("21 °C", "21C"),
        ("21 °C", "21 degrees C"),
        ("9 N m", r"9 \text{ N m}"),
        ("4 m/s^2", r"4 \text{ m s}^{-2}"),
        ("7 m^2 s", r"7 \text{ m}^2 \text{ s}"),
        (r"7 \text{ m}^2 + 2 \text{ m}^2", r"9 \text{ m}^2"),
        ("2 h 15 min", "135 minutes"),
        ("2 hours and 15 minutes", "135 minutes"),
        ("4 m 5 cm", "4.05 m"),
        ("2小时15分钟", "135分钟"),
        ("40", "$40/night"),
        ("40", "40 dollars per night"),
        ("40", "40 seats per row"),
        ("40", "40 seats/row"),
        ("40", "40 spoons of sugar"),
        ("40", "40 in all"),
        ("40", "40个学生"),
        ("40", "HK$40"),
        ("40", r"A\$40"),
        ("40", "Rs. 40"),
        ("0.4 dollars", "40¢"),
        (r"40\degree", r"40 \deg"),
        (r"40\%", "40 per cent"),
        ("7654321", "7.654.321"),
        ("7654321", "7'654'321"),
        ("7654321", r"7,\! 654,\! 321"),
    ],
)
def test_a_unit_or_a_label_behind_a_number_is_read(reference: str, answer: str) -> None:
    assert judged(reference, answer)


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("8", "8m"),
        ("8", "8x"),
        ("8 m", "8 cm of rope"),
        ("8 m²", "8 m"),
        ("8平方米", "8米"),
        ("8 km/h", "8 m/h"),
        ("8", "8/abc"),
        ("8", "8 at least"),
        ("8", "8 plus maybe more"),
        ("8", "8 or so"),
        ("8", "8 to nine"),
        ("8", "8个以上"),
        ("8", "8か9"),
        ("8", "8或9"),
        ("2 hours", "2 hours and 15 minutes"),
        ("2 hours and 3 hours", "5 hours"),
        ("2 hours and 90 minutes", "3.5 hours"),
        ("765", "7.65.321"),
    ],
)
def test_another_unit_an_unknown_or_a_bound_is_not_a_label(reference: str, answer: str) -> None:
    assert not judged(reference, answer)
