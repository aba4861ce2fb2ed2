"""Images by reference, and the size at which a model saw them. Sizes are (width, height) in pixels."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeGuard

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import explain, printable, show
from vlm_rewards.types.pixels import check_area, from_numbers, from_text, is_encoded, is_numbers

if TYPE_CHECKING:
    from PIL.Image import Image

Size: TypeAlias = tuple[int, int]


_ORIENTATION = 0x0112  # the tag of EXIF


class ImageRef:
    """One image of a row, read only when somebody asks.

    Args:
        source: PIL image, path, encoded bytes, a text of these in base64 or as a `data:` address, numbers (an array or
            nested lists of shape height, width and perhaps 1, 3 or 4 colours), or a mapping with `bytes` and/or `path`.
        base: Folder that relative paths start from; the working directory by default.
    """

    #: The folder that the files of this process must lie in, for a service; None lets them lie anywhere.
    root: ClassVar[Path | None] = None

    def __init__(self, source: object, *, base: Path | None = None) -> None:
        self.source = source
        self.base = base

    def __repr__(self) -> str:
        return f"ImageRef({show(self.source)})"

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            raise AttributeError(f"an ImageRef has no `{name}`; the image itself is `vr.in_rgb(image.open())`")

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
        """Where the image's file is; None for one that is held in memory or has an address of the net."""
        held = self._held
        if not isinstance(held, str | Path) or _is_text(held) or self.address is not None:
            return None
        return (self.base or Path()) / (held.removeprefix("file://") if isinstance(held, str) else held)

    @property
    def address(self) -> str | None:
        """Where in the net an image is, as streams of the hub say it; it is not opened here."""
        held = self._held
        if not isinstance(held, str) or "://" not in held[:20] or held.startswith("file://"):
            return None
        return held

    @property
    def data(self) -> bytes | None:
        """The image's file, of one that is held encoded. Raises ColumnError for a text that is damaged."""
        held = self._held
        return from_text(held) if _is_text(held) else held if isinstance(held, bytes) else None

    def open(self) -> Image:
        """The image, decoded and upright. Raises ColumnError when it is missing, too large, or not an image.

        A file is turned as its EXIF data say, which `datasets` does too before a model sees it.
        """
        from PIL import ImageOps

        if is_pil(self.source):
            return self.source
        with self._file() as image:
            check_area(image.size, f"Image {self._name}")
            try:
                image.load()
                return image if _orientation(image) == 1 else ImageOps.exif_transpose(image)
            except Exception as error:  # Pillow's decoders raise what they like: SyntaxError, struct.error, ...
                raise ColumnError(f"Image {show(self.source)} cannot be decoded: {explain(error)}.") from error

    def check_file(self) -> None:
        """Raise ColumnError unless the image's file is there and a file: a pipe or a device is never opened."""
        if self.address is not None:
            raise ColumnError(f"Image {show(self.address)} is an address of the net; save it, and give its path.")
        path = self.path
        if path is None:
            return
        try:
            if self.root is not None and not path.resolve().is_relative_to(self.root):
                raise ColumnError(f"Image {show(self.source)} lies outside of the folder that images may be read from.")
            there, is_file = path.exists(), path.is_file()
        except (OSError, ValueError) as error:
            raise ColumnError(f"Image {self._name} cannot be read: {explain(error)[:80]}; is it a path?") from None
        if not there:
            raise ColumnError(f"Image {self._name} does not exist; check the path, or the folder it is relative to.")
        if not is_file:
            raise ColumnError(f"Image {self._name} cannot be read: it is a folder, a pipe or a device, and no file.")

    @property
    def _held(self) -> object:
        """What the source holds: of a mapping its bytes, or else its path."""
        if not isinstance(self.source, Mapping):
            return self.source
        held = self.source.get("bytes")
        return held if isinstance(held, str | bytes) and held else self.source.get("path")

    @property
    def _name(self) -> str:
        """The path, or what else is known of an image, for messages."""
        path = None if self.path is None else printable(str(self.path))
        return show(self.source) if path is None else path if len(path) <= 300 else show(path)

    def _file(self) -> Image:
        from PIL import Image

        held = self._held
        if is_numbers(held) and not isinstance(held, str | bytes):
            return from_numbers(held)
        self.check_file()
        data = self.data
        handle: Any = self.path if data is None else io.BytesIO(data)
        if handle is None:
            raise ColumnError(
                f"{show(self.source)} is not an image; give a PIL image, a path, bytes or a datasets image."
            )
        try:
            return Image.open(handle)
        except Exception as error:
            raise ColumnError(f"Image {show(self.source)} cannot be read: {explain(error)}.") from error


def is_pil(value: object) -> TypeGuard[Image]:
    """Whether a value is an image of Pillow, which is not imported to find out."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(value, module.Image)


def _is_text(held: object) -> TypeGuard[str]:
    return isinstance(held, str) and is_encoded(held)


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
    if isinstance(value, Sequence) and not isinstance(value, str | bytes) and not is_numbers(value):
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
