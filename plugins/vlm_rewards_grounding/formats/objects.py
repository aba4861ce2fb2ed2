"""One mapping of an answer, `{"bbox_2d": [...], "label": "cat"}` or `click(start_box='(1,2)')`, as boxes and points."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from vlm_rewards_grounding.formats import keys
from vlm_rewards_grounding.formats.lenient_json import CALL, REST
from vlm_rewards_grounding.formats.numbers import MAX_COORDINATE, coordinate
from vlm_rewards_grounding.formats.result import RawShape
from vlm_rewards_grounding.formats.shapes import Shape, cornered_shape, named_shape, names_x_and_y, shapes_under
from vlm_rewards_grounding.formats.values import read_values

#: Keys and values of a mapping, by what the keys name.
Kinds: TypeAlias = dict[str | None, list[tuple[str, Any]]]


class Inner(NamedTuple):
    """A value inside a mapping that has to be read on its own."""

    value: Any
    label: str | None  # what it inherits
    key: str | None = None  # a key that says nothing of boxes: it may name the thing


class Mapped(NamedTuple):
    """What a mapping holds."""

    items: list[RawShape]
    inner: list[Inner]
    two_orders: bool  # it has the key `box_2d`, under which one family writes y first and others x


def read_mapping(node: dict[str, Any], label: str | None, *, points: bool) -> Mapped:
    """Read one mapping and the label that it inherits; with `points`, a pair is a point, also under the key of a box.

    >>> read_mapping({"bbox_2d": [1, 2, 3, 4], "label": "cat"}, None, points=False).items[0][:2]
    ((1.0, 2.0, 3.0, 4.0), 'cat')
    """
    kinds: Kinds = {}
    for key, value in node.items():
        kind = keys.kind_of(key)
        if kind == keys.SIDE and type(value) is list and len(key) > 2:  # "left" names a thing here
            kind = None
        kinds.setdefault(kind, []).append((key, value))
    if keys.LABEL in kinds and CALL not in node and keys.NEST not in kinds:  # a tool's name is not a label
        label = _best_label(kinds[keys.LABEL]) or label
    score = coordinate(kinds[keys.SCORE][-1][1]) if keys.SCORE in kinds else None
    boxes, spots, unread, corners, named = _places(kinds, points=points)
    labels = _label_list(kinds.get(keys.LABEL, ()), len(boxes) or len(spots))
    items = _items(boxes, spots, labels or [label] * (len(boxes) + len(spots)), score)
    if corners and not labels:  # points that have a name each are not corners of one region
        items = [item._replace(corners=corners) for item in items]
    if named:
        items = [item._replace(named=True) for item in items]
    items += _as_a_whole(node, kinds, label, score)
    inner = [*(Inner(value, label) for value in unread), *_inner(kinds, label)]
    return Mapped(items, inner, any(key == "box_2d" for key, _ in kinds.get(keys.BOX, ())))


def _places(kinds: Kinds, *, points: bool) -> tuple[list[Shape], list[Shape], list[Any], int, bool]:
    """The boxes and the points under the keys of places, and mappings that have to be read on their own.

    Also how many points there are, where they are one list of three or more, and whether all say which number is x.
    """
    boxes: list[Shape] = []
    spots: list[Shape] = []
    inner: list[Any] = []
    named = False
    lists = 0
    for kind in (keys.BOX, keys.POINT, keys.POLYGON):
        if kind == keys.POLYGON and boxes:  # the outline of what the box bounds
            break
        for key, value in kinds.get(kind, ()):
            shapes = shapes_under(kind, value, lone_pair=points or kind == keys.POINT)
            if shapes is None:
                inner.append(value)
                continue
            named = named or names_x_and_y(value)
            if len(shapes) > 1 and keys.plain(key) == "segmentation":  # the parts of one thing
                shapes = [tuple([side for shape in shapes for side in shape])] if all(shapes) else [()]
            lists += bool(shapes)
            for shape in shapes:
                (spots if len(shape) == 2 else boxes).append(shape)
    corners = len(spots) if lists == 1 and len(spots) > 2 and not boxes else 0
    return boxes, spots, inner, corners, named


def _as_a_whole(node: dict[str, Any], kinds: Kinds, label: str | None, score: float | None) -> Iterator[RawShape]:
    """The box or point that a mapping is, by the names of coordinates or corners."""
    sides = named_shape(node) if keys.SIDE in kinds else None
    if sides is not None:
        yield RawShape(sides, label, score, named=True)
    cornered = cornered_shape(node) if keys.CORNER in kinds else None
    if cornered is not None:
        yield RawShape(cornered[0], label, score, named=cornered[1])
    else:
        kinds.setdefault(None, []).extend(kinds.get(keys.CORNER, ()))  # one corner alone is what any key is


def _best_label(found: list[tuple[str, Any]]) -> str | None:
    texts = [(key, name) for key, value in found if (name := _name(value)) is not None]
    return min(texts, key=lambda item: keys.label_rank(item[0]))[1] if texts else None


def _name(value: Any) -> str | None:
    """A label: a text, or the number of a class."""
    if type(value) is int and -MAX_COORDINATE <= value <= MAX_COORDINATE:
        return str(value)
    return value if type(value) is str else None


def _label_list(found: Sequence[tuple[str, Any]], count: int) -> list[str | None] | None:
    """One label for each of several boxes of one mapping, in the same order."""
    for _, value in found:
        if type(value) is list and len(value) == count > 0:
            return [_name(item) for item in value]
    return None


def _items(boxes: list[Shape], spots: list[Shape], labels: list[str | None], score: float | None) -> list[RawShape]:
    """As many points as boxes: each box has its point."""
    if len(boxes) == len(spots):
        return [RawShape(box, label, score, spot) for box, label, spot in zip(boxes, labels, spots, strict=False)]
    return [RawShape(shape, label, score) for shape, label in zip((*boxes, *spots), labels * 2, strict=False)]


def _inner(kinds: Kinds, label: str | None) -> Iterator[Inner]:
    for _, value in kinds.get(keys.NEST, ()):
        if type(value) is str:
            for found in read_values(value):
                yield Inner(found.value, label)
        else:
            yield Inner(value, label)
    for key, value in kinds.get(None, ()):
        if (type(value) is list or type(value) is dict) and not keys.is_denied(key):
            yield Inner(value, label) if key == REST else Inner(value, None, key)
