"""What an answer points at: boxes and points in pixels of the original image, with their labels and scores."""

from collections.abc import Sequence
from typing import NamedTuple

from vlm_rewards_grounding.metrics.boxes import Box, Point, area, centre


class Detection(NamedTuple):
    """One thing that the answer points at; `box` or `point` is there, or both.

    All coordinates are finite. A box has a positive area and may reach outside the image; a point may lie outside.

    """

    box: Box | None = None  # of a quadrilateral or polygon the box around it
    point: Point | None = None
    label: str | None = None  # what the answer calls it
    score: float | None = None  # the confidence that the answer claims, finite but of any size
    polygon: tuple[float, ...] | None = None  # corners x1, y1, x2, y2, .. of a quadrilateral or polygon
    crowd: bool = False  # of a reference: COCO's `iscrowd`, many things under one box, which may be found or not
    numbered: bool = False  # of a reference: its label is the number of its class, and no name
    corners: int = 0  # of a point in a list of three or more, how many it has: it may be a corner of a region

    @property
    def middle(self) -> Point:
        """Its point, or the centre of its box."""
        if self.point is not None:
            return self.point
        assert self.box is not None
        return centre(self.box)


class Detections(NamedTuple):
    """What was read from one answer, in the order of the text."""

    items: tuple[Detection, ...]
    reason: str | None = None  # why there are none, in a few words
    rejected: int = 0  # boxes or points that were refused: without area, not finite, too large
    ambiguous: bool = False  # the answer can be read in more than one way; a reward abstains with `reason`

    @property
    def boxes(self) -> list[Box]:
        """The boxes, in the order of the text."""
        return [item.box for item in self.items if item.box is not None]


def as_boxes(items: Sequence[Detection]) -> list[Detection]:
    """Detections for a reward of boxes: the points of one list, three or more, are the box around them.

    >>> corners = [Detection(point=point, corners=3) for point in [(1.0, 2.0), (9.0, 2.0), (9.0, 8.0)]]
    >>> as_boxes(corners)[0].box
    (1.0, 2.0, 9.0, 8.0)
    """
    if not any([item.corners for item in items]):  # noqa: C419 - a list is faster
        return list(items)
    found: list[Detection] = []
    at = 0
    while at < len(items):
        item = items[at]
        points = [other.point for other in items[at : at + item.corners] if other.point is not None]
        at += item.corners or 1
        if points:
            xs, ys = [x for x, _ in points], [y for _, y in points]
            box = (min(xs), min(ys), max(xs), max(ys))
            item = Detection(box if area(box) > 0 else None, None, item.label, item.score, crowd=item.crowd)
        found.append(item)
    return found
