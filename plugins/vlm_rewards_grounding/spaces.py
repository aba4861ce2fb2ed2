"""Coordinate spaces: what a number in an answer means, and its conversion to pixels of the original picture.

A space is declared, never guessed: [100, 100, 300, 300] is a different box in each of them.
"""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr

__all__ = ["Space", "check_space", "to_pixels"]

#: `pixels` of the original picture; `relative`, 0-1; `per_1000`, 0-1000 (Qwen2-VL, Qwen3-VL, InternVL);
#: `qwen2_5_vl`, pixels of the picture as the processor resized it.
Space = Literal["pixels", "relative", "per_1000", "qwen2_5_vl"]

_UNITS = {"relative": 1.0, "per_1000": 1000.0}


def check_space(context: vr.Context, *, space: Space = "pixels", **_: object) -> None:
    """Raise ValueError when the resized size of a picture cannot be known in a space that needs it."""
    if space == "qwen2_5_vl" and context.frame is None:
        raise ValueError(
            "space 'qwen2_5_vl' counts in pixels of the resized picture, and how the processor resizes is not known: "
            "pass `processing_class` (training) or `--model` (offline), or Context(frame=FrameSpec(...))."
        )


def to_pixels(
    box: tuple[float, float, float, float], images: vr.Images, context: vr.Context, *, space: Space
) -> tuple[float, float, float, float]:
    """A box in pixels of the original picture.

    Args:
        box: x1, y1, x2, y2 in the unit of `space`.
        images: The pictures of the row; the first is the one that the box lies in. Not read for `pixels`.
        context: Holds the FrameSpec for resized spaces, as `check_space` makes sure.
        space: What the numbers mean.

    Raises:
        ValueError: The row has no picture, or the processor refuses its shape.
        ColumnError: The picture cannot be read.
    """
    if space == "pixels":
        return box
    if not images:
        raise ValueError(f"space '{space}' needs the picture's size, and the row has no picture")
    picture: vr.ImageRef = images[0]
    width, height = picture.size
    if space == "qwen2_5_vl":
        assert context.frame is not None  # check_space refuses it
        unit_x, unit_y = (float(side) for side in context.frame.resized((width, height)))
    else:
        unit_x = unit_y = _UNITS[space]
    scale_x, scale_y = width / unit_x, height / unit_y
    return (box[0] * scale_x, box[1] * scale_y, box[2] * scale_x, box[3] * scale_y)
