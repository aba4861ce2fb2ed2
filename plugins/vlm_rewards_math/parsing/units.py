"""Units of measure: a factor and a dimension, so that 5 m is 500 cm and never 5 cm."""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

MAX_PHRASE = 60


class Unit(NamedTuple):
    """How many base units one is, and powers of base dimensions; no dimension at all is a label such as "apples"."""

    factor: Fraction
    dimension: tuple[tuple[str, int], ...]


LABEL = Unit(Fraction(1), ())
# Per dimension: the names of a unit, apart by spaces, and how many of its base it is.
_TABLE: dict[str, dict[str, int | Fraction]] = {
    "length": {
        "m meter metre 米": 1,
        "kms 公里": 1000,
        "cms": Fraction(1, 100),
        "mms": Fraction(1, 1000),
        "micron": Fraction(1, 10**6),
        "in inch inches 英寸": Fraction(254, 10000),
        "ft foot feet 英尺": Fraction(3048, 10000),
        "yd yard 码": Fraction(9144, 10000),
        "mi mile 英里": Fraction(1609344, 1000),
    },
    "mass": {
        "g gram gramme 克": 1,
        "kilo kgs 公斤": 1000,
        "lb lbs pound 磅": Fraction(45359237, 100000),
        "oz ounce 盎司": Fraction(45359237, 1600000),
        "斤": 500,
        "tonne 吨": 10**6,
    },
    "time": {
        "s sec second 秒 秒钟": 1,
        "min minute 分钟 分": 60,
        "h hr hour hrs 小时 时": 3600,
        "day 天 日": 86400,
        "week 周 星期": 604800,
        "month 月 个月": 2629800,
        "year yr yrs 年": 31557600,
    },
    "money": {"dollar usd buck 美元": 1, "cent ¢": Fraction(1, 100)},
    "euro": {"euro eur 欧元": 1},
    "pound_money": {"gbp 英镑": 1},
    "yen": {"yen jpy 円 日元": 1},
    "yuan": {"yuan rmb cny renminbi 元 人民币": 1, "角": Fraction(1, 10)},
    "rupee": {"rupee rs inr": 1},
    "peso": {"peso php": 1},
    "shilling": {"shilling kes ksh": 1},
    **{name: {f"{name} {code}".strip(): 1} for name, code in {
        "won": "krw 원", "dong": "vnd", "ruble": "rouble rub", "lira": "", "naira": "ngn", "hryvnia": "uah",
        "shekel": "ils", "baht": "thb", "franc": "chf", "krone": "kroner krona kronor", "zloty": "pln",
        "rupiah": "idr", "ringgit": "myr", "aud": "", "cad": "", "nzd": "", "hkd": "", "sgd": "", "brl": "",
        "mxn": "", "zar": "", "sek": "", "nok": "", "dkk": "",
    }.items()},
    "angle": {"radian rad 弧度": 1},
    "degree": {"degree deg ° 度": 1},
    "celsius": {"celsius centigrade 摄氏度": 1},
    "fahrenheit": {"fahrenheit 华氏度": 1},
    "kelvin": {"kelvin": 1},
    "current": {"ampere amp 安 安培": 1},
    "amount": {"mol mole 摩尔": 1},
}  # fmt: skip
# What is made of others: names, how many, and of what.
_DERIVED: tuple[tuple[str, int | Fraction, str], ...] = (
    ("liter litre 升", Fraction(1, 1000), "m^3"),
    ("cc", Fraction(1, 10**6), "m^3"),
    ("gallon gal 加仑", Fraction(3785411784, 10**12), "m^3"),
    ("quart qt", Fraction(946352946, 10**12), "m^3"),
    ("pint", Fraction(473176473, 10**12), "m^3"),
    ("cup 杯", Fraction(2365882365, 10**13), "m^3"),
    ("acre 英亩", Fraction(40468564224, 10**7), "m^2"),
    ("hectare 公顷", 10**4, "m^2"),
    ("mph", 1, "mile/hour"),
    ("kph kmh kmph", 1000, "m/hour"),
    ("newton 牛 牛顿", 1000, "g m s^-2"),
    ("joule 焦 焦耳", 1, "newton m"),
    ("watt 瓦 瓦特", 1, "joule/s"),
    ("Pa pascal 帕 帕斯卡", 1, "newton m^-2"),
    ("atm", 101325, "pascal"),
    ("bar", 100_000, "pascal"),
    ("coulomb 库仑", 1, "ampere s"),
    ("volt 伏 伏特", 1, "watt/ampere"),
    ("ohm Ω 欧 欧姆", 1, "volt/ampere"),
    ("hertz Hz 赫 赫兹", 1, "s^-1"),
    ("cal calorie 卡", Fraction(4184, 1000), "joule"),
    ("eV", Fraction(1602176634, 10**28), "joule"),
    ("Wh", 3600, "joule"),
    ("molar", 1, "mol/liter"),
)
_PREFIXES: tuple[tuple[str, str, str, Fraction], ...] = (
    ("G", "giga", "吉", Fraction(10**9)),
    ("M", "mega", "兆", Fraction(10**6)),
    ("k", "kilo", "千", Fraction(1000)),
    ("d", "deci", "分", Fraction(1, 10)),
    ("c", "centi", "厘", Fraction(1, 100)),
    ("m", "milli", "毫", Fraction(1, 1000)),
    ("µ", "micro", "微", Fraction(1, 10**6)),
    ("μ", "micro", "微", Fraction(1, 10**6)),
    ("n", "nano", "纳", Fraction(1, 10**9)),
)
# What takes prefixes: a symbol, the prefixes that it is seen with, and its names, which take each of them.
_PREFIXED = (
    ("m", "kdcmµμn", "meter metre 米"),
    ("g", "kmµμ", "gram gramme 克"),
    ("s", "mµμn", "second 秒"),
    ("A", "kmµμn", "ampere amp 安"),
    ("V", "kMmµμn", "volt 伏"),
    ("W", "kMGmµμ", "watt 瓦"),
    ("J", "kMGm", "joule 焦"),
    ("N", "kMm", "newton 牛"),
    ("Pa", "kMG", "pascal 帕"),
    ("Hz", "kMG", "hertz 赫"),
    ("Ω", "kMm", "ohm 欧"),
    ("ohm", "kMm", "ohm"),
    ("L", "mcdµμ", "liter litre 升"),
    ("l", "mcdµμ", "liter"),
    ("mol", "kmµμ", "mole"),
    ("eV", "kMG", ""),
    ("Wh", "kM", ""),
    ("cal", "k", "calorie 卡"),
)
#: Single letters that are units behind a number and a space, or within `\text{}`.
_LETTERS = {
    "m": "m", "g": "g", "s": "s", "h": "h", "L": "liter", "l": "liter", "N": "newton", "J": "joule", "W": "watt",
    "V": "volt", "A": "ampere", "K": "kelvin", "C": "celsius", "F": "fahrenheit", "M": "molar", "Omega": "ohm",
}  # fmt: skip
SHORT: dict[str, Unit] = {}
_BUILT: dict[str, Unit] = {}
_SHAPES = {"square": 2, "sq": 2, "squared": 2, "平方": 2, "cubic": 3, "cu": 3, "cubed": 3, "立方": 3}
_EXPONENTS = {"^1": 1, "^2": 2, "^3": 3, "^−1": -1, "^−2": -2, "^−3": -3}
_PER = frozenset(("per", "每"))
_SPREAD = str.maketrans({**dict.fromkeys("$\\.·*-{}~", " "), "/": " per ", "^": " ^"})
_OF_LATEX = (("^{", "^"), ("^-", "^−"), ("\\Omega", "Ω"), ("\\mu\\mathrm{", "µ"), ("\\mu\\text{", "µ"), ("\\mu ", "µ"))
_FILLERS = frozenset(("of", "the", "a", "an", "in", "about", "total", "long", "wide", "tall", "high", "left", "us"))
_STYLES = frozenset(("text", "textrm", "mathrm", "mathsf", "mbox", "rm", "operatorname", "cdot"))
_TEMPERATURES = frozenset(("celsius", "fahrenheit", "kelvin"))


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
    r"""The unit that some words are: `square meters`, `km/h`, `miles per hour`, `cm^2`, `千米每小时`; None for others.

    >>> phrase("km/h") == phrase("kilometres per hour"), phrase("sq. cm") == phrase("cm^2"), phrase("apples")
    (True, True, None)
    """
    if len(text) > MAX_PHRASE:
        return None
    factors: list[Unit] = []
    dividing, shape = False, 1
    words = [word for word in _words(text) if word not in _STYLES]
    for word, after in zip(words, [*words[1:], ""], strict=False):
        lower = word.lower()
        exponent = _EXPONENTS.get(lower) or (_SHAPES.get(lower) if factors and lower.endswith("ed") else None)
        if exponent:
            if not factors:
                return None
            factors[-1] = power(factors[-1], exponent)
        elif word in _PER or (word in ("a", "an") and factors):
            dividing = True
        elif lower in _SHAPES:
            shape = _SHAPES[lower]
        elif (
            word == "A"
            or lower not in _FILLERS
            or (word == "in" and (shape > 1 or after in _EXPONENTS or len(words) == 1))
        ):
            found = SHORT.get(word) or unit(word)
            if found is None:
                return None
            if found.dimension[0][0] in _TEMPERATURES and factors == [_BUILT["degree"]]:
                factors = []
            factors.append(power(found, -shape if dividing else shape))
            dividing, shape = False, 1
    return product(factors) if factors else None


