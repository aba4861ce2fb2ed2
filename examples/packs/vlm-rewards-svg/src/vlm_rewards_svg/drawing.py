"""Drawing, and how near one picture is to another."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import vlm_rewards as vr
from vlm_rewards_svg.reading import Drawing, RefusedError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["draw", "likeness"]


def draw(drawing: Drawing, size: int, fonts: Sequence[str] = ()) -> Image:
    """The picture in RGB, a square of `size` pixels on white. Raises RefusedError where it cannot be drawn.

    Fonts are files; those of the machine are not used, so that every machine draws the same.
    """
    from PIL import Image
    from resvg_py import svg_to_bytes

    try:
        data = svg_to_bytes(drawing.at(size), background="white", skip_system_fonts=True, font_files=list(fonts))
    except BaseException as error:
        if isinstance(error, ValueError) or type(error).__name__ == "PanicException":  # which is no Exception
            raise RefusedError(f"not_drawn: {error}") from None
        raise
    return vr.in_rgb(Image.open(io.BytesIO(data)))


def likeness(drawn: Image, wanted: Image) -> tuple[float, float]:
    """How much of the colours and of the edges of a picture another one has, both from 0 to 1.

    Each is the share of the squares that is explained (R2): an evenly coloured picture earns 0.
    """
    import numpy as np

    one, other = (np.asarray(picture, dtype=np.float64) / 255 for picture in (drawn, wanted))
    pixels = _explained(one, other, other - other.mean(axis=(0, 1)))
    one, other = _edges(drawn), _edges(wanted)
    return pixels, _explained(one, other, other)


def _explained(one: Any, other: Any, deviation: Any) -> float:
    """1 minus the mean square of the difference by that of the deviation, from 0 to 1."""
    missed, all_of_it = float(((one - other) ** 2).mean()), float((deviation**2).mean())
    return max(0.0, 1.0 - missed / max(all_of_it, 1e-4))


def _edges(picture: Image) -> Any:
    """How steep the brightness is at each pixel, after a blur that lets an edge nearby count."""
    import numpy as np
    from PIL import ImageFilter

    grey = picture.convert("L").filter(ImageFilter.GaussianBlur(picture.width / 64))
    down, right = np.gradient(np.asarray(grey, dtype=np.float64) / 255)
    return np.hypot(down, right)
