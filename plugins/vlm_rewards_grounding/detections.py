"""What an answer points at: boxes and points in pixels of the original picture, with their labels and scores."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

__all__ = ["Box", "Detection", "Detections", "Point"]

#: x1, y1, x2, y2 in pixels of the original picture, from its top left.
Box: TypeAlias = tuple[float, float, float, float]
#: x, y in pixels of the original picture, from its top left.
Point: TypeAlias = tuple[float, float]


class Detection(NamedTuple):
    """One thing that the answer points at; `box` or `point` is there, or both.

    All coordinates are finite. A box has a positive area and may reach outside the picture; a point may lie outside.

    Args:
        box: Its box; of a quadrilateral or polygon the box around it.
        point: Its point.
        label: What the answer calls it, None when it has no name.
        score: The confidence that the answer claims, finite but of any size; None without one.
        polygon: The corners x1, y1, x2, y2, ... when the answer gives a quadrilateral or polygon.
        crowd: Of a reference: it is COCO's `iscrowd`, many things under one box, which may be found or not.
    """

    box: Box | None = None
    point: Point | None = None
    label: str | None = None
    score: float | None = None
    polygon: tuple[float, ...] | None = None
    crowd: bool = False


class Detections(NamedTuple):
    """What was read from one answer.

    Args:
        items: The detections, in the order of the text.
        reason: Why there are none, in a few words; None when there are some.
        rejected: How many boxes or points of the answer were refused: without area, not finite, too large.
        undecided: The answer can be read in more than one way; a reward abstains with `reason`.
    """

    items: tuple[Detection, ...]
    reason: str | None = None
    rejected: int = 0
    undecided: bool = False

    @property
    def boxes(self) -> list[Box]:
        """The boxes, in the order of the text."""
        return [item.box for item in self.items if item.box is not None]

    @property
    def points(self) -> list[Point]:
        """The points, in the order of the text; of a detection without one, the centre of its box."""
        return [item.point or centre(item.box) for item in self.items if item.point or item.box]


def centre(box: Box | None) -> Point:
    """The middle of a box.

    >>> centre((0.0, 0.0, 4.0, 2.0))
    (2.0, 1.0)
    """
    assert box is not None
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