def _words(text: str) -> list[str]:
    """The words of a phrase, with Chinese ones apart."""
    for looks, means in _OF_LATEX:
        text = text.replace(looks, means)
    found: list[str] = []
    for word in text.translate(_SPREAD).split():
        if word == "Ω" and found and found[-1] in ("k", "M"):  # \text{k}\Omega
            found[-1] += word
        else:
            found += [word] if word[0] < "\u3000" else _chinese(word)
    return found


def _chinese(run: str) -> list[str]:
    """A run of Chinese cut into the longest units from the left; the rest is one word, which is not a unit."""
    found, at = [], 0
    while at < len(run):
        piece = next((run[at:end] for end in range(min(len(run), at + 4), at, -1) if run[at:end] in _CHINESE), run[at:])
        found.append(piece)
        at += len(piece)
    return found


def product(factors: Iterable[Unit]) -> Unit:
    """Units multiplied."""
    result = LABEL
    for factor in factors:
        result = per(result, power(factor, -1))
    return result


def _build() -> None:
    """Fill the tables of names."""
    for dimension, rows in _TABLE.items():
        for names, factor in rows.items():
            _BUILT.update(dict.fromkeys(names.split(), Unit(Fraction(factor), ((dimension, 1),))))
    for names, factor, others in _DERIVED:
        whole = phrase(others) or LABEL
        _BUILT.update(dict.fromkeys(names.split(), whole._replace(factor=whole.factor * factor)))
    SHORT.update({letter: _BUILT[name] for letter, name in _LETTERS.items()})
    for symbol, letters, names in _PREFIXED:
        base = SHORT.get(symbol) or _BUILT[symbol]
        for letter, latin, chinese, factor in _PREFIXES:
            words = [(latin if name.isascii() else chinese) + name for name in names.split()]
            words += [letter + symbol] if letter in letters else []
            _BUILT.update(dict.fromkeys(words, base._replace(factor=base.factor * factor)))


_build()
_CHINESE = frozenset(name for name in _BUILT if name > "\u3000") | {"平方", "立方", "每"}
