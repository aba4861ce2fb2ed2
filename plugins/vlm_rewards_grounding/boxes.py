"""Find the box in an answer. Reads what JSON and plain lists have in common: four numbers in one pair of brackets."""

from __future__ import annotations

from vlm_rewards_grounding.detections import Box

__all__ = ["Box", "area", "iou", "last_box"]

MAX_NUMBER_CHARS = 24
MAX_COORDINATE = 1e7  # far beyond any picture, and no product of two overflows
_NUMBER = frozenset("0123456789.+-eE")


def last_box(text: str) -> Box | None:
    """The last innermost `[a, b, c, d]` of four numbers, none beyond ten million, in a text; None without one.

    One pass, from the end.

    >>> last_box('{"bbox_2d": [8, 0, 16, 8], "label": "digit"}')
    (8.0, 0.0, 16.0, 8.0)
    >>> last_box("[NaN, 0, 1, 1]"), last_box("[1, 2, 3]"), last_box("[1e999, 0, 1, 1]")
    (None, None, None)
    """
    stop = len(text)
    while (start := text.rfind("[", 0, stop)) >= 0:
        end = text.find("]", start, stop)  # not beyond the next bracket: the pair is innermost, and the scan one pass
        box = None if end < 0 else _four(text[start + 1 : end])
        if box is not None:
            return box
        stop = start
    return None


def _four(text: str) -> Box | None:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 4:
        return None
    values = [_number(part) for part in parts]
    a, b, c, d = values
    return None if a is None or b is None or c is None or d is None else (a, b, c, d)


def _number(text: str) -> float | None:
    if not 0 < len(text) <= MAX_NUMBER_CHARS or not _NUMBER.issuperset(text):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= MAX_COORDINATE else None


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes `x1, y1, x2, y2`, in one unit; at least one has a positive area.

    >>> iou((0, 0, 2, 1), (1, 0, 3, 1))
    0.3333333333333333
    """
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (area(one) + area(other) - shared)


def area(box: Box) -> float:
    """Area of a box; 0 where its corners are not in order, or where it is too small for a float."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)
