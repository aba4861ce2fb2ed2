"""An explanation as HTML: the pictures with the boxes that were read, the steps, and the completion with its marks."""

from __future__ import annotations

from vlm_rewards.report.html import Html, tag
from vlm_rewards.report.images import boxes_of, figure, reference_boxes
from vlm_rewards.report.style import REFERENCE
from vlm_rewards.scoring.explanation import Explanation

__all__ = ["html_of"]

_STYLE = """
.explained pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.explained .image { position: relative; display: inline-block; line-height: 0; }
.explained .image svg { position: absolute; inset: 0; width: 100%; height: 100%; }
"""


def html_of(explanation: Explanation) -> Html:
    """The explanation as a piece of a page, styles included; the box of a reference is dashed."""
    batch, row = explanation.batch, explanation.row
    boxes = {"#d55e00": boxes_of(explanation.outputs)}
    boxes[REFERENCE] = [box for values in batch.columns.values() for box in reference_boxes(values[row])]
    images = [figure(image, boxes if place == 0 else {}) for place, image in enumerate(batch.images[row])]
    pieces = explanation.pieces(most=4_000)
    text = tag("pre", *(tag("mark", piece) if is_read else piece for piece, is_read in pieces))
    return tag("div", tag("style", Html(_STYLE)), *images, tag("pre", explanation.told), text, class_="explained")
