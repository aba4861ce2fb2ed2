"""How much two boxes agree: IoU and its three relatives, in closed form on tuples of floats.

A box is `x1, y1, x2, y2` with its corners in order, and both boxes are in one unit. A box that bounds no area agrees
with nothing: its IoU is 0, also with itself, so nothing here divides by zero. Coordinates up to ten million are safe.
"""

import math
from collections.abc import Sequence
from typing import Literal

from vlm_rewards_grounding.metrics.boxes import Box, area

Metric = Literal["iou", "giou", "diou", "ciou", "over_smaller"]


def iou(one: Box, other: Box) -> float:
    """Intersection over union, 0 to 1.

    Source: the PASCAL VOC challenge (Everingham et al., 2010), without its +1 pixel.

    >>> iou((0, 0, 2, 1), (1, 0, 3, 1)), iou((0, 0, 0, 0), (0, 0, 0, 0))
    (0.3333333333333333, 0.0)
    """
    ax1, ay1, ax2, ay2 = one
    bx1, by1, bx2, by2 = other
    width = (ax2 if ax2 < bx2 else bx2) - (ax1 if ax1 > bx1 else bx1)  # noqa: FURB136 # calls would triple its time
    height = (ay2 if ay2 < by2 else by2) - (ay1 if ay1 > by1 else by1)  # noqa: FURB136 # as above
    if not (width > 0 and height > 0):
        return 0.0
    shared = width * height
    # Rounding may make the union a little smaller than a part of it.
    union = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - shared
    return shared / union if shared < union else float(shared > 0)


def giou(one: Box, other: Box) -> float:
    """IoU minus the share of the enclosing box that neither covers; -1 to 1.

    A box that bounds no area gets -1: with inverted corners the formula as it stands leaves every range.
    Source: Rezatofighi et al., arXiv 1902.09630.

    >>> giou((0, 0, 1, 1), (2, 0, 3, 1)), giou((3, 1, 2, 0), (0, 0, 1, 1))
    (-0.3333333333333333, -1.0)
    """
    first, second = area(one), area(other)
    if not (first > 0 and second > 0):
        return -1.0
    value = iou(one, other)
    joined = (first + second) / (1 + value)  # since value = shared / joined, and shared = first + second - joined
    hull = (max(one[2], other[2]) - min(one[0], other[0])) * (max(one[3], other[3]) - min(one[1], other[1]))
    return max(-1.0, value - max(hull - joined, 0.0) / hull)


def diou(one: Box, other: Box) -> float:
    """IoU minus the squared distance of the centres over the squared diagonal of the enclosing box; -1 to 1.

    A box that bounds no area gets -1. Source: Zheng et al., arXiv 1911.08287.

    >>> diou((0, 0, 1, 1), (2, 0, 3, 1))
    -0.4
    """
    if not (area(one) > 0 and area(other) > 0):
        return -1.0
    return iou(one, other) - _distance(one, other)


def ciou(one: Box, other: Box) -> float:
    """DIoU minus a term for unlike aspect ratios; -1.5 to 1.

    A box that bounds no area gets -1.5. Source: Zheng et al., arXiv 1911.08287.

    >>> ciou((0, 0, 2, 1), (0, 0, 2, 1)), ciou((0, 0, 2, 1), (0, 0, 1, 2)) < diou((0, 0, 2, 1), (0, 0, 1, 2))
    (1.0, True)
    """
    if not (area(one) > 0 and area(other) > 0):
        return -1.5
    value = iou(one, other)
    first = math.atan2(one[2] - one[0], one[3] - one[1])
    second = math.atan2(other[2] - other[0], other[3] - other[1])
    unlike = 4 / math.pi**2 * (first - second) ** 2
    weight = unlike / (1 - value + unlike) if unlike else 0.0
    return value - _distance(one, other) - weight * unlike


def _distance(one: Box, other: Box) -> float:
    """Squared distance of the centres over the squared diagonal of the enclosing box."""
    across = (one[0] + one[2]) - (other[0] + other[2])
    down = (one[1] + one[3]) - (other[1] + other[3])
    width = max(one[2], other[2]) - min(one[0], other[0])
    height = max(one[3], other[3]) - min(one[1], other[1])
    return (across * across + down * down) / 4 / (width * width + height * height)


def over_smaller(one: Box, other: Box) -> float:
    """Intersection over the area of the smaller box, 0 to 1; 1 where one lies in the other, however large that is.

    >>> over_smaller((0, 0, 2, 1), (1, 0, 5, 1)), over_smaller((0, 0, 9, 9), (1, 1, 2, 2))
    (0.5, 1.0)
    """
    return max(_covered(one, other), _covered(other, one))


_METRICS = {"iou": iou, "giou": giou, "diou": diou, "ciou": ciou, "over_smaller": over_smaller}


def overlap(metric: Metric, one: Box, other: Box) -> float:
    """The value of a metric by its name, in the metric's own range."""
    return _METRICS[metric](one, other)


def to_unit(metric: Metric, value: float) -> float:
    """A metric's value as a score: what is never negative as it is, the others by (value + 1) / 2, both cut to 0..1.

    >>> to_unit("iou", 0.25), to_unit("giou", -0.5), to_unit("ciou", -1.25)
    (0.25, 0.25, 0.0)
    """
    return min(max(value if metric in {"iou", "over_smaller"} else (value + 1) / 2, 0.0), 1.0)


def iou_matrix(rows: Sequence[Box], columns: Sequence[Box], *, crowd: bool = False) -> list[list[float]]:
    """IoU of every box of `rows` with every box of `columns`.

    With `crowd` the columns are regions that hold uncounted objects: what they share with a box is divided by the area
    of that box alone, as in COCO.

    >>> iou_matrix([(0, 0, 1, 1), (0, 0, 2, 2)], [(0, 0, 2, 2)]), iou_matrix([(0, 0, 1, 1)], [(0, 0, 2, 2)], crowd=True)
    ([[0.25], [1.0]], [[1.0]])
    """
    measure = _covered if crowd else iou
    return [[measure(row, column) for column in columns] for row in rows]


def _covered(box: Box, region: Box) -> float:
    """The share of a box that lies in a region."""
    width = min(box[2], region[2]) - max(box[0], region[0])
    height = min(box[3], region[3]) - max(box[1], region[1])
    whole = area(box)
    return min(width * height / whole, 1.0) if width > 0 and height > 0 and whole > 0 else 0.0
