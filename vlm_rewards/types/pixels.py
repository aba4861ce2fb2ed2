"""Images out of texts and numbers, and any image in RGB as its author sees it."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import explain, show

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

#: A text that holds a larger file than this is not decoded.
_MAX_BYTES = 64 << 20

#: How the files of PNG, JPEG, GIF, WebP, BMP, TIFF and JPEG 2000 begin.
_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP")

_URLSAFE = str.maketrans("-_", "+/")


def is_encoded(text: str) -> bool:
    """Whether a text is an image in base64 or a `data:` address, and no path: told by its first letters."""
    if text[:5].lower() == "data:":
        return True
    try:
        head = b64decode(text.lstrip()[:16].translate(_URLSAFE), validate=True)
    except ValueError:
        return False
    return (head.startswith(_STARTS) or head[4:8] == b"ftyp") and len(text) > 32 and "." not in text  # `ftyp`: AVIF


def from_text(text: str) -> bytes:
    """The file in a text that `is_encoded`. Raises ColumnError for one that is too large, damaged or not base64."""
    head, comma, body = text.partition(",") if text[:5].lower() == "data:" else ("", ",", text)
    if not comma or (head and not head.lower().endswith(";base64")):
        raise ColumnError(f"Image {show(text)} is not in base64; write `data:image/png;base64,...`, or a path.")
    if len(body) * 3 // 4 > _MAX_BYTES:
        raise ColumnError(f"Image {show(text)} has over {_MAX_BYTES >> 20} MiB; write it to a file and give the path.")
    body = "".join(body.split()).rstrip("=").translate(_URLSAFE)
    try:
        return b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ColumnError(f"Image {show(text)} is damaged base64: {explain(error)}.") from None


def is_numbers(value: object) -> bool:
    """Whether a value is one image as numbers: an array, or lists of rows of pixels."""
    depth = 0
    inner = value
    while isinstance(inner, list | tuple) and inner:
        inner, depth = inner[0], depth + 1
    return (depth in (2, 3) and isinstance(inner, int | float)) or hasattr(value, "__array__")


def from_numbers(value: Any) -> Image:
    """An image from (height, width) or (height, width, 1, 3 or 4), scaled as `in_rgb` says; ColumnError for others."""
    import numpy as np
    from PIL import Image

    try:
        array = np.asarray(value)
    except Exception as error:  # lists of unequal lengths, or whatever an array of others raises
        raise ColumnError(f"Image {show(value)} is not a rectangle of numbers: {explain(error)}.") from error
    shape = array.shape[:2] if array.ndim == 3 and array.shape[2] in (1, 3, 4) else array.shape
    if len(shape) != 2 or 0 in shape or array.dtype.kind not in "biuf":
        raise ColumnError(
            f"An image of numbers has the shape {array.shape} and the type {array.dtype}; give numbers of shape "
            f"(height, width) or (height, width, 1, 3 or 4), colours last."
        )
    check_area((shape[1], shape[0]), "An image of numbers")
    pixels = _eight_bits(array)
    return Image.fromarray(pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)


def check_area(size: tuple[int, int], who: str) -> None:
    """Raise ColumnError where Pillow warns: for an image of more pixels than memory should hold."""
    from PIL import Image

    most = Image.MAX_IMAGE_PIXELS
    if most is not None and size[0] * size[1] > most:
        raise ColumnError(
            f"{who} of {size[0]} x {size[1]} pixels is too large to be decoded: over {most:,} pixels; shrink it, or "
            f"raise `PIL.Image.MAX_IMAGE_PIXELS`."
        )


def in_rgb(image: Image) -> Image:
    """An image in RGB: transparency lies on white, and grey of more than 8 bits keeps its shades.

    Grey of 16 or 32 bits is scaled from the least of 8, 12 and 16 bits that holds all of its values, floats from 0 to 1
    from these; what fits none of them from its least to its greatest value.
    """
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        import numpy as np

        grey = np.asarray(image)
        pixels = _eight_bits(grey)
        if isinstance(hidden := image.info.get("transparency"), int):
            pixels = np.where(grey == hidden, np.uint8(255), pixels)
        return Image.fromarray(pixels).convert("RGB")
    if image.mode == "La":  # which Pillow converts to LA alone
        image = image.convert("LA")
    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


def _eight_bits(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Numbers as whole ones from 0 to 255, scaled by the range that they take up."""
    import numpy as np

    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == "b":
        return values.astype(np.uint8) * np.uint8(255)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    is_whole = values.dtype.kind != "f" or (high > 1 and bool((known == np.rint(known)).all()))
    tops = (255, 4095, 65535) if is_whole else (1,)
    top = next((top for top in tops if low >= 0 and high <= top), None)
    if top is None and low < high:
        start, span = low, high - low
    else:
        start, span = 0.0, float(top or 255)
    held = np.nan_to_num(values.astype(np.float32), nan=low, posinf=high, neginf=low)
    pixels: np.ndarray[Any, Any] = np.clip(np.rint((held - start) * (255 / span)), 0, 255).astype(np.uint8)
    return pixels
