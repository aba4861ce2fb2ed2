"""Answers in words: names, yes and no, dates and times of day."""

from fractions import Fraction
from functools import lru_cache

from vlm_rewards.text.number_words import parse_below_thousand
from vlm_rewards_math.parsing.parser import number

MAX_CHARS = 300
MAX_TIME, MAX_DATE, MAX_NUMBER = 40, 60, 4
_FILLERS = frozenset(("the", "a", "an", "is", "it", "are"))
_BETWEEN = dict.fromkeys(' "\n\t.,&_!?:', " ")
_MATHEMATICS = frozenset("=+*/<>()[]|")
_MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_MONTH = {**{name: at for at, name in enumerate(_MONTHS, 1)}, **{name[:3]: at for at, name in enumerate(_MONTHS, 1)}}
_STYLES = ("\\text", "\\mathrm", "\\mathbf", "\\mbox", "\\operatorname", "\\quad", "\\ ")
_ORDINALS = frozenset(("st", "nd", "rd", "th"))
_SPELLED = {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th"}
# What is said in several words.
_SAME = {
    **dict.fromkeys(("dne", "does not exist", "doesn t exist", "不存在"), "dne"),
    **dict.fromkeys(("no solution", "no solutions", "no real solution", "no real solutions", "无解"), "no solution"),
}
_REMAINDERS = ("with a remainder of", "with remainder", "remainder", "rem", "余", "......", "r")
_OPENING = tuple("0123456789.\\")
_HALVES = {"am": 0, "pm": 12, "noon": 12, "midnight": 0}


@lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...] | None:
    r"""The words of an answer in prose, in lower case and without fillers; None for one with signs of mathematics.

    >>> words("\\text{Right Triangle}"), words("the right-triangle"), words("x^2")
    (('right', 'triangle'), ('right', 'triangle'), None)
    """
    if len(text) > MAX_CHARS or not _MATHEMATICS.isdisjoint(text):
        return None
    if "\\" in text:
        for style in _STYLES:
            text = text.replace(style, " ")
        text = text.replace("{", " ").replace("}", " ")
    number, raised, ordinal = text.partition("^")
    if raised and ordinal.strip(" {}") in _ORDINALS:
        text = f"{number} {ordinal.strip(' {}')}"
    for joined in ("-", "'"):
        text = text.replace(joined, " ") if text[:1] != joined and f" {joined}" not in text else text
    lowered = "".join(
        letter if letter.isalnum() or _within_number(text, at) else _BETWEEN.get(letter, "\0")
        for at, letter in enumerate(text)
    )
    if "\0" in lowered or not any(letter.isalpha() for letter in lowered):
        return None
    said = lowered.split()
    if max(map(len, said)) == 1:
        return None  # letters: unknowns or options, and no words
    if len(said) == 2 and said[0].isdigit() and said[1] in _ORDINALS:
        said = ["".join(said)]
    # Capitals tell units and names apart only beside a number: 5 mW is not 5 MW.
    kept = said if any(sign.isdigit() for sign in text) else [word.casefold() for word in said]
    found = tuple(_SPELLED.get(word, word) for word in kept if word not in _FILLERS)
    said_otherwise = _SAME.get(" ".join(found[1:] if found[0] in ("limit", "there") else found)) if found else None
    if said_otherwise:
        return (said_otherwise,)
    return found or tuple(kept)


def _within_number(text: str, at: int) -> bool:
    """Whether a sign stands between digits: `12.5 cm` is neither `12,5 cm` nor `12, 5 cm`."""
    return text[at] in ".,:" and text[max(at - 1, 0) : at].isdecimal() and text[at + 1 : at + 2].isdecimal()


def same_words(one: str, other: str) -> bool:
    """Whether two answers in prose say the same words."""
    left = words(one)
    return left is not None and left == words(other)


def spelled(text: str) -> int | None:
    """The whole number within a thousand of zero that some words spell; None for others.

    >>> spelled("forty-two"), spelled("minus three hundred and five"), spelled("one way"), spelled("three four")
    (42, -305, None, None)
    """
    if any(map(str.isdigit, text)):
        return None
    said = words(text) or ()
    is_negative = said[:1] in (("minus",), ("negative",))
    value = parse_below_thousand(said[is_negative:])
    return value if value is None or not is_negative else -value


@lru_cache(maxsize=64)
def _bare(text: str) -> str:
    """A text in small letters without commands of style and commas."""
    for sign in ("\\text", "\\mbox", "\\mathrm", "{", "}", "$", ","):
        text = text.replace(sign, " ")
    return text.casefold().strip()


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= MAX_NUMBER


