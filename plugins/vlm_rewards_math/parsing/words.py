"""Answers in words: names, yes and no, dates and times of day."""

from __future__ import annotations

from vlm_rewards.text.number_words import parse_below_thousand

__all__ = ["date", "same_words", "spelled", "time", "words"]

MAX_CHARS = 300
_FILLERS = frozenset(("the", "a", "an", "is", "it", "are"))
_BETWEEN = dict.fromkeys(' "\n\t.,&_!?:', " ")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_STYLES = (
    "\\text",
    "\\mathrm",
    "\\mathbf",
    "\\mbox",
    "\\operatorname",
    "\\quad",
    "\\ ",
)
_HALVES = {"am": 0, "pm": 12, "noon": 12, "midnight": 0}


def words(text: str) -> tuple[str, ...] | None:
    r"""The words of an answer in prose, in lower case and without fillers; None for one with signs of mathematics.

    >>> words("\\text{Right Triangle}"), words("the right-triangle"), words("x^2")
    (('right', 'triangle'), ('right', 'triangle'), None)
    """
    if len(text) > MAX_CHARS:
        return None
    if "\\" in text:
        for style in _STYLES:
            text = text.replace(style, " ")
        text = text.replace("{", " ").replace("}", " ")
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
    # Capitals tell units and names apart only beside a number: 5 mW is not 5 MW.
    kept = said if any(sign.isdigit() for sign in text) else [word.casefold() for word in said]
    found = tuple(word for word in kept if word not in _FILLERS)
    return found or tuple(kept)


def _within_number(text: str, at: int) -> bool:
    """Whether a sign stands between digits: `12.5 cm` is neither `12,5 cm` nor `12, 5 cm`."""
    return text[at] in ".,:" and text[max(at - 1, 0) : at].isdecimal() and text[at + 1 : at + 2].isdecimal()


def same_words(one: str, other: str) -> bool:
    """Whether two answers in prose say the same words."""
    left, right = words(one), words(other)
    return left is not None and left == right


def spelled(text: str) -> int | None:
    """The whole number below a thousand that some words spell; None for others.

    >>> spelled("forty-two"), spelled("Three hundred and five"), spelled("one way"), spelled("three four")
    (42, 305, None, None)
    """
    return parse_below_thousand(words(text) or ())


def time(text: str) -> int | None:
    """Minutes since midnight; None for a text that is not a time of day.

    >>> time("4:30 p.m."), time("16:30"), time("half past four")
    (990, 990, None)
    """
    if len(text) > 40 or not any(sign in text.lower() for sign in (":", "m", "noon")):
        return None
    for style in ("\\text", "\\mbox", "{", "}", "$", "."):
        text = text.replace(style, " " if style != "." else "")
    clean = text.lower().replace("o'clock", " ").strip()
    half: int | None = None
    for name, hours in _HALVES.items():
        if clean.endswith(name):
            half, clean = hours, clean[: -len(name)].strip()
            break
    hour, colon, minute = clean.partition(":")
    hour, minute = hour.strip(), minute.strip()
    if not (hour.isdecimal() and hour.isascii() and len(hour) <= 2) or (half is None and not colon):
        return None
    if colon and not (minute.isdecimal() and minute.isascii() and len(minute) == 2 and int(minute) < 60):
        return None
    hours = int(hour)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + half
    return hours * 60 + int(minute or 0) if hours < 24 else None


def date(text: str) -> tuple[int, int, int] | None:
    """Year (0 if none is given), month and day; None for a text that is not a date with the month in words or ISO form.

    >>> date("January 5, 2020"), date("5 Jan 2020"), date("2020-01-05"), date("May 1")
    ((2020, 1, 5), (2020, 1, 5), (2020, 1, 5), (0, 5, 1))
    """
    if len(text) > 60:
        return None
    for style in ("\\text", "\\mbox", "{", "}", "$", ","):
        text = text.replace(style, " ")
    iso = text.strip().split("-")
    if len(iso) == 3 and all(part.isdecimal() and part.isascii() for part in iso) and len(iso[0]) == 4:
        return _checked(int(iso[0]), int(iso[1][:2]), int(iso[2][:2]))
    month, numbers = 0, []
    for word in text.lower().replace(".", " ").split():
        bare = word.removesuffix("st").removesuffix("nd").removesuffix("rd").removesuffix("th")
        if bare.isdecimal() and bare.isascii() and len(bare) <= 4:
            numbers.append(int(bare))
        elif word[:3] in _MONTHS and len(word) >= 3 and not month and _is_month(word):
            month = _MONTHS.index(word[:3]) + 1
        elif word not in ("of", "the", "on"):
            return None
    if not month or not numbers or len(numbers) > 2:
        return None
    day, year = (numbers[0], numbers[1]) if len(numbers) == 2 else (numbers[0], 0)
    return _checked(year, month, day)


_FULL = ("january", "february", "march", "april", "june", "july", "august", "september", "october", "november")


def _is_month(word: str) -> bool:
    return word in _MONTHS or word in _FULL or word in ("december", "sept")


def _checked(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    return (year, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None
