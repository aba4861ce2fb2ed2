"""Boxes and points in pixels of the original image, and the little geometry that everything else needs."""

from typing import TypeAlias

#: x1, y1, x2, y2 in pixels of the original image, from its top left.
Box: TypeAlias = tuple[float, float, float, float]
#: x, y in pixels of the original image, from its top left.
Point: TypeAlias = tuple[float, float]


def area(box: Box) -> float:
    """Area of a box; 0 where its corners are not in order, or where it is too small for a float."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def centre(box: Box) -> Point:
    """The middle of a box.

    >>> centre((0.0, 0.0, 4.0, 2.0))
    (2.0, 1.0)
    """
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def contains(box: Box, point: Point) -> bool:
    """Whether a point is in a box, its four sides included.

    >>> contains((100, 100, 300, 300), (100, 300)), contains((100, 100, 300, 300), (301, 200))
    (True, False)
    """
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]
