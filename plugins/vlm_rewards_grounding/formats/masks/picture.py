"""Gemini's masks: a box, and the mask in it as a PNG in base64."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from vlm_rewards_grounding.formats.numbers import coordinate, is_list
from vlm_rewards_grounding.frames.spaces import Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_SIDE = 4096  # of the picture of a mask; Gemini's have 256
_PNG = "data:image/png;base64,"
_LIT = 127  # brighter pixels belong to the mask


class Picture(NamedTuple):
    """A mask as a picture, stretched over a box."""

    box: tuple[float, ...]
    png: str  # base64

    @classmethod
    def of(cls, text: str, box: Any) -> Picture | None:
        """The picture in a data URL, over a box of four numbers; None where one of them is missing."""
        sides = [side for side in map(coordinate, box if is_list(box) else ()) if side is not None]
        return cls(tuple(sides), text[len(_PNG) :]) if text.startswith(_PNG) and len(sides) == 4 else None


def pixels_of(picture: Picture, place: Callable[[Sequence[float]], tuple[float, ...]], size: Size) -> NDArray[Any]:
    """The mask over its whole image of (width, height), in the layout that pycocotools encodes.

    Its box is in the numbers of the text, which `place` moves to pixels within the image. Raises ValueError where it is
    no PNG, or too large, or its box has no pixel.
    """
    import numpy as np
    from PIL import Image

    x1, y1, x2, y2 = map(int, place(picture.box))
    if x2 <= x1 or y2 <= y1:
        raise ValueError("the box of the mask has no pixel")
    try:
        data = base64.b64decode(picture.png, validate=True)
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if max(image.size) > MAX_SIDE:
                raise ValueError("the picture of the mask is too large")  # noqa: TRY301 - said as the others are
            stretched = image.convert("L").resize((x2 - x1, y2 - y1), Image.Resampling.BILINEAR)
    except Exception as error:  # noqa: BLE001 - PNG of a model may fail in many ways
        raise ValueError(f"the mask's picture is not a PNG in base64: {str(error)[:80]}") from None
    whole: NDArray[Any] = np.zeros((size[1], size[0]), dtype=np.uint8, order="F")
    whole[y1:y2, x1:x2] = np.asarray(stretched) > _LIT
    return whole
