"""The reference of a row: its boxes or points, in the form and space that the config declares."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards.text.messages import show as shown
from vlm_rewards_grounding.detections import Detection
from vlm_rewards_grounding.formats import keys
from vlm_rewards_grounding.formats.numbers import is_list, is_number, numbers
from vlm_rewards_grounding.formats.result import EMPTY
from vlm_rewards_grounding.formats.shapes import cornered_shape, named_shape
from vlm_rewards_grounding.formats.tags import read_tags
from vlm_rewards_grounding.frames.frame import PIXELS, Frame, Scale, placed, swapped
from vlm_rewards_grounding.frames.presets import Preset
from vlm_rewards_grounding.metrics.boxes import Box
from vlm_rewards_grounding.reference_keys import CROWD, NEST, NUMBER, UNIT, UNITS, sorted_keys
from vlm_rewards_grounding.typed import MAX_DEPTH, reads, to_builtin

#: Corners; one corner with width and height (COCO); centre with width and height (YOLO).
Form: TypeAlias = Literal["xyxy", "xywh", "cxcywh"]

MAX_PLAIN_CHARS = 128  # of a reference that is four numbers as text


def read_reference(value: Any, *, form: Form = "xyxy", frame: Frame = PIXELS) -> list[Detection]:
    """The boxes and points of a reference, in pixels of the original image; none where nothing is to be found.

    Read are four numbers, two numbers (a point), lists of these, COCO's `objects` as one mapping of lists or as a list
    of mappings (`bbox` or `point`, with `category` and `iscrowd` if there are any), the JSON text of each, also in a
    fence or in `<answer>`, and a text of tags (`<ref>cat</ref><box>(1,2),(3,4)</box>`).

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
    return list(_detections(value, form, frame.preset, frame.scale))


@reads(tuple[Detection, ...])
def _detections(value: Any, form: Form, preset: Preset, scale: Scale) -> tuple[Detection, ...]:
    try:
        things = _things(value, preset.space)
    except RecursionError:
        raise ValueError("the reference is nested too deep") from None
    return tuple([_placed(thing, form, preset, scale) for thing in things])


def _parsed(value: Any) -> Any:
    """A reference, or what its text holds: JSON, numbers, or things between tags, as an answer may have them."""
    if not isinstance(value, str):
        return value
    text = answer_block(vr.Completion(value))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        sides = numbers(text) if len(text) <= MAX_PLAIN_CHARS else None  # "10, 20, 30, 40", "(10, 20)"
        if sides and len(sides) in {2, 4}:
            return sides
        found = read_tags(text) if text.startswith("<") and text.endswith(">") else EMPTY
        if found.items and found.whole and all(item.values for item in found.items):
            kinds = {2: "point", 4: "bbox"}
            return [{kinds.get(len(item.values), "quad"): item.values, "label": item.label} for item in found.items]
        raise ValueError(f"the reference {shown(value)} is not JSON; give a list of numbers or its JSON") from error


class Thing(NamedTuple):
    """One thing of a reference, as its column has it: checked in its types and counts, and not yet placed."""

    sides: Sequence[float]  # two of a point, four of a box, six or more of a polygon
    name: str | float | None = None  # a number: the class was given by it
    crowd: bool = False
    point: Sequence[float] | None = None  # that stands beside a box
    corners: int = 0  # of a point in a list of three or more, how many it has
    named: bool = False  # its keys say that the sides are x1, y1, x2, y2, whatever the form


def _things(value: Any, space: str, depth: int = 0) -> list[Thing]:
    """Everything in a reference; what says that the numbers lie in another space is refused."""
    value = to_builtin(_parsed(value))
    if isinstance(value, Mapping):
        return _mapping(value, space, depth)
    if not is_list(value):
        raise ValueError(f"the reference {shown(value)} is not a box; give x1, y1, x2, y2, or a mapping with `bbox`")
    if value and all(map(is_number, value)):
        return [Thing(_numbers(value, keys.BOX))]
    things: list[Thing] = []
    for item in value:
        things += _mapping(item, space, depth) if isinstance(item, Mapping) else [Thing(_numbers(item, keys.BOX))]
    return things


