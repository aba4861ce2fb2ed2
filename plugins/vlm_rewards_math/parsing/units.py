"""Units of measure: a factor and a dimension, so that 5 m is 500 cm and never 5 cm."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

__all__ = ["LABEL", "SHORT", "Unit", "per", "phrase", "power", "product", "unit"]

MAX_PHRASE = 60


class Unit(NamedTuple):
    """How many base units one is, and powers of base dimensions; no dimension at all is a label such as "apples"."""

    factor: Fraction
    dimension: tuple[tuple[str, int], ...]


LABEL = Unit(Fraction(1), ())
_TABLE: dict[str, dict[str, str | int | Fraction]] = {
    "length": {
        "m meter metre": 1,
        "km kilometer kilometre kms": 1000,
        "cm centimeter centimetre cms": Fraction(1, 100),
        "mm millimeter millimetre": Fraction(1, 1000),
        "dm decimeter decimetre": Fraction(1, 10),
        "nm nanometer nanometre": Fraction(1, 10**9),
        "µm μm micrometer micron": Fraction(1, 10**6),
        "in inch inches": Fraction(254, 10000),
        "ft foot feet": Fraction(3048, 10000),
        "yd yard": Fraction(9144, 10000),
        "mi mile": Fraction(1609344, 1000),
    },
    "mass": {
        "g gram gramme": 1,
        "kg kilogram kilo": 1000,
        "mg milligram": Fraction(1, 1000),
        "lb lbs pound": Fraction(45359237, 100000),
        "oz ounce": Fraction(45359237, 1600000),
        "tonne": 10**6,
    },
    "time": {
        "s sec second": 1,
        "ms millisecond": Fraction(1, 1000),
        "min minute": 60,
        "h hr hour hrs": 3600,
        "day": 86400,
        "week": 604800,
        "month": 2629800,
        "year yr yrs": 31557600,
    },
    "money": {"dollar usd buck": 1, "cent ¢": Fraction(1, 100)},
    "euro": {"euro eur": 1},
    "pound_money": {"gbp": 1},
    "yen": {"yen jpy": 1},
    "yuan": {"yuan rmb cny": 1},
    "rupee": {"rupee rs inr": 1},
    "angle": {"radian rad": 1},
    "degree": {"degree deg °": 1},
    "celsius": {"celsius centigrade": 1},
    "fahrenheit": {"fahrenheit": 1},
    "kelvin": {"kelvin": 1},
    "current": {"ampere amp": 1, "mA milliamp milliampere": Fraction(1, 1000)},
    "voltage": {"volt": 1, "mV millivolt": Fraction(1, 1000), "kV kilovolt": 1000},
    "power": {"watt": 1, "kW kilowatt": 1000, "mW milliwatt": Fraction(1, 1000), "MW megawatt": 10**6},
    "energy": {
        "joule": 1,
        "kJ kilojoule": 1000,
        "kWh": 3600000,
        "cal calorie": Fraction(4184, 1000),
        "eV": Fraction(1602176634, 10**28),
    },
    "force": {"newton": 1, "kN kilonewton": 1000},
    "resistance": {"ohm Ω": 1, "kohm kiloohm": 1000},
    "frequency": {"hertz Hz": 1, "kHz kilohertz": 1000, "MHz megahertz": 10**6},
    "pressure": {"Pa pascal": 1, "kPa kilopascal": 1000, "atm": 101325},
    "amount": {"mol mole": 1},
}
_BUILT: dict[str, Unit] = {}
for _dimension, _names in _TABLE.items():
    for _spellings, _factor in _names.items():
        for _name in _spellings.split():
            _BUILT[_name] = Unit(Fraction(_factor), ((_dimension, 1),))
_VOLUMES: dict[str, Fraction] = {
    "liter litre": Fraction(1, 1000),
    "ml milliliter millilitre cc": Fraction(1, 10**6),
    "gallon gal": Fraction(3785411784, 10**12),
    "quart qt": Fraction(946352946, 10**12),
    "pint": Fraction(473176473, 10**12),
    "cup": Fraction(2365882365, 10**13),
}
_BUILT |= {name: Unit(size, (("length", 3),)) for names, size in _VOLUMES.items() for name in names.split()}
_BUILT |= {name: Unit(Fraction(1609344, 3600000), (("length", 1), ("time", -1))) for name in ("mph",)}
_BUILT |= {name: Unit(Fraction(1000, 3600), (("length", 1), ("time", -1))) for name in ("kph", "kmh", "kmph")}
_BUILT |= {
    "acre": Unit(Fraction(40468564224, 10**7), (("length", 2),)),
    "hectare": Unit(Fraction(10**4), (("length", 2),)),
}
#: Single letters that are units behind a number and a space, or within `\text{}`.
SHORT: dict[str, Unit] = {
    letter: _BUILT[name]
    for letter, name in {
        "m": "m", "g": "g", "s": "s", "h": "h", "L": "liter", "l": "liter", "N": "newton", "J": "joule", "W": "watt",
        "V": "volt", "A": "ampere", "K": "kelvin", "C": "celsius", "F": "fahrenheit",
        "Omega": "ohm",
    }.items()
}  # fmt: skip
_SHAPES = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cu": 3, "cubed": 3}
_EXPONENTS = {"^1": 1, "^2": 2, "^3": 3, "^-1": -1, "^-2": -2}
_SPREAD = str.maketrans({**dict.fromkeys("$\\.·", " "), "{": None, "}": None})
_FILLERS = frozenset(("of", "the", "a", "an", "in", "about", "total", "long", "wide", "tall", "high", "left", "us"))


def unit(name: str) -> Unit | None:
    """The unit of one word, singular or plural; None for a word that is not a unit.

    >>> unit("cm") == unit("centimetres"), unit("apples") is None
    (True, True)
    """
    found = _BUILT.get(name) or _BUILT.get(name.lower())
    if found is None and len(name) > 3 and name[-1] in "sS":
        found = _BUILT.get(name[:-1].lower())
    return found


def power(base: Unit, exponent: int) -> Unit:
    """A unit raised to a small whole power."""
    return Unit(base.factor**exponent, tuple((name, times * exponent) for name, times in base.dimension))


def per(left: Unit, right: Unit) -> Unit:
    """One unit per another."""
    dimension = dict(left.dimension)
    for name, times in right.dimension:
        dimension[name] = dimension.get(name, 0) - times
    kept = tuple(sorted((name, times) for name, times in dimension.items() if times))
    return Unit(left.factor / right.factor, kept)


@lru_cache(maxsize=1024)
def phrase(text: str) -> Unit | None:
    r"""The unit that some words are: `square meters`, `km/h`, `miles per hour`, `cm^2`; None when they are none.

    >>> phrase("km/h") == phrase("kilometres per hour"), phrase("sq. cm") == phrase("cm^2"), phrase("apples")
    (True, True, None)
    """
    if len(text) > MAX_PHRASE:
        return None
    factors: list[Unit] = []
    dividing, shape = False, 1
    for word in text.translate(_SPREAD).replace("/", " per ").replace("^", " ^").split():
        lower = word.lower()
        exponent = _EXPONENTS.get(lower) or (_SHAPES.get(lower) if factors and lower.endswith("ed") else None)
        if exponent:
            if not factors:
                return None
            factors[-1] = power(factors[-1], exponent)
        elif word == "per":
            dividing = True
        elif lower in _SHAPES:
            shape = _SHAPES[lower]
        elif lower not in _FILLERS:
            found = SHORT.get(word) or unit(word)
            if found is None:
                return None
            factors.append(power(found, -shape if dividing else shape))
            dividing, shape = False, 1
    return product(factors) if factors else None


def product(factors: Iterable[Unit]) -> Unit:
    """Units multiplied."""
    result = LABEL
    for factor in factors:
        result = per(result, power(factor, -1))
    return result
