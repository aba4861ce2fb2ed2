"""Boxes, points and polygons in the values of parsed JSON: how many numbers, and how they are nested."""

from typing import Any, TypeAlias

from vlm_rewards_grounding.formats import keys
from vlm_rewards_grounding.formats.lenient_json import MAX_DEPTH
from vlm_rewards_grounding.formats.numbers import MAX_COORDINATE, coordinate, numbers

#: Two numbers, four, or the corners of a polygon; none when what stands there is broken.
Shape: TypeAlias = tuple[float, ...]


_XY = {"x", "y"}
_NESTED = frozenset({list, dict})


def has_only_scalars(node: list[Any]) -> bool:
    """Whether a list holds no list and no mapping."""
    return _NESTED.isdisjoint(map(type, node))


def are_pairs(node: list[Any]) -> bool:
    """Whether all items of a list are lists of two."""
    return all(type(item) is list and len(item) == 2 and has_only_scalars(item) for item in node)


def sides_of(values: list[Any]) -> Shape:
    """The numbers of a list of numbers; none when one of them is not a number.

    >>> sides_of([1, "2", 3.5]), sides_of([1, None])
    ((1.0, 2.0, 3.5), ())
    """
    sides: list[float] = []
    for value in values:
        kind = type(value)
        is_side = (kind is int or kind is float) and -MAX_COORDINATE <= value <= MAX_COORDINATE
        side = float(value) if is_side else coordinate(value)
        if side is None:
            return ()
        sides.append(side)
    return tuple(sides)


def named_shape(node: dict[str, Any]) -> Shape | None:
    """Box or point of a mapping with one name per coordinate; None when it has no such names.

    >>> named_shape({"x": 10, "y": 20, "width": 5, "height": 6}), named_shape({"xMin": 1, "y_min": 2})
    ((10.0, 20.0, 15.0, 26.0), None)
    """
    plain = {keys.plain(key): value for key, value in node.items()}
    for names in keys.CORNERS:
        if all(name in plain for name in names):
            return sides_of([plain[name] for name in names])
    for names in keys.SIZES:
        if all(name in plain for name in names):
            sides = sides_of([plain[name] for name in names])
            return (sides[0], sides[1], sides[0] + sides[2], sides[1] + sides[3]) if sides else ()
    return sides_of([plain["x"], plain["y"]]) if "x" in plain and "y" in plain else None


def cornered_shape(node: dict[str, Any]) -> tuple[Shape, bool] | None:
    """Box of a mapping with a name for its first and its last corner, and whether these name x and y too.

    >>> cornered_shape({"top_left": [1, 2], "bottom_right": [3, 4]})
    ((1.0, 2.0, 3.0, 4.0), False)
    >>> cornered_shape({"topLeft": {"x": 1, "y": 2}, "bottomRight": {"x": 3, "y": 4}})
    ((1.0, 2.0, 3.0, 4.0), True)
    """
    plain = {keys.plain(key): value for key, value in node.items()}
    for names in keys.TWO_CORNERS:
        if all(name in plain for name in names):
            corners = [plain[name] for name in names]
            named = names_x_and_y(corners)
            pairs = _pairs(corners) if named else corners
            return (sides_of([side for pair in pairs for side in pair]) if are_pairs(pairs) else ()), named
    return None


def names_x_and_y(value: Any) -> bool:
    """Whether a value is a list of mappings of an x and a y each."""
    return type(value) is list and bool(value) and all(type(item) is dict and item.keys() == _XY for item in value)


def _pairs(node: list[Any]) -> list[Any]:
    """A list with pairs for its mappings of x and y."""
    return [[item["x"], item["y"]] if type(item) is dict and item.keys() == _XY else item for item in node]


def shapes_under(kind: str, value: Any, *, lone_pair: bool, depth: int = 0) -> list[Shape] | None:
    """What a value under the key of a box, point or polygon holds; None: mappings, to be read on their own.

    With `lone_pair`, one pair of numbers is a point, also under the key of a box.

    >>> shapes_under("box", [[1, 2], [3, 4]], lone_pair=False), shapes_under("point", [[1, 2], [3, 4]], lone_pair=True)
    ([(1.0, 2.0, 3.0, 4.0)], [(1.0, 2.0), (3.0, 4.0)])
    """
    if type(value) is list:
        if has_only_scalars(value):
            if len(value) == 1 and type(value[0]) is str:
                return shapes_under(kind, value[0], lone_pair=lone_pair)
            return [_shape(kind, sides_of(value), lone_pair=lone_pair)] if value else []
        if any(type(item) is dict for item in value):
            value = _pairs(value)
        if depth > MAX_DEPTH or any(type(item) is dict for item in value):
            return None
        if kind != keys.POINT and are_pairs(value):
            return [_shape(kind, sides_of([side for corner in value for side in corner]), lone_pair=False)]
        nested = [shapes_under(kind, item, lone_pair=lone_pair, depth=depth + 1) for item in value]
        return [shape for shapes in nested for shape in shapes or []]
    if type(value) is str:
        sides = numbers(_without_tags(value))
        return [_shape(kind, () if sides is None else tuple(sides), lone_pair=lone_pair)]
    return None if type(value) is dict else [] if value is None else [()]


def _shape(kind: str, sides: Shape, *, lone_pair: bool) -> Shape:
    """The numbers when there are as many as a box, a point or a polygon has; else none."""
    if len(sides) == 4:
        # A click may be written as a box of one point.
        return sides[:2] if lone_pair and sides[:2] == sides[2:] else sides
    if kind == keys.POLYGON or (kind == keys.POINT and len(sides) > 4):
        return sides if len(sides) >= 6 and len(sides) % 2 == 0 else ()
    return sides if len(sides) == 2 and lone_pair else ()


def _without_tags(text: str) -> str:
    parts = text.split("<")
    return parts[0] + " ".join(part.partition(">")[2] for part in parts[1:])