def _mapping(value: Mapping[Any, Any], space: str, depth: int) -> list[Thing]:
    if depth > MAX_DEPTH:
        raise ValueError(f"the reference is nested more than {MAX_DEPTH} deep")
    found = sorted_keys(value)
    _check_unit(found.get(UNIT, {}), space)
    kind, shapes = _shapes(found)
    if kind is None:
        nests = found.get(NEST, {})
        if len(nests) == 1:
            return _things(next(iter(nests.values())), space, depth + 1)
        named = ", ".join(map(str, value)) or "none"
        raise ValueError(f"the reference has neither `bbox` nor `point` among its keys ({named})")
    if NEST in found:
        raise ValueError(f"the reference has things under {_listed(found[NEST])} beside its {kind}; give one of them")
    labels = _names(found)
    names = _column("label", labels, len(shapes))
    crowds = _column("crowd", next(iter(found.get(CROWD, {}).values()), None), len(shapes))
    points = _points_beside(found, len(shapes)) if kind == keys.BOX else [None] * len(shapes)
    # Points that have a name each are not corners of one region.
    corners = len(shapes) if kind == keys.POINT and len(shapes) > 2 and not is_list(labels) else 0
    things: list[Thing] = []
    for shape, name, crowd, point in zip(shapes, names, crowds, points, strict=True):
        if isinstance(shape, Mapping):
            inner = _mapping(shape, space, depth + 1)
            things += [thing._replace(name=name if thing.name is None else thing.name) for thing in inner]
        else:
            sides = _numbers(shape, kind)
            things.append(Thing(sides, _name(name), bool(crowd), point, corners, kind == keys.SIDE))
    return things


def _shapes(found: dict[str, dict[str, Any]]) -> tuple[str | None, list[Any]]:
    """The places of a mapping and their kind, the first that is there; others beside a box are the thing's own."""
    for kind in (keys.BOX, keys.POINT, keys.POLYGON):
        places = list(found.get(kind, {}).values())
        places = [place for place in places if place != []] or places[:1]
        if places:
            if any(place != places[0] for place in places):
                raise ValueError(f"the reference has {_listed(found[kind])}, which are not the same; give one of them")
            _refuse_sides(found)
            return kind, _listed_shapes(places[0], kind)
    sides = found.get(keys.SIDE, {}) | found.get(keys.CORNER, {})
    if not sides:
        return None, []
    rows: list[dict[str, Any]] = [sides]
    if keys.CORNER not in found and all(map(is_list, sides.values())):  # columns
        if len({len(column) for column in sides.values()}) > 1:
            raise ValueError(f"the reference's {_listed(sides)} are not of one length")
        rows = [dict(zip(sides, row, strict=True)) for row in zip(*sides.values(), strict=True)]
    return keys.SIDE, [_named(row) for row in rows]


def _named(sides: dict[str, Any]) -> Sequence[float]:
    """The box or point whose sides or corners have a key each."""
    shape = named_shape(sides)
    if shape is None and (cornered := cornered_shape(sides)) is not None:
        shape = cornered[0]
    if not shape:
        raise ValueError(f"the reference's {_listed(sides)} are not the sides of a box; give `bbox`")
    return shape


#: The width and height of an image may stand beside a box.
_OF_A_PICTURE = {"width", "height", "w", "h"}


def _refuse_sides(found: dict[str, dict[str, Any]]) -> None:
    """Raise ValueError for sides beside a box or point, which would go unread."""
    others = [key for key in found.get(keys.SIDE, {}) if keys.plain(key) not in _OF_A_PICTURE]
    others += [*found.get(keys.CORNER, {}), *found.get(keys.NEST, {})]
    if others:
        raise ValueError(f"the reference's {_listed(others)} are not read beside its box or point; leave them out")


