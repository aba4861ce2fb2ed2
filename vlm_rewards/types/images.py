"""Images by reference, and the size at which a model saw them. Sizes are (width, height) in pixels."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import explain, show

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["FrameSpec", "ImageRef", "Images", "smart_resize"]

Size: TypeAlias = tuple[int, int]


_ORIENTATION = 0x0112  # the tag of EXIF


class ImageRef:
    """One image of a row, read only when somebody asks: a PIL image, a path, bytes, or a `datasets` struct of these.

    Args:
        source: PIL image, path, encoded bytes, or a mapping with `bytes` and/or `path`.
        base: Folder that relative paths start from; the working directory by default.
    """

    def __init__(self, source: object, *, base: Path | None = None) -> None:
        self.source = source
        self.base = base

    def __repr__(self) -> str:
        return f"ImageRef({show(self.source)})"

    @cached_property
    def size(self) -> Size:
        """(width, height) in pixels; of a file only the header is read. Raises ColumnError when it cannot be."""
        size = getattr(self.source, "size", None)
        if isinstance(size, tuple):
            return size
        with self._file() as image:
            # Without these data in the header Pillow would decode all of a PNG to look for some behind the pixels.
            turned = "exif" in image.info and _orientation(image) >= 5
            return image.size[::-1] if turned else image.size

    @property
    def path(self) -> Path | None:
        """Where the image's file is; None for one that is held in memory."""
        source = self.source
        if isinstance(source, Mapping) and not source.get("bytes"):
            source = source.get("path")
        return (self.base or Path()) / source if isinstance(source, str | Path) else None

    def open(self) -> Image:
        """The image, decoded and upright. Raises ColumnError when the file is missing or is not an image.

        A file is turned as its EXIF data say, which `datasets` does too before a model sees it.
        """
        from PIL import ImageOps
        from PIL.Image import Image

        if isinstance(self.source, Image):
            return self.source
        with self._file() as image:
            try:
                image.load()
                return image if _orientation(image) == 1 else ImageOps.exif_transpose(image)
            except Exception as error:  # Pillow's decoders raise what they like: SyntaxError, struct.error, ...
                raise ColumnError(f"Image {show(self.source)} cannot be decoded: {explain(error)}.") from error

    def _file(self) -> Image:
        from PIL import Image

        source = self.source
        if isinstance(source, Mapping):
            source = source.get("bytes")
        if isinstance(source, bytes):
            handle: Any = io.BytesIO(source)
        elif self.path is not None:
            handle = self.path
        else:
            raise ColumnError(
                f"{show(self.source)} is not an image; give a PIL image, a path, bytes or a datasets image."
            )
        try:
            return Image.open(handle)
        except FileNotFoundError as error:
            raise ColumnError(
                f"Image {handle} does not exist; check the path, or the folder it is relative to."
            ) from error
        except Exception as error:
            raise ColumnError(f"Image {show(self.source)} cannot be read: {explain(error)}.") from error


def _orientation(image: Image) -> int:
    """How the camera was held, by the EXIF data of a file; 1 is upright, 5 to 8 are on the side."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - an image with broken EXIF data is taken as it is
        return 1


Images: TypeAlias = tuple[ImageRef, ...]


def images_of(value: object, *, base: Path | None = None) -> Images:
    """The images of one row from its `images` or `image` value: a list, one image, or None."""
    if value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(ImageRef(item, base=base) for item in value if item is not None)
    return (ImageRef(value, base=base),)


@dataclass(frozen=True, slots=True)
class FrameSpec:
    """How a processor resizes images, as plain numbers: enough to know the size that the model saw.

    Args:
        factor: Each side becomes a multiple of it: patch size times merge size (28 for Qwen2-VL, 32 for Qwen3-VL).
        min_pixels: Least area after resizing, in pixels.
        max_pixels: Greatest area after resizing, in pixels.
    """

    factor: int
    min_pixels: int
    max_pixels: int

    def resized(self, size: Size) -> Size:
        """The size that the model saw of an image of that size. Raises ValueError as `smart_resize` does."""
        return smart_resize(size, factor=self.factor, min_pixels=self.min_pixels, max_pixels=self.max_pixels)


MAX_ASPECT_RATIO = 200


def smart_resize(size: Size, *, factor: int, min_pixels: int, max_pixels: int) -> Size:
    """The size that the Qwen2-VL family of image processors gives an image.

    Each side is rounded to a multiple of `factor`; above `max_pixels` both sides shrink by one ratio and are floored
    (at least one factor), below `min_pixels` they grow by one ratio and are ceiled.
    Source: `smart_resize` of the Qwen2-VL image processor in transformers, whose results it equals.

    Raises:
        ValueError: A side is not positive, or the aspect ratio is over 200.

    >>> smart_resize((1000, 700), factor=28, min_pixels=56 * 56, max_pixels=28 * 28 * 1280)
    (1008, 700)
    """
    width, height = size
    if min(width, height) <= 0:
        raise ValueError(f"an image of {width}x{height} pixels has no area")
    if max(width, height) / min(width, height) > MAX_ASPECT_RATIO:
        raise ValueError(f"an image of {width}x{height} pixels has an aspect ratio over {MAX_ASPECT_RATIO}")
    rounded = (round(width / factor) * factor, round(height / factor) * factor)
    if math.prod(rounded) > max_pixels:
        shrink = math.sqrt(width * height / max_pixels)
        return (_floor(width / shrink, factor), _floor(height / shrink, factor))
    if math.prod(rounded) < min_pixels:
        grow = math.sqrt(min_pixels / (width * height))
        return (math.ceil(width * grow / factor) * factor, math.ceil(height * grow / factor) * factor)
    return rounded


def _floor(side: float, factor: int) -> int:
    return max(factor, math.floor(side / factor) * factor)
