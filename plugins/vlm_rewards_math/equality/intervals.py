"""Parts of the number line: intervals, unions, inequalities and what is left when points are taken out."""

from typing import NamedTuple

from vlm_rewards_math.equality.comparison import Comparison, Ruling, all_same
from vlm_rewards_math.equality.identity import real_constant
from vlm_rewards_math.parsing.nodes import Node, symbols

MAX_PARTS = 40
_NEVER = float("inf")


class Bound(NamedTuple):
    """An end of an interval: its place (for ordering), whether it belongs to it, and the expression it was."""

    place: float
    closed: bool
    node: Node


Interval = tuple[Bound, Bound]
Region = tuple[Interval, ...]
_INFINITE = Node("const", (), "inf")
_LEAST = Bound(-_NEVER, False, Node("const", (), "-inf"))  # noqa: FBT003 - a field of a tuple
_MOST = Bound(_NEVER, False, _INFINITE)  # noqa: FBT003 - a field of a tuple
LINE: Region = ((_LEAST, _MOST),)
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


def region(node: Node) -> Region | None:
    r"""The part of the number line that an expression describes; None when it describes none.

    >>> from vlm_rewards_math.parsing.parser import parse
    >>> [(low.place, high.place) for low, high in region(parse("x < 2 or x > 3"))]
    [(-inf, 2.0), (3.0, inf)]
    """
    found = _region(node)
    return None if found is None or len(found) > MAX_PARTS else _merged(found)


def same_regions(comparison: Comparison, gold: Node, given: Node) -> Ruling | None:
    """Whether two regions of the number line have the same parts with the same ends; None where one is not a region."""
    want, have = region(gold), region(given)
    if want is None or have is None:
        return None
    ends = [pair for one, other in zip(want, have, strict=False) for pair in zip(one, other, strict=True)]
    return len(want) == len(have) and all_same(_same_bound(comparison, *pair) for pair in ends), "interval"


def _same_bound(comparison: Comparison, one: Bound, other: Bound) -> bool | None:
    if one.closed != other.closed or _NEVER in (abs(one.place), abs(other.place)):
        return one[:2] == other[:2]
    return comparison.same(one.node, other.node)


def _place(node: Node) -> float | None:
    if node.head in ("neg", "+") and node.args == (_INFINITE,):
        return _NEVER if node.head == "+" else -_NEVER
    if node == _INFINITE:
        return _NEVER
    return real_constant(node)


def _bound(node: Node, *, closed: bool) -> Bound | None:
    place = _place(node)
    return None if place is None else Bound(place, closed, node)


def _region(node: Node) -> Region | None:
    if node.head == "tuple" and len(node.args) == 2:
        low, high = (_bound(end, closed=sign in "[]") for end, sign in zip(node.args, node.value, strict=True))
        return None if low is None or high is None or low.place > high.place else ((low, high),)
    if node.head == "sym":
        return LINE if node.value == "R" else None
    if node == Node("const", (), "empty"):
        return ()
    if node.head == "set":
        return _points(node.args)
    if node.head in ("union", "intersection", "difference"):
        left, right = map(_region, node.args)
        if left is None or right is None:
            return None
        if node.head == "union":
            return left + right
        return _intersection(left, right if node.head == "intersection" else _complement(right))
    if node.head == "set_builder" and len(node.args) == 2:
        return _region(node.args[1])
    if node.head == "list":
        return _listed(node)
    return _solutions(node) if node.head == "chain" else None


def _points(nodes: tuple[Node, ...]) -> Region | None:
    if len(nodes) == 1 and nodes[0].head == "chain":
        return _solutions(nodes[0])
    points = [bound for bound in (_bound(node, closed=True) for node in nodes) if bound is not None]
    return tuple((point, point) for point in points) if len(points) == len(nodes) else None


def _listed(node: Node) -> Region | None:
    """Conditions side by side: with `and` what fulfils all, with `or` what fulfils any."""
    parts = [_region(part) for part in node.args]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts) or not all(part.head in ("chain", "tuple") for part in node.args):
        return None
    if all(part.head == "tuple" for part in node.args) and node.value != "or":
        return None
    together = known[0]
    for part in known[1:]:
        together = _intersection(together, part)
    if node.value == "or" or (node.value != "and" and not together):
        return tuple(piece for part in known for piece in part)
    return together


