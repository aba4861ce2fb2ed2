"""Predicted and reference boxes and points on the image, for reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import vlm_rewards as vr
from vlm_rewards_grounding.detections import Detection

if TYPE_CHECKING:
    from PIL.Image import Image

#: What can be drawn: 2 numbers are a point, 4 a box, 6 or more a polygon, in pixels of the original image.
Shown: TypeAlias = Detection | Sequence[float]

MAX_SIDE = 100_000.0
MAX_LABEL_CHARS = 40

# Orange and blue are told apart with every kind of colour vision; black edges keep them visible on any image.
PREDICTED = (230, 97, 0)
REFERENCE = (26, 133, 255)
_EDGE = (0, 0, 0)
_TEXT = (255, 255, 255)


def draw(
    image: Any,
    boxes: Sequence[Shown],
    *,
    references: Sequence[Shown] = (),
    labels: Sequence[str | None] = (),
    legend: bool = True,
) -> Image:
    """A copy of an image with the answer's boxes and points in orange, and those of the reference in blue.

    What is transparent lies on white.

    Args:
        image: A PIL image, in its original size.
        boxes: What the answer points at: tuples of `parse_boxes`, or detections with their labels.
        references: What it should point at.
        labels: Names for `boxes`, in their order; those of detections are taken from them.
        legend: Write below the image which colour is which.

    >>> from PIL import Image
    >>> draw(Image.new("RGB", (64, 48)), [(8, 8, 40, 40)], references=[(10, 10, 42, 42)], legend=False).size
    (64, 48)
    """
    from PIL import ImageDraw

    canvas = vr.in_rgb(image)
    if legend:
        canvas = _with_legend(canvas)
    pen = ImageDraw.Draw(canvas)
    width = max(2, round(min(image.size) / 200))
    names = [*labels, *[None] * len(boxes)]
    for shape in references:
        _draw_one(pen, shape, None, REFERENCE, width)
    for shape, name in zip(boxes, names, strict=False):
        _draw_one(pen, shape, name, PREDICTED, width)
    return canvas


def _draw_one(pen: Any, shown: Shown, name: str | None, colour: tuple[int, int, int], width: int) -> None:
    if isinstance(shown, Detection):
        name = name or shown.label
        if shown.box is not None and shown.point is not None:
            _draw_shape(pen, shown.point, None, colour, width)
        shown = shown.polygon or shown.box or shown.point or ()
    _draw_shape(pen, shown, name, colour, width)


def _draw_shape(pen: Any, sides: Sequence[float], name: str | None, colour: tuple[int, int, int], width: int) -> None:
    # Far outside the image there is nothing to draw, and Pillow would count in its own integers.
    near = [min(max(side, -MAX_SIDE), MAX_SIDE) for side in sides]
    corners = list(zip(near[::2], near[1::2], strict=True))
    if len(corners) == 1:
        ((x, y),) = corners
        reach = 3 * width
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour, outline=_EDGE, width=1)
        anchor = (x + reach + width, y - reach)
    else:
        if len(corners) == 2:
            (x1, y1), (x2, y2) = corners
            corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
        ring = [*corners, corners[0], corners[1]]
        pen.line(ring, fill=_EDGE, width=width + 2, joint="curve")
        pen.line(ring, fill=colour, width=width, joint="curve")
        anchor = (min(x for x, _ in corners) + width, min(y for _, y in corners) + width)
    if name:
        name = "".join(char if char.isprintable() else "?" for char in name[:MAX_LABEL_CHARS])
        box = pen.textbbox(anchor, name)
        pen.rectangle((box[0] - 2, box[1] - 1, box[2] + 2, box[3] + 1), fill=colour)
        pen.text(anchor, name, fill=_TEXT)


def _with_legend(image: Image) -> Image:
    """The image above a strip that names the colours."""
    from PIL import Image as Images
    from PIL import ImageDraw

    high = 18
    taller = Images.new("RGB", (image.width, image.height + high), _EDGE)
    taller.paste(image)
    pen = ImageDraw.Draw(taller)
    at = 6.0
    for name, colour in (("answer", PREDICTED), ("reference", REFERENCE)):
        pen.rectangle((at, image.height + 4, at + 10, image.height + 14), fill=colour)
        pen.text((at + 15, image.height + 3), name, fill=_TEXT)
        at += 15 + pen.textlength(name) + 12
    return taller
