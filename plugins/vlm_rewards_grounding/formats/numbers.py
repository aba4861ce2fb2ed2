"""Coordinates in hostile text: capped in length and size before anything is computed with them."""

from collections.abc import Sequence
from typing import Any, TypeGuard

MAX_NUMBER_CHARS = 24
MAX_COORDINATE = 1e7  # far beyond any image, and no product of two overflows

_DIGITS = frozenset("0123456789.+-eE")
_PUNCTUATION = str.maketrans(dict.fromkeys("()[]{},;，、", " "))


def number(text: str) -> float | None:
    """The number that a text is, in ASCII digits and not beyond ten million; None when it is none.

    >>> number("086"), number("1e2"), number("NaN"), number("1e308"), number("٤٢"), number("4_2")
    (86.0, 100.0, None, None, None, None)
    """
    if not 0 < len(text) <= MAX_NUMBER_CHARS or not _DIGITS.issuperset(text):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -MAX_COORDINATE <= value <= MAX_COORDINATE else None


def coordinate(value: Any) -> float | None:
    """The number that a value of parsed JSON is, or the text of; None for NaN, null, true and all else."""
    kind = type(value)
    if kind is int or kind is float:
        return float(value) if -MAX_COORDINATE <= value <= MAX_COORDINATE else None
    return number(value.strip()) if kind is str else None


def numbers(text: str) -> list[float] | None:
    """All numbers of a text of nothing but numbers, brackets, commas and spaces; None when it holds anything else.

    >>> numbers("(10,20),(30,40)"), numbers("[[086, 540]]"), numbers("10 of 20")
    ([10.0, 20.0, 30.0, 40.0], [86.0, 540.0], None)
    """
    found: list[float] = []
    for part in text.translate(_PUNCTUATION).split():
        value = number(part)
        if value is None:
            return None
        found.append(value)
    return found


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value of a reference is a list, a tuple or the like, and no text."""
    return type(value) is list or (isinstance(value, Sequence) and not isinstance(value, str | bytes))


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value of a reference is a number, and not true or false."""
    kind = type(value)
    return kind is int or kind is float or (isinstance(value, int | float) and kind is not bool)