def _solutions(node: Node) -> Region | None:
    """What fulfils a chain of inequalities with one unknown, which stands alone between or beside constants."""
    sides, signs = node.args, node.value
    for side, other, sign in ((*sides, signs[0]), (*sides[::-1], FLIPPED.get(signs[0], ""))) if len(sides) == 2 else ():
        if side.head == "abs" and symbols(side):
            return _within_distance(side.args[0], sign, other)
    if signs == ("in",) and sides[0].head == "sym":
        return _region(sides[1])
    lone = [at for at, side in enumerate(sides) if side.head == "sym" and side.value not in ("e", "i")]
    if len(lone) != 1 or not set(signs) <= set(FLIPPED) or (signs == ("=",)):
        return None
    if any(symbols(side) - {"e"} for at, side in enumerate(sides) if at != lone[0]):
        return None
    result: Region = LINE
    for at, side in enumerate(sides):
        if at == lone[0]:
            continue
        between = signs[at : lone[0]] if at < lone[0] else signs[lone[0] : at]
        if len({sign.strip("=") for sign in between}) != 1:
            return None
        sign = min(between, key=len)  # one that is strict makes all of them strict
        part = _half_line(sign if at > lone[0] else FLIPPED[sign], side)
        if part is None:
            return None
        result = _intersection(result, part)
    return result


def _within_distance(inner: Node, sign: str, limit: Node) -> Region | None:
    """What fulfils `|x| < c` or `|x - a| >= c`."""
    unknown, *shifts = inner.args if inner.head == "+" else (inner,)
    place = real_constant(limit)
    if sign not in ("<", "<=", ">", ">=") or place is None or place < 0:
        return None
    low, high = (
        Node("+", (end, *(Node("neg", (shift,)) for shift in shifts))) for end in (Node("neg", (limit,)), limit)
    )
    inside = "<=" if sign in ("<=", ">") else "<"
    found = _solutions(Node("chain", (low, unknown, high), (inside, inside)))
    return found if found is None or sign[0] == "<" else _complement(found)


def _half_line(sign: str, side: Node) -> Region | None:
    bound = _bound(side, closed="=" in sign and sign != "!=")
    if bound is None:
        return None
    if abs(bound.place) == _NEVER:
        bound = bound._replace(closed=False)
    if sign == "!=":
        return ((_LEAST, bound), (bound, _MOST))
    if sign == "=":
        return ((bound, bound),)
    return ((_LEAST, bound),) if sign[0] == "<" else ((bound, _MOST),)


def _complement(left_out: Region) -> Region:
    """All of the line that a region leaves out."""
    result: Region = LINE
    for low, high in left_out:
        around = ((_LEAST, low._replace(closed=not low.closed)), (high._replace(closed=not high.closed), _MOST))
        result = _intersection(result, around)
    return result


def _intersection(left: Region, right: Region) -> Region:
    found = []
    for one_low, one_high in left[:MAX_PARTS]:
        for other_low, other_high in right[:MAX_PARTS]:
            low = max(one_low, other_low, key=lambda bound: (bound.place, not bound.closed))
            high = min(one_high, other_high, key=lambda bound: (bound.place, bound.closed))
            if low.place < high.place or (low.place == high.place and low.closed and high.closed):
                found.append((low, high))
    return tuple(found)


def _merged(parts: Region) -> Region:
    """In order, with what touches made one."""
    result: list[Interval] = []
    for low, high in sorted(parts, key=lambda part: (part[0].place, not part[0].closed, part[1].place)):
        if result:
            before = result[-1][1]
            if low.place < before.place or (low.place == before.place and (low.closed or before.closed)):
                if (high.place, high.closed) > (before.place, before.closed):
                    result[-1] = (result[-1][0], high)
                continue
        result.append((low, high))
    return tuple(result)
