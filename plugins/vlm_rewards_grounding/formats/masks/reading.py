"""Masks in answers and references: run lengths or polygons, as checked runs over the image."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from vlm_rewards_grounding.formats.numbers import is_list
from vlm_rewards_grounding.formats.masks.rle import MAX_PIXELS, Runs, decode
from vlm_rewards_grounding.frames.spaces import Scale, Size, placed

__all__ = ["find_mask", "read_mask", "require_pycocotools"]

MAX_POLYGONS = 256
MAX_OUTLINE = 100_000  # pixels along all polygons of a mask: what rasterising them costs
_KEYS = ("segmentation", "mask", "masks", "rle", "polygon", "polygons", "points")
Polygon = list[float]


def require_pycocotools() -> None:
    """Raise ValueError without pycocotools, which turns polygons into pixels."""
    try:
        import pycocotools.mask  # noqa: F401 - only whether it is there
    except ImportError:
        raise ValueError("rewards of masks need pycocotools: pip install 'vlm-rewards[masks]'") from None


def find_mask(text: str) -> object:
    """The JSON value of an answer that should be a mask; None without one. Reads from the first bracket on.

    >>> find_mask('The mask: [[1, 2], [3, 4], [5, 6]].'), find_mask("none")
    ([[1, 2], [3, 4], [5, 6]], None)
    """
    start = text.replace("{", "[").find("[")
    try:
        return json.JSONDecoder().raw_decode(text, start)[0] if start >= 0 else None
    except (ValueError, RecursionError):
        return None


def read_mask(value: object, size: Size | None, *, scale: Scale = ((1.0, 1.0), (1.0, 1.0))) -> tuple[Runs, Size]:
    """The runs of a mask, and the (width, height) of its image.

    A mask is `{"size": [height, width], "counts": text or list}`; a polygon `[[x, y], ..]` or `[x, y, x, y, ..]`, whose
    corners beyond the image are moved to its edge; a list of polygons, which are joined; or a mapping that holds one of
    these as `segmentation`, `mask`, .. Polygons need the image's size; run lengths must be of it when it is known.

    Raises:
        ValueError: This is not a mask of such an image.
    """
    if isinstance(value, Mapping) and "counts" not in value:
        value = next((value[key] for key in _KEYS if key in value), None)
    if isinstance(value, Mapping):
        return _read_rle(value, size)
    polygons = _polygons(value)
    if not polygons:
        raise ValueError("not a mask: neither run lengths nor polygons")
    if size is None:
        raise ValueError("the polygons of a mask need the image's size, and the row has no image")
    return _rasterised([_scaled(polygon, scale, size) for polygon in polygons], size), size


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


def _polygons(value: object) -> list[Polygon]:
    """Flat polygons of at least three corners; empty when some part is none."""
    if not is_list(value) or not value:
        return []
    if (single := _polygon(value)) is not None:
        return [single]
    parts = [_polygon(item) for item in value[: MAX_POLYGONS + 1]]
    return [part for part in parts if part is not None] if None not in parts and len(parts) <= MAX_POLYGONS else []


def _polygon(value: object) -> Polygon | None:
    if not is_list(value) or not value:
        return None
    if all(_is_pair(item) for item in value):
        value = [side for pair in value for side in pair]
    if not all(_is_number(item) for item in value) or len(value) < 6 or len(value) % 2:
        return None
    return list(value)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and -1e7 <= value <= 1e7  # type: ignore[operator] # NaN is in no range


def _is_pair(value: object) -> bool:
    return is_list(value) and len(value) == 2 and all(map(_is_number, value))


def _scaled(polygon: Polygon, scale: Scale, size: Size) -> Polygon:
    """In pixels, with corners beyond the image moved to its edge."""
    return [min(max(side, 0.0), float(size[at % 2])) for at, side in enumerate(placed(polygon, scale))]


def _rasterised(polygons: list[Polygon], size: Size) -> Runs:
    from pycocotools import mask

    width, height = size
    if not 0 < width * height <= MAX_PIXELS:
        raise ValueError(f"an image of {width}x{height} pixels is none to put a mask on")
    outline = sum(
        math.hypot(polygon[index] - polygon[index - 2], polygon[index + 1] - polygon[index - 1])
        for polygon in polygons
        for index in range(0, len(polygon), 2)
    )
    if outline > MAX_OUTLINE:
        raise ValueError("the outline of the mask is too long")
    joined = mask.merge(mask.frPyObjects(polygons, height, width))
    return decode(joined["counts"], height * width)
