"""Pictures inside the page, and the boxes that rewards found in the answers."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vlm_rewards.errors import ColumnError
from vlm_rewards.types.images import ImageRef
from vlm_rewards.types.output import RewardOutput
from vlm_rewards.types.pixels import in_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[float, float, float, float]

#: Longest side of a thumbnail, in pixels.
SIDE = 320

#: What has more colours, or as PNG more bytes, is a photograph, which takes much less as JPEG.
_COLOURS, _HEAVY = 2048, 30_000

#: Characters of all thumbnails of a page; pictures after that are left out.
_ROOM = 10_000_000

#: Boxes that are drawn of one answer: a page must stay light, whatever a model wrote.
_MOST_BOXES = 20


class Pictures:
    """Thumbnails, each stored once; relative paths start from the folder `base`."""

    def __init__(self, base: Path) -> None:
        self.sources: list[str] = []
        self.sizes: list[tuple[int, int]] = []
        self._base = base
        self._room = _ROOM
        self._known: dict[str, int | str] = {}

    def place(self, image: object) -> int | str:
        """Which of the thumbnails shows an image, or why none does."""
        image = image if isinstance(image, ImageRef) else ImageRef(image, base=self._base)
        if image.source is None:
            return "The data hold this picture; name them with --data."
        key = None if image.path is None else str(image.path)
        if key is not None and key in self._known:
            return self._known[key]
        place = self._add(image)
        if key is not None:
            self._known[key] = place
        return place

    def _add(self, image: ImageRef) -> int | str:
        try:
            opened = image.open()
        except ColumnError as error:
            return str(error)
        small = in_rgb(opened)
        small.thumbnail((SIDE, SIDE))
        source = _embedded(small)
        place = self._known.setdefault(f"{opened.size} {source}", len(self.sources))
        if place == len(self.sources):
            self._room -= len(source)
            if self._room < 0:
                return "Left out: this page has 10 MB of pictures already."
            self.sources.append(source)
            self.sizes.append(opened.size)
        return place


def _embedded(image: Image) -> str:
    """An image as the address of itself: PNG, which keeps charts and pixels sharp, or JPEG for photographs."""
    for kind in ("png", "jpeg") if image.getcolors(_COLOURS) else ("jpeg",):
        buffer = io.BytesIO()
        image.save(buffer, format=kind)
        if buffer.tell() <= _HEAVY:
            break
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def boxes_of(terms: Mapping[str, RewardOutput]) -> list[Box]:
    """The boxes that rewards placed on the image: `box` and `boxes` of the details, in pixels of the original."""
    found = [box for output in terms.values() if output.score is not None for box in _boxes(output.details)]
    return list(dict.fromkeys(found))[:_MOST_BOXES]


def reference_boxes(solution: object) -> list[Box]:
    """The boxes of a reference that is one box or a list of boxes, as numbers or as JSON."""
    if isinstance(solution, str) and solution.lstrip().startswith("["):
        try:
            solution = json.loads(solution)
        except (ValueError, RecursionError):
            return []
    return list(_boxes({"box": solution, "boxes": solution}))[:_MOST_BOXES]


def _boxes(details: Mapping[str, object]) -> Iterator[Box]:
    several = details.get("boxes")
    for value in (details.get("box"), *(several if isinstance(several, list | tuple) else ())):
        if not isinstance(value, list | tuple) or len(value) != 4:
            continue
        if all(isinstance(number, int | float) and abs(number) < 1e9 for number in value):
            x1, y1, x2, y2 = (float(number) for number in value)
            if x2 > x1 and y2 > y1 and not math.isnan(x1 + y1 + x2 + y2):
                yield (x1, y1, x2, y2)
