"""Where an action happens: one place or two, from the keys of its mapping."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from vlm_rewards_grounding.actions.names import POINTED, ROLE_OF, TWO_POINTS, spelt
from vlm_rewards_grounding.formats.lenient_json import REST
from vlm_rewards_grounding.formats.numbers import coordinate, numbers
from vlm_rewards_grounding.formats.shapes import Shape, has_only_scalars, named_shape, sides_of

#: Keys of x and y of the first and of the second place; of the corners of a box too, where an action has one place.
_PAIRS = (
    ("start_x", "start_y", "end_x", "end_y"),
    ("from_x", "from_y", "to_x", "to_y"),
    ("x1", "y1", "x2", "y2"),
    ("x", "y", "x2", "y2"),
)
_BOX_SIDES = "x0 y0 xmin ymin xmax ymax x_min y_min x_max y_max left top right bottom width height w h"
#: Keys of one coordinate each.
SIDES = frozenset(key for keys in _PAIRS for key in keys) | frozenset(_BOX_SIDES.split())
#: Keys of places under which words may stand too.
_WORDY = ("element", "target", "position", "location", "locations", "region", "path")
_TAGS = ("<|box_start|>", "<|box_end|>", "<point>", "</point>", "<box>", "</box>", "<bbox>", "</bbox>")
MAX_SHAPES = 64
MAX_DEPTH = 4
MAX_PLACE_CHARS = 1000


class UnreadableError(ValueError):
    """What is written of an action says two things, or nothing that can be read."""


class Place(NamedTuple):
    """What stands under the keys of one place, in the numbers of the text."""

    shapes: tuple[Shape, ...]  # two numbers of a point, four of a box; none of what is broken
    key: str  # the first of its keys
    named: bool = False  # each number has a name: which is x does not depend on a family's order
    boxed: bool = False  # the key is one of boxes
    area: tuple[Shape, ...] = ()  # boxes that stand beside the point
    area_named: bool = False


class Places(NamedTuple):
    """Where an action begins, and where it ends if that is another place."""

    start: Place | None = None
    end: Place | None = None


def is_place(value: Any) -> bool:
    """Whether a value has the looks of a place: a list, a mapping, or a text of numbers and brackets alone.

    >>> is_place([3, 4]), is_place("<point>3 4</point>"), is_place("the button"), is_place("")
    (True, True, False, False)
    """
    if isinstance(value, str):
        return bool(_numbers(value))
    return isinstance(value, list | dict) and bool(value)


def places_of(fields: Mapping[str, Any], action: str, *, to_end: bool = False, depth: int = 0) -> Places:
    """The places of an action of one type, by the keys of its mapping; with `to_end`, one place is the second one.

    Raises UnreadableError where two keys give one place in different numbers.

    >>> places_of({"coordinate": [1, 2], "coordinate2": [3, 4]}, "scroll").end.shapes
    ((3.0, 4.0),)
    """
    fields = _spread(fields)
    found: dict[str, Place] = {}
    for named, place in _named_places(fields, two=action in TWO_POINTS):
        _put(found, named, place)
    for key, value in fields.items():
        role = ROLE_OF.get(key)
        if role is not None and (is_place(value) or _claims(key, role, value)):
            _put(found, role, _place(key, value, depth, boxes=role == "box"))
    values = fields.get(REST) if action in POINTED or action in TWO_POINTS else None
    rest = _rest(values, wordy=action not in POINTED) if isinstance(values, list) and values else None
    if rest is not None:
        _put(found, "point", rest)
    return _arranged(found, action, to_end=to_end)


def _spread(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same keys, with those of a mapping of two places in its stead: `{"points": {"start": .., "end": ..}}`."""
    for key, value in fields.items():
        if ROLE_OF.get(key) == "point" and isinstance(value, dict):
            inner = {spelt(str(name)): item for name, item in value.items()}
            if any(ROLE_OF.get(name) == "end" for name in inner) or any(keys[2] in inner for keys in _PAIRS):
                return {**{name: item for name, item in fields.items() if name != key}, **inner}
    return fields


def _claims(key: str, role: str, value: Any) -> bool:
    """Whether a key can hold nothing but a place, and a text stands there."""
    return role in ("point", "box") and key not in _WORDY and isinstance(value, str) and bool(value.strip())


