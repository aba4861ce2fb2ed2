"""What the preflight looks for in data of boxes: references in another format or unit, and tags that decoding drops."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from vlm_rewards_grounding.formats.numbers import is_number
from vlm_rewards_grounding.frames.frame import chosen
from vlm_rewards_grounding.metrics.boxes import Box

#: What models write around boxes: Qwen-VL, InternVL, Kosmos, DeepSeek-VL2, and Qwen2-VL's own tokens.
BOX_TAGS = (
    *("<box>", "</box>", "<ref>", "</ref>", "<bbox>", "</bbox>", "<quad>", "</quad>", "<|ref|>", "<|/ref|>"),
    *("<|det|>", "<|/det|>", "<|box_start|>", "<|box_end|>", "<|object_ref_start|>", "<|object_ref_end|>"),
)

#: Annotations round, and count an image's last pixel as its width: so much outside is inside.
SLACK = 1.0

_CONVERT = "convert the column; references are x1, y1, x2, y2 in pixels of the original image"


def check_boxes(reading: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A finding for each reference box, of a term over a dataset, that is not in pixels of its image, or lacks it."""
    params = reading["params"]
    # Numbers that are declared to be something else cannot be told by their looks from mistakes.
    is_plain = params.get("reference", "xyxy") == "xyxy" and params.get("reference_space", "pixels") == "pixels"
    space = params.get("space", "pixels")
    for row in reading["rows"]:
        box, images = _box_of(row["columns"].get("solution")), chosen(tuple(row["images"]), params.get("image", 0))
        if box is None:
            continue
        if space != "pixels" and not images:
            missing = f"no image, and the space '{space}' needs its size"
            yield {"row": row["row"], "what": missing, "fix": "add the column `images`, or map it with `columns`"}
        if not is_plain:
            continue
        what = _wrong(box)
        if what is None and images:
            if "error" in images[0]:
                fix = "give the files, or correct the paths"
                yield {"row": row["row"], "what": "the image cannot be read", "fix": fix, "example": images[0]["error"]}
                continue
            width, height = images[0]["size"]
            if box[0] < -SLACK or box[1] < -SLACK or box[2] > width + SLACK or box[3] > height + SLACK:
                what = "the box reaches outside the image: it is likely in 0-1000, or in pixels of a resized image"
        if what is not None:
            yield {"row": row["row"], "what": what, "fix": _CONVERT, "example": str(list(box))}


def _box_of(value: object) -> Box | None:
    """The box that a reference is; Arrow has one type per column, so it may arrive as its JSON text."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value)
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_number, value)):
        return None
    x1, y1, x2, y2 = value
    return (x1, y1, x2, y2)


def _wrong(box: Box) -> str | None:
    """What the numbers alone tell."""
    x1, y1, x2, y2 = box
    if max(box) <= 1 and min(box) >= 0:
        return "the box lies within 0 to 1: it is likely relative to the image's size"
    if x2 <= x1 or y2 <= y1:
        return "x2 <= x1 or y2 <= y1: the box is likely x, y, width, height"
    return None
