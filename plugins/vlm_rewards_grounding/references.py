"""The reference of a row: its boxes or points, in the form and space that the config declares."""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from vlm_rewards_grounding.detections import Detection
from vlm_rewards_grounding.formats.numbers import is_list, is_number, numbers
from vlm_rewards_grounding.frames.frame import PIXELS, Frame
from vlm_rewards_grounding.frames.spaces import placed, swapped
from vlm_rewards_grounding.metrics.boxes import Box

__all__ = ["Form", "class_number", "read_reference", "shown", "to_builtin"]

#: Corners; one corner with width and height (COCO); centre with width and height (YOLO).
Form: TypeAlias = Literal["xyxy", "xywh", "cxcywh"]

_PLACES = ("bbox", "bboxes", "box", "boxes", "bbox_2d", "box_2d", "point", "points", "point_2d", "coordinate")
_LABELS = ("category", "label", "categories", "labels", "category_name", "name", "category_id", "class")
_NUMBERS = {int, float}
_REPR = reprlib.Repr()
_REPR.maxstring = 80
MAX_DEPTH = 4  # of a reference: mappings in a list, of lists of boxes
MAX_PLAIN_CHARS = 128  # of a reference that is four numbers as text
_CROWDS = ("iscrowd", "is_crowd", "crowd")


def read_reference(value: Any, *, form: Form = "xyxy", frame: Frame = PIXELS) -> list[Detection]:
    """The boxes and points of a reference, in pixels of the original image; none where nothing is to be found.

    Read are four numbers, two numbers (a point), lists of these, COCO's `objects` as one mapping of lists or as a list
    of mappings (`bbox` or `point`, with `category` and `iscrowd` if there are any), and the JSON text of each.

    Args:
        value: The column's value.
        form: What the four numbers of a box are.
        frame: What they count: of a family, their order of x and y too.

    Raises:
        ValueError: There is something in it that is neither a box nor a point: an error of the data.

    >>> coco = {"bbox": [[10, 20, 30, 40]], "category": ["cat"]}
    >>> read_reference(coco, form="xywh")[0][:3]
    ((10.0, 20.0, 40.0, 60.0), None, 'cat')
    """
    found = []
    for shape, given, crowd in _entries(value):
        label = None if given is None else str(given)
        sides = _numbers(shape)
        if frame.preset.order == "yx":
            sides = swapped(sides)
        sides = placed(sides, frame.scale)
        if len(sides) == 2:
            found.append(Detection(None, (sides[0], sides[1]), label))
        else:
            found.append(Detection(_box(sides, form, shape), None, label, crowd=crowd))
    return found


def class_number(value: Any) -> float | None:
    """The first class of a readable reference that is a number, and no name; None without one.

    >>> class_number({"bbox": [[1, 2, 3, 4]], "category": [17]}), class_number({"bbox": [1, 2, 3, 4], "label": "17"})
    (17, None)
    """
    return next((label for _, label, _ in _entries(value) if is_number(label)), None)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        sides = numbers(value) if len(value) <= MAX_PLAIN_CHARS else None  # "10, 20, 30, 40", "(10, 20)"
        if sides and len(sides) in {2, 4}:
            return sides
        raise ValueError(f"the reference {shown(value)} is not JSON; give a list of numbers or its JSON") from error


def to_builtin(value: Any, depth: int = 0) -> Any:
    """A value with lists for arrays and numbers for their scalars, as `tolist` of numpy and torch gives them."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {key: to_builtin(item, depth + 1) for key, item in value.items()} if depth < MAX_DEPTH else value
    if is_list(value) and depth < MAX_DEPTH and not {type(item) for item in value} <= _NUMBERS:
        return [to_builtin(item, depth + 1) for item in value]
    return value


def _entries(value: Any) -> list[tuple[Any, Any, bool]]:
    """Shape, class as it is given, and whether it is a crowd, of everything in a reference."""
    value = to_builtin(_parsed(value))
    if isinstance(value, Mapping) or (is_list(value) and value and all(map(is_number, value))):
        value = [value]
    if not is_list(value):
        raise ValueError(f"the reference {shown(value)} is not a box; give x1, y1, x2, y2, or a mapping with `bbox`")
    return [
        entry for item in value for entry in (_mapping(item) if isinstance(item, Mapping) else [(item, None, False)])
    ]


def _mapping(value: Mapping[str, Any]) -> list[tuple[Any, Any, bool]]:
    shapes = _first(value, _PLACES)
    if not is_list(shapes):
        keys = ", ".join(map(str, value)) or "none"
        raise ValueError(f"the reference has neither `bbox` nor `point` among its keys ({keys})")
    labels, crowds = _first(value, _LABELS), _first(value, _CROWDS)
    if shapes and all(is_number(item) for item in shapes):
        shapes, labels, crowds = [shapes], [_alone(labels)], [_alone(crowds)]
    columns = []
    for name, column in (("label", labels), ("crowd", crowds)):
        values = list(column) if is_list(column) else [column] * len(shapes)
        if len(values) != len(shapes):
            raise ValueError(f"the reference has {len(shapes)} boxes and {len(values)} values of `{name}`")
        columns.append(values)
    return [(shape, label, bool(crowd)) for shape, label, crowd in zip(shapes, *columns, strict=True)]


def _alone(column: Any) -> Any:
    """The one value of a column of one."""
    return column[0] if is_list(column) and len(column) == 1 else column


def _first(value: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((value[name] for name in names if value.get(name) is not None), None)


def shown(value: Any) -> str:
    """The beginning of a value, for a message; nesting of any depth is safe."""
    text = _REPR.repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _numbers(shape: Any) -> Sequence[float]:
    if not is_list(shape) or len(shape) not in {2, 4} or not all(map(is_number, shape)):
        raise ValueError(f"the reference holds {shown(shape)}; a box has four numbers and a point two")
    # Beyond this a product of two overflows; no image is that large.
    if not all(abs(side) <= 1e9 for side in shape):
        raise ValueError(f"the reference {shown(list(shape))} is not finite, or beyond any image")
    return [float(side) for side in shape]


def _box(sides: Sequence[float], form: Form, shape: Any) -> Box:
    a, b, c, d = sides
    if form == "xywh":
        c, d = a + c, b + d
    elif form == "cxcywh":
        a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
    if c <= a or d <= b or not math.isfinite((c - a) * (d - b)) or (c - a) * (d - b) <= 0:
        raise ValueError(f"the reference {shown(list(shape))} bounds no area; give {', '.join(_NAMES[form])}")
    return (a, b, c, d)


_NAMES = {"xyxy": ("x1", "y1", "x2", "y2"), "xywh": ("x", "y", "width", "height"), "cxcywh": ("cx", "cy", "w", "h")}
