"""What an answer points at: boxes and points in pixels of the original image, with their labels and scores."""

from __future__ import annotations

from typing import NamedTuple

from vlm_rewards_grounding.metrics.boxes import Box, Point

__all__ = ["Detection", "Detections"]


class Detection(NamedTuple):
    """One thing that the answer points at; `box` or `point` is there, or both.

    All coordinates are finite. A box has a positive area and may reach outside the image; a point may lie outside.

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
        ambiguous: The answer can be read in more than one way; a reward abstains with `reason`.
    """

    items: tuple[Detection, ...]
    reason: str | None = None
    rejected: int = 0
    ambiguous: bool = False

    @property
    def boxes(self) -> list[Box]:
        """The boxes, in the order of the text."""
        return [item.box for item in self.items if item.box is not None]
