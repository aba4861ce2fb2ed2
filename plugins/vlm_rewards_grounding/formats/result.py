"""What a syntax yields before it is placed in the image: numbers as they stand in the text."""

from typing import NamedTuple

#: Boxes and points that one answer may hold; with more of them it is refused as a whole.
MAX_ITEMS = 1024


class RawShape(NamedTuple):
    """One box, point or polygon in the numbers of the text."""

    values: tuple[float, ...]  # 2 of a point, 4 of a box, 6 or more of a polygon; none of what is broken: NaN, text
    label: str | None = None
    score: float | None = None  # the confidence that the answer claims
    point: tuple[float, ...] | None = None  # what stands next to a box under a name of its own
    named: bool = False  # the text says which number is x and which y: the order of the family does not matter
    corners: int = 0  # of a point in a list of three or more, how many it has: it may be a corner of a region


class ParseResult(NamedTuple):
    """What a syntax found in an answer, in the order of the text."""

    items: list[RawShape]
    syntax: str  # its name, for a trace
    strict: bool  # it is JSON as the standard has it, or between the family's own tags
    whole: bool  # every bracket, quote and tag that opens is closed by its own
    ambiguous: str | None = None  # why the numbers can be read in two ways


EMPTY = ParseResult([], "none", strict=False, whole=False)