def _named_places(fields: Mapping[str, Any], *, two: bool) -> list[tuple[str, Place]]:
    """Places whose coordinates have keys of their own."""
    if SIDES.isdisjoint(fields):
        return []
    for keys in _PAIRS:
        ends = [
            (role, pair)
            for role, pair in (("start", keys[:2]), ("end", keys[2:]))
            if all(key in fields for key in pair)
        ]
        if keys[0] not in ("start_x", "from_x") and not (two and len(ends) == 2):
            continue
        if ends:
            return [
                (role, Place((sides_of([fields[key] for key in pair]),), pair[0], named=True)) for role, pair in ends
            ]
    given = {key: value for key, value in fields.items() if key in SIDES}
    shape = named_shape(given) if given else None
    if shape is None:
        return []
    boxed = len(given) > 2
    return [("box" if boxed else "point", Place((shape,), next(iter(given)), named=True, boxed=boxed))]


def _put(found: dict[str, Place], role: str, place: Place) -> None:
    before = found.get(role)
    if before is not None and before.shapes != place.shapes:
        raise UnreadableError(f"`{before.key}` and `{place.key}` name different places")
    found.setdefault(role, place)


def _arranged(found: dict[str, Place], action: str, *, to_end: bool) -> Places:
    """The first and the second place: what only says where is the end of what has a start, and else the start."""
    start, end, point, box = (found.get(role) for role in ("start", "end", "point", "box"))
    if start is None and end is None and action in TWO_POINTS:
        if point is not None and len(point.shapes) == 2:
            return Places(*(point._replace(shapes=(shape,)) for shape in point.shapes))
        if point is not None and len(point.shapes) == 1 and len(point.shapes[0]) == 4:
            return Places(*(point._replace(shapes=(point.shapes[0][at : at + 2],)) for at in (0, 2)))
        if to_end:
            return Places(None, _beside(point, box))
    if point is not None and start is not None and end is None:
        end = point
    elif point is not None and start is not None and point.shapes not in (start.shapes, end and end.shapes):
        raise UnreadableError(f"`{start.key}` and `{point.key}` name different places")
    else:
        start = start or point
    if end is not None and action in POINTED and action not in TWO_POINTS and (start or box) is not None:
        raise UnreadableError(f"a `{action}` has one place, and `{end.key}` is another")
    return Places(_beside(start, box), end)


def _beside(point: Place | None, box: Place | None) -> Place | None:
    return box if point is None else point if box is None else point._replace(area=box.shapes, area_named=box.named)


def _place(key: str, value: Any, depth: int, *, boxes: bool) -> Place:
    if key == "path" and isinstance(value, list):  # of a drag: where it begins and ends
        value = value[:1] + value[1:][-1:]
    if not isinstance(value, dict):
        return Place(tuple(_shapes(value, boxes=boxes)), key, boxed=boxes or key.endswith("box"))
    inner = {spelt(str(name)): item for name, item in value.items()}
    place = places_of(inner, "", depth=depth + 1).start if depth < MAX_DEPTH else None
    return Place(((),), key) if place is None else place


def _shapes(value: Any, *, boxes: bool, depth: int = 0) -> list[Shape]:
    """Two or four numbers each; with `boxes`, two pairs are the corners of one."""
    if isinstance(value, str):
        value = _numbers(value) or [None]
    if not isinstance(value, list) or depth > MAX_DEPTH or len(value) > MAX_SHAPES:
        return [()]
    if has_only_scalars(value):
        if len(value) == 1 and isinstance(value[0], str):
            return _shapes(_numbers(value[0]) or [None], boxes=boxes, depth=depth + 1)
        sides = sides_of(value)
        return [sides if len(sides) in (2, 4) else ()]
    if all(isinstance(item, dict) for item in value):
        return [named_shape({str(key).lower(): side for key, side in item.items()}) or () for item in value]
    shapes = [shape for item in value for shape in _shapes(item, boxes=boxes, depth=depth + 1)]
    if boxes and len(shapes) == 2 and all(len(shape) == 2 for shape in shapes):
        return [shapes[0] + shapes[1]]
    return shapes[:MAX_SHAPES]


def _rest(values: list[Any], *, wordy: bool) -> Place | None:
    """The place that the values without a key are; a broken one for others, or None if these may be `wordy`."""
    listed = [value for value in values if isinstance(value, list) or (type(value) is str and len(_numbers(value)) > 1)]
    if listed:
        return Place(tuple(shape for value in listed for shape in _shapes(value, boxes=False)), REST)
    sides = [side for side in map(coordinate, values) if side is not None]
    if len(sides) == 2 or (len(sides) == 4 and len(values) == 4):
        return Place((tuple(sides),), REST)
    return None if wordy else Place(((),), REST)


def _numbers(text: str) -> list[float]:
    """The numbers of a text of nothing but numbers, brackets and tags of places."""
    if len(text) > MAX_PLACE_CHARS:
        return []
    for tag in _TAGS:
        text = text.replace(tag, " ")
    return numbers(text) or []
