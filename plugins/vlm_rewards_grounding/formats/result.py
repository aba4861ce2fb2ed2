"""What a syntax yields before it is placed in the image: numbers as they stand in the text."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["MAX_ITEMS", "ParseResult", "RawShape"]

#: Boxes and points that one answer may hold; with more of them it is refused as a whole.
MAX_ITEMS = 1024


class RawShape(NamedTuple):
    """One box, point or polygon in the numbers of the text.

    Args:
        values: Two numbers for a point, four for a box, six or more for the corners of a polygon; none when what
            stands there is no such thing (NaN, three numbers, text).
        label: What the answer calls it.
        score: The confidence that the answer claims.
        point: The point that stands next to a box under a name of its own.
        named: The text says which number is x and which y, so that the order of the family does not matter.
    """

    values: tuple[float, ...]
    label: str | None = None
    score: float | None = None
    point: tuple[float, ...] | None = None
    named: bool = False


class ParseResult(NamedTuple):
    """What a syntax found in an answer.

    Args:
        items: In the order of the text.
        syntax: Its name, for a trace.
        strict: It is JSON as the standard has it, or between the family's own tags.
        whole: Nothing is missing: every bracket, quote and tag that opens is closed by its own.
        ambiguous: Why the numbers can be read in two ways; None when they cannot.
    """

    items: list[RawShape]
    syntax: str
    strict: bool
    whole: bool
    ambiguous: str | None = None


EMPTY = ParseResult([], "none", strict=False, whole=False)