def time(text: str) -> int | None:
    """Minutes since midnight; None for a text that is not a time of day.

    >>> time("4:30 p.m."), time("16:30"), time("half past four")
    (990, 990, None)
    """
    if len(text) > MAX_TIME:
        return None
    clean = _bare(text).replace(".", "").replace("o'clock", " ").strip()
    half = next((name for name in _HALVES if clean.endswith(name)), "")
    hour, colon, minute = map(str.strip, clean.removesuffix(half).partition(":"))
    if not (_is_number(hour) and (half or colon)) or (colon and not (_is_number(minute) and len(minute) == 2)):
        return None
    hours, minutes = int(hour), int(minute or 0)
    if half:
        hours = hours % 12 + _HALVES[half] if 1 <= hours <= 12 else 24
    return hours * 60 + minutes if hours < 24 and minutes < 60 else None


def remainder(text: str) -> tuple[int, int] | None:
    r"""A quotient and its remainder; None for other texts.

    >>> remainder("5 R 3"), remainder("5 \\text{ remainder } 3"), remainder("5 \\cdot 3")
    ((5, 3), (5, 3), None)
    """
    if len(text) > MAX_DATE:
        return None
    clean = _bare(text).removeprefix("quotient").removeprefix("商")
    mark = next((mark for mark in _REMAINDERS if mark in clean), None)
    quotient, _, rest = map(str.strip, clean.partition(mark or "\0"))
    return (int(quotient), int(rest)) if _is_number(quotient) and _is_number(rest) else None


def span(text: str) -> tuple[Fraction, Fraction, str] | None:
    """The ends and the unit of a range of growing numbers; None for other texts.

    >>> span("10-15") == span("between 10 and 15"), span("5到8天"), span("15 - 10")
    (True, (Fraction(5, 1), Fraction(8, 1), '天'), None)
    """
    clean = _bare(text).removeprefix("from ").replace("\\%", "%") if len(text) <= MAX_DATE else ""
    for mark in ("and",) if clean.startswith("between ") else ("to", "至", "到", "-"):
        low, found, high = map(str.strip, clean.removeprefix("between ").partition(mark))
        if not found or low[:1] not in _OPENING:
            continue
        unit = high.lstrip("0123456789.").strip()
        first, last = number(low.removesuffix(unit).strip()), number(high.removesuffix(unit).strip())
        if first is not None and last is not None and 0 <= first < last and _is_word(unit):
            return first, last, unit
    return None


def _is_word(text: str) -> bool:
    """Whether a text may be a unit: it holds no signs of an expression."""
    return set("-+*/^=(\\").isdisjoint(text)


def date(text: str) -> tuple[int, int, int] | None:
    """Year (0 if none is given), month and day; None for a text that is not a date, or may be one of two.

    >>> date("January 5, 2020"), date("5 Jan 2020"), date("2020-01-05"), date("May 1")
    ((2020, 1, 5), (2020, 1, 5), (2020, 1, 5), (0, 5, 1))
    >>> date("25.12.2020"), date("12/25/2020"), date("3/5/2011"), date("2011年3月5日")
    ((2020, 12, 25), (2020, 12, 25), None, (2011, 3, 5))
    """
    if len(text) > MAX_DATE:
        return None
    clean = _bare(text)
    if clean.endswith("日") and "月" in clean:
        clean = ("" if "年" in clean else "0000-") + clean[:-1].replace("年", "-").replace("月", "-")
    for separator in "-/.":
        parts = list(map(str.strip, clean.split(separator)))
        if len(parts) == 3 and all(map(_is_number, parts)):
            return _in_numbers(parts)
    months, numbers = [], []
    for word in clean.replace(".", " ").split():
        bare = word[:-2] if word[-2:] in _ORDINALS else word
        if _is_number(bare):
            numbers.append(int(bare))
        elif word in _MONTH or word == "sept":
            months.append(_MONTH[word[:3]])
        elif word not in ("of", "the", "on") and not word.endswith("day"):
            return None
    if len(months) != 1 or len(numbers) not in (1, 2):
        return None
    return _checked(numbers[1] if len(numbers) == 2 else 0, months[0], numbers[0])


def _in_numbers(parts: list[str]) -> tuple[int, int, int] | None:
    """A date of three numbers, whose year has four digits and is first or last; None where day and month may swap."""
    first, middle, last = map(int, parts)
    if len(parts[0]) == 4:
        return _checked(first, middle, last)
    found = {_checked(last, middle, first), _checked(last, first, middle)} - {None}
    return found.pop() if len(parts[2]) == 4 and len(found) == 1 else None


def _checked(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    return (year, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None
