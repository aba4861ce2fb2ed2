"""Boxes in location tokens: PaliGemma's `<loc0123>`, Florence-2's `<loc_123>`, Kosmos-2's, Rex-Omni's `<123>`."""

from collections.abc import Iterator
from typing import NamedTuple

from vlm_rewards_grounding.formats.result import EMPTY, MAX_ITEMS, ParseResult, RawShape

_GRID = 32  # Kosmos-2 divides an image into 32 x 32 cells


class _Run(NamedTuple):
    """Location tokens that follow each other without anything between them."""

    start: int
    stop: int
    values: tuple[float, ...]


def read_paligemma(text: str) -> ParseResult:
    """`<locY1><locX1><locY2><locX2> label ; ...`, four tokens of four digits to a box, y before x.

    >>> read_paligemma("<loc0256><loc0128><loc0768><loc0512> cat").items[0][:2]
    ((256.0, 128.0, 768.0, 512.0), 'cat')
    """
    runs = list(_runs(text, "<loc", digits=4))
    if not runs:
        return EMPTY
    items = []
    for run, after in zip(runs, [*(run.start for run in runs[1:]), len(text)], strict=True):
        right = len(run.values) == 4 and max(run.values) < 1024
        label = _words(text[run.stop : after].partition(";")[0]) or None
        items.append(RawShape(run.values if right else (), label))
    return ParseResult(items, "loc", strict=True, whole=True)


def read_florence(text: str) -> ParseResult:
    """`label<loc_x1><loc_y1><loc_x2><loc_y2>`; several boxes may share a label, and eight tokens may be corners.

    Tokens by fours are boxes when each four has its corners in order. The corners of a quadrilateral, taken in turn
    around it, never pass for two such boxes: one of its sides leads back.

    >>> [item.values for item in read_florence("cat<loc_1><loc_2><loc_3><loc_4><loc_5><loc_6><loc_7><loc_8>").items]
    [(1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 7.0, 8.0)]
    """
    items: list[RawShape] = []
    label, last = None, 0
    for run in _runs(text, "<loc_", digits=None):
        label = _words(text[last : run.start]) or label
        last = run.stop
        items += [RawShape(shape, label) for shape in _florence_shapes(run.values)]
    return ParseResult(items, "loc_", strict=True, whole=True) if items else EMPTY


def read_polygons(text: str) -> list[tuple[float, ...]]:
    """The polygons of Florence-2's masks: tokens that follow each other, six or more.

    >>> read_polygons("<loc_1><loc_2><loc_3><loc_4><loc_5><loc_6>")
    [(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)]
    """
    runs = [run.values for run in _runs(text, "<loc_", digits=None)]
    return runs if all(len(run) >= 6 and len(run) % 2 == 0 and max(run) < 1000 for run in runs) else []


def _florence_shapes(values: tuple[float, ...]) -> list[tuple[float, ...]]:
    count = len(values)
    if max(values) >= 1000 or count < 4 or count % 2:
        return [()]
    fours = [values[at : at + 4] for at in range(0, count, 4)]
    if count == 4 or (count % 4 == 0 and all(four[0] < four[2] and four[1] < four[3] for four in fours)):
        return fours
    return [values] if count >= 6 else [()]


def read_kosmos(text: str) -> ParseResult:
    """`<phrase>label</phrase><object><patch_index_a><patch_index_b></object>`: two cells of a 32 x 32 grid.

    Corners are the centres of the cells; when these share a row or a column, the outer edges.
    Source: post-processing of Kosmos-2 in transformers.

    >>> read_kosmos("<phrase>a fire</phrase><object><patch_index_0005><patch_index_0911></object>").items[0][:2]
    ((5.5, 0.5, 15.5, 28.5), 'a fire')
    """
    items: list[RawShape] = []
    phrase, last = None, 0
    for run in _runs(text, "<patch_index_", digits=4):
        between = text[last : run.start]
        last = run.stop
        if "</phrase>" in between:
            phrase = between.rpartition("</phrase>")[0].rpartition("<phrase>")[2].strip() or None
        elif "</object>" in between:
            phrase = None
        right = len(run.values) == 2 and max(run.values) < _GRID * _GRID
        items.append(RawShape(_cells(*run.values) if right else (), phrase))
    return ParseResult(items, "patch_index", strict=True, whole=True) if items else EMPTY


def _cells(first: float, last: float) -> tuple[float, ...]:
    (y1, x1), (y2, x2) = divmod(first, _GRID), divmod(last, _GRID)
    if x1 == x2 or y1 == y2:
        return (x1, y1, x2 + 1, y2 + 1)
    return (x1 + 0.5, y1 + 0.5, x2 + 0.5, y2 + 0.5)


def read_bins(text: str) -> ParseResult:
    """`label<x1><y1><x2><y2>,<x1>..`: two tokens of a point, four of a box, more of a polygon, as Rex-Omni writes them.

    >>> [item[:2] for item in read_bins("dog<100><50><300><250>,<1><2><3><4>").items]
    [((100.0, 50.0, 300.0, 250.0), 'dog'), ((1.0, 2.0, 3.0, 4.0), 'dog')]
    """
    items: list[RawShape] = []
    label, last = None, 0
    for run in _runs(text, "<", digits=None):
        label = _words(text[last : run.start]).strip(", ") or label
        last = run.stop
        right = len(run.values) % 2 == 0 and max(run.values) < 1000
        items.append(RawShape(run.values if right else (), label))
    return ParseResult(items, "tags", strict=True, whole=True) if items else EMPTY


def _runs(text: str, opening: str, *, digits: int | None) -> Iterator[_Run]:
    """The runs of tokens of one kind, at most as many as an answer may hold things, and one."""
    at = text.find(opening)
    values: list[float] = []
    start = stop = runs = 0
    while at >= 0 and runs <= MAX_ITEMS:
        end = text.find(">", at, at + len(opening) + 6)
        inside = text[at + len(opening) : end] if end >= 0 else ""
        if inside.isdecimal() and inside.isascii() and (digits is None or len(inside) == digits):
            if values and at != stop:
                yield _Run(start, stop, tuple(values))
                runs += 1
                values = []
            if not values:
                start = at
            values.append(float(inside))
            stop = end + 1
        at = text.find(opening, at + 1)
    if values:
        yield _Run(start, stop, tuple(values))


def _words(text: str) -> str:
    """A text without its tags."""
    return "".join(part.rpartition(">")[2] for part in text.split("<")).strip()
