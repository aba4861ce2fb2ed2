"""Masks in answers and references: run lengths, polygons or images, as checked runs over the image."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from vlm_rewards_grounding.formats import keys
from vlm_rewards_grounding.formats.location_tokens import read_polygons
from vlm_rewards_grounding.formats.masks.rle import MAX_PIXELS, Runs, decode
from vlm_rewards_grounding.formats.numbers import is_list
from vlm_rewards_grounding.formats.shapes import sides_of
from vlm_rewards_grounding.formats.tags import read_tags
from vlm_rewards_grounding.formats.values import read_values
from vlm_rewards_grounding.frames.frame import Scale, Size, placed, swapped
from vlm_rewards_grounding.frames.presets import Preset

if TYPE_CHECKING:
    from numpy.typing import NDArray


MAX_POLYGONS = 256
MAX_OUTLINE = 100_000  # pixels along all polygons of a mask: what rasterising them costs
MAX_DEPTH = 6  # of lists and mappings around a mask
MAX_SIDE = 4096  # of the image of a mask; Gemini's have 256
_PNG = "data:image/png;base64,"
_LIT = 127  # brighter pixels belong to the mask
#: Keys of masks, the first that is there counts; polygons and points under the keys of boxes count after them.
KEYS = ("segmentation", "mask", "masks", "rle", "mask_2d")
_BETWEEN = " \t\r\n,;，、|"  # what may stand between the values of one answer

Polygon: TypeAlias = tuple[float, ...]
#: One part of a mask; all of them are joined.
Part: TypeAlias = "Polygon | Mapping[Any, Any] | MaskImage"


def require_pycocotools(who: str = "rewards of masks") -> None:
    """Raise ValueError without pycocotools, which turns polygons into pixels."""
    try:
        import pycocotools.mask  # noqa: F401 - only whether it is there
    except ImportError:
        raise ValueError(f"{who} need pycocotools: pip install 'vlm-rewards[masks]'") from None


def find_mask(text: str, preset: Preset) -> object:
    """What an answer gives as its mask: the last values of a text that are one; None without any.

    Values with nothing but spaces and commas between them are one mask. Raises ValueError for PaliGemma's codes for
    pixels, whose decoder is a model of its own.

    >>> from vlm_rewards_grounding.frames.presets import preset_of
    >>> find_mask("The mask: [[1, 2], [3, 4], [5, 6]].", preset_of("pixels"))
    [[[1, 2], [3, 4], [5, 6]]]
    """
    if preset.syntax == "loc" and "<seg" in text:
        raise ValueError("PaliGemma's <seg> codes need the decoder that they were made with, which is not here")
    if preset.syntax == "loc_":
        return read_polygons(text) or None
    groups: list[list[Any]] = []
    last = -1
    for found in read_values(text):
        if found.whole:  # without its end the last number may have been cut
            if last < 0 or text[last : found.start].strip(_BETWEEN):
                groups.append([])
            groups[-1].append(found.value)
            last = found.stop
    values = [value for group in reversed(groups) for value in (group, *reversed(group))]
    quads = [item.values for item in read_tags(text).items if len(item.values) >= 6]
    return next((value for value in values if _parts(value)), quads or (values[-1] if values else None))


def read_mask(
    value: object, size: Size | None, *, scale: Scale = ((1.0, 1.0), (1.0, 1.0)), preset: Preset | None = None
) -> tuple[Runs, Size]:
    """The runs of a mask, and the (width, height) of its image.

    A mask is `{"size": [height, width], "counts": text or list}`; a polygon `[[x, y], ..]` or `[x, y, x, y, ..]`, whose
    corners beyond the image are moved to its edge; Gemini's `{"box_2d": [..], "mask": "data:image/png;base64,.."}`; a
    mapping that holds one of these as `segmentation`, `mask`, `polygon`, ..; or a list of these, which are joined. All
    but run lengths need the image's size, and run lengths must be of it when it is known. Raises ValueError for what is
    not a mask of such an image.
    """
    parts = _parts(value)
    if not parts:
        raise ValueError("not a mask: neither run lengths nor polygons")
    if len(parts) == 1 and isinstance(parts[0], Mapping):
        return _read_rle(parts[0], size)
    if size is None:
        raise ValueError("the polygons of a mask need the image's size, and the row has no image")
    if not 0 < size[0] * size[1] <= MAX_PIXELS:
        raise ValueError(f"an image of {size[0]}x{size[1]} pixels is none to put a mask on")
    order_yx = preset is not None and preset.order == "yx"
    centre = 0.5 if preset is not None and preset.syntax == "loc_" else 0.0  # Florence-2 counts bins

    def place(sides: Sequence[float]) -> Polygon:
        """In pixels, with corners beyond the image moved to its edge."""
        moved = placed([side + centre for side in (swapped(sides) if order_yx else sides)], scale)
        return tuple(min(max(side, 0.0), float(size[at % 2])) for at, side in enumerate(moved))

    polygons = [place(part) for part in parts if not isinstance(part, MaskImage | Mapping)]
    if sum(map(_outline, polygons)) > MAX_OUTLINE:
        raise ValueError("the outline of the mask is too long")
    return _joined(polygons, [part for part in parts if isinstance(part, MaskImage | Mapping)], place, size), size


def _parts(value: object, depth: int = 0) -> list[Part]:
    """The parts of a mask; none where something in it is not part of one."""
    if depth > MAX_DEPTH:
        return []
    if isinstance(value, Mapping):
        if value.get("counts") is not None:
            return [value]
        place = _place(value)
        if isinstance(place, str):
            box = next(_under(value, keys.BOX), None)
            sides = sides_of(box) if isinstance(box, list) else ()
            return [MaskImage(sides, place[len(_PNG) :])] if place.startswith(_PNG) and len(sides) == 4 else []
        return _parts(place, depth + 1)
    if not is_list(value) or not value:
        return []
    if (polygon := _polygon(value)) is not None:
        return [polygon]
    found: list[Part] = []
    for item in value:
        parts = _parts(item, depth + 1)
        if not parts or len(found) >= MAX_POLYGONS:
            return []
        found += parts
    return found


def _place(value: Mapping[Any, Any]) -> object:
    """Where a mapping holds its mask."""
    named = {keys.plain(str(key)): item for key, item in value.items() if item is not None}
    masks = (named[plain] for name in KEYS if (plain := keys.plain(name)) in named)
    return next(chain(masks, _under(value, keys.POLYGON), _under(value, keys.POINT)), None)


def _under(value: Mapping[Any, Any], kind: str) -> Iterator[object]:
    return (item for key, item in value.items() if item is not None and keys.kind_of(str(key)) == kind)


def _polygon(value: Sequence[Any]) -> Polygon | None:
    """The flat sides of a list of pairs, of mappings of x and y, or of numbers: three corners at least."""
    flat: list[Any] = []
    for item in value:
        if isinstance(item, Mapping) and item.keys() == {"x", "y"}:
            flat += (item["x"], item["y"])
        elif is_list(item):
            if len(item) != 2:
                return None
            flat += item
        else:
            flat.append(item)
    sides = sides_of(flat)
    return sides if len(sides) >= 6 and len(sides) % 2 == 0 else None


def _read_rle(value: Mapping[Any, Any], size: Size | None) -> tuple[Runs, Size]:
    sides = value.get("size")
    if not is_list(sides) or len(sides) != 2:
        raise ValueError("the run lengths of a mask need their size, [height, width]")
    height, width = sides
    if type(height) is not int or type(width) is not int or min(height, width) <= 0 or height * width > MAX_PIXELS:
        raise ValueError("the size of a mask is not [height, width] in pixels")
    if size is not None and (width, height) != size:
        raise ValueError(f"the mask is {width}x{height}, and the image {size[0]}x{size[1]}")
    counts = value["counts"]
    if not isinstance(counts, Sequence):
        raise ValueError("the counts of a mask are neither text nor a list")  # noqa: TRY004 - data, not a type error
    return decode(counts, height * width), (width, height)


def _outline(polygon: Polygon) -> float:
    """How long a polygon is around."""
    corners = list(zip(polygon[::2], polygon[1::2], strict=True))
    return sum(map(math.dist, corners, corners[1:] + corners[:1]))


def _joined(polygons: list[Polygon], others: list[MaskImage | Mapping[Any, Any]], place: Any, size: Size) -> Runs:
    """The runs of all parts together, polygons rasterised as pycocotools does."""
    from pycocotools import mask

    width, height = size
    encoded = mask.frPyObjects([list(polygon) for polygon in polygons], height, width) if polygons else []
    for part in others:
        if isinstance(part, MaskImage):
            encoded.append(mask.encode(pixels_of(part, place, size)))
        else:
            runs, _ = _read_rle(part, size)
            encoded.append(mask.frPyObjects({"size": [height, width], "counts": list(runs)}, height, width))
    return decode(mask.merge(encoded)["counts"], height * width)


class MaskImage(NamedTuple):
    """A mask as an image, stretched over a box."""

    box: tuple[float, ...]
    png: str  # base64


def pixels_of(mask: MaskImage, place: Callable[[Sequence[float]], tuple[float, ...]], size: Size) -> NDArray[Any]:
    """The mask over its whole image of (width, height), in the layout that pycocotools encodes.

    Its box is in the numbers of the text, which `place` moves to pixels within the image. Raises ValueError where it is
    not a PNG, or too large, or its box has no pixel.
    """
    import numpy as np
    from PIL import Image

    x1, y1, x2, y2 = map(int, place(mask.box))
    if x2 <= x1 or y2 <= y1:
        raise ValueError("the box of the mask has no pixel")
    try:
        data = base64.b64decode(mask.png, validate=True)
        image = Image.open(io.BytesIO(data), formats=["PNG"])
        is_small = max(image.size) <= MAX_SIDE
        stretched = image.convert("L").resize((x2 - x1, y2 - y1), Image.Resampling.BILINEAR) if is_small else None
    except Exception:  # noqa: BLE001 - PNG of a model may fail in many ways, and Pillow says at which address
        raise ValueError("the mask's image is not a PNG in base64") from None
    if stretched is None:
        raise ValueError("the image of the mask is too large")
    whole: NDArray[Any] = np.zeros((size[1], size[0]), dtype=np.uint8, order="F")
    whole[y1:y2, x1:x2] = np.asarray(stretched) > _LIT
    return whole
