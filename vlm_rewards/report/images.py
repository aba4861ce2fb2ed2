"""Images inside the page, with the boxes that rewards found in the answers drawn over them."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vlm_rewards.errors import ColumnError
from vlm_rewards.report.html import Html, tag
from vlm_rewards.report.style import REFERENCE
from vlm_rewards.types.images import ImageRef
from vlm_rewards.types.output import RewardOutput
from vlm_rewards.types.pixels import in_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Box", "boxes_of", "figure", "reference_boxes"]

Box = tuple[float, float, float, float]

#: Longest side of an embedded image, in pixels.
SIDE = 480

#: A PNG above this many bytes is written as JPEG, in which photographs take much less.
_HEAVY = 100_000

#: Boxes that are drawn of one answer: a page must stay light, whatever a model wrote.
_MOST_BOXES = 20


def figure(image: ImageRef, boxes: Mapping[str, Sequence[Box]]) -> Html:
    """An image, shrunk and embedded, with boxes by colour over it, in its pixels; a note where it cannot be read."""
    try:
        opened = image.open()
    except ColumnError as error:
        return tag("p", str(error), class_="missing")
    width, height = opened.size
    small = in_rgb(opened)
    small.thumbnail((SIDE, SIDE))
    source = _embedded(small)
    drawn = _drawn(boxes, max(width, height) / 120)
    over = tag("svg", *drawn, viewBox=f"0 0 {width} {height}") if drawn else None
    kind = "image tiny" if max(width, height) < 100 else "image"
    return tag("div", tag("img", src=source, alt="image of the prompt"), over, class_=kind)


def _drawn(boxes: Mapping[str, Sequence[Box]], stroke: float) -> list[Html]:
    """Boxes over light rims, so that they show on dark images too; strokes are scaled with the image."""
    rims, lines = [], []
    for colour, found in boxes.items():
        dashes = f"{3 * stroke:.2f} {3 * stroke:.2f}" if colour == REFERENCE else None
        for x1, y1, x2, y2 in found:
            place: dict[str, str | float] = {"x": x1, "y": y1, "width": x2 - x1, "height": y2 - y1, "fill": "none"}
            rims.append(tag("rect", **place, stroke="#fff", stroke_opacity=0.7, stroke_width=round(2.2 * stroke, 2)))
            lines.append(tag("rect", **place, stroke=colour, stroke_width=round(stroke, 2), stroke_dasharray=dashes))
    return rims + lines


def _embedded(image: Image) -> str:
    """An image as the address of itself: PNG, which keeps charts and pixels sharp, or JPEG where that is heavy."""
    for kind in ("png", "jpeg"):
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