def _listed_shapes(place: Any, kind: str) -> list[Any]:
    """One or several boxes, points or polygons as a list of them."""
    if isinstance(place, Mapping):
        return [place]
    if not is_list(place):
        raise ValueError(f"the reference holds {shown(place)} as its {kind}; give numbers")
    if place and (all(map(is_number, place)) or (kind == keys.POLYGON and all(map(_is_pair, place)))):
        return [place]
    return list(place)


def _is_pair(value: Any) -> bool:
    return is_list(value) and len(value) == 2 and all(map(is_number, value))


def _points_beside(found: dict[str, dict[str, Any]], count: int) -> list[Sequence[float] | None]:
    """The point of each box, where the mapping has points too."""
    places = list(found.get(keys.POINT, {}).values())
    if not places:
        return [None] * count
    shapes = _listed_shapes(places[0], keys.POINT)
    if len(places) > 1 or len(shapes) != count:
        raise ValueError(f"the reference has {count} boxes and the points {_listed(found[keys.POINT])}; give one each")
    return [_numbers(shape, keys.POINT) for shape in shapes]


def _names(found: dict[str, dict[str, Any]]) -> Any:
    """The names of a mapping: those under the key that names things best, or else the numbers of their classes."""
    labels = found.get(keys.LABEL, {}) | found.get(NUMBER, {})
    best = min(labels, key=lambda key: (_is_numbered(labels[key]), keys.label_rank(key)), default=None)
    return None if best is None else labels[best]


def _is_numbered(column: Any) -> bool:
    return is_number(column) or (is_list(column) and any(map(is_number, column)))


def _name(value: Any) -> str | float | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str | int | float):
        raise ValueError(f"the reference holds {shown(value)} as a name; give a text")  # noqa: TRY004 - data
    return value


def _column(name: str, column: Any, count: int) -> list[Any]:
    """One value for each thing: a list of as many, or one value for all."""
    if not is_list(column):
        return [column] * count
    if len(column) != count:
        raise ValueError(f"the reference has {count} boxes and {len(column)} values of `{name}`")
    return list(column)


def _check_unit(found: dict[str, Any], space: str) -> None:
    for key, unit in found.items():
        meant = UNITS.get(unit) if isinstance(unit, str) else None
        if meant is None:
            raise ValueError(f"the reference's `{key}` is {shown(unit)}; known are {', '.join(UNITS)}")
        if space != meant:
            raise ValueError(f"the reference's `{key}` says {unit}: set reference_space: {meant}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _numbers(shape: Any, kind: str) -> Sequence[float]:
    """The numbers of a box, a point or a polygon, finite and not beyond any image."""
    if kind == keys.POLYGON and is_list(shape) and shape and all(map(_is_pair, shape)):
        shape = [side for pair in shape for side in pair]
    counts = is_list(shape) and (len(shape) in {2, 4} or (kind == keys.POLYGON and len(shape) >= 6))
    if not counts or len(shape) % 2 or not all(map(is_number, shape)):
        raise ValueError(f"the reference holds {shown(shape)}; a box has four numbers and a point two")
    # Beyond this a product of two overflows; no image is that large.
    if not all(abs(side) <= 1e9 for side in shape):
        raise ValueError(f"the reference {shown(list(shape))} is not finite, or beyond any image")
    return [float(side) for side in shape]


def _placed(thing: Thing, form: Form, preset: Preset, scale: Scale) -> Detection:
    """A thing in pixels of the original image."""
    swaps = preset.order == "yx" and not thing.named
    sides, point = (placed(swapped(given) if swaps else given, scale) for given in (thing.sides, thing.point or ()))
    label = None if thing.name is None else str(thing.name)
    found = Detection(label=label, numbered=is_number(thing.name), crowd=thing.crowd)
    if len(sides) == 2:
        return found._replace(point=sides, corners=thing.corners)
    if len(sides) > 4:
        xs, ys = sides[::2], sides[1::2]
        around = _box((min(xs), min(ys), max(xs), max(ys)), "xyxy", thing.sides)
        return found._replace(box=around, polygon=sides)
    box = _box(sides, "xyxy" if thing.named else form, thing.sides)
    return found._replace(box=box, point=(point[0], point[1]) if point else None)


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
