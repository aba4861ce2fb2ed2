"""Values with units, degrees, per cent and currencies: compared in one unit where the dimension is one."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from vlm_rewards_math.parsing.nodes import Node, integer, walk
from vlm_rewards_math.parsing.units import LABEL, Unit, phrase, product

if TYPE_CHECKING:
    from vlm_rewards_math.equality.comparison import Judge

__all__ = ["quantified", "same"]

_DEGREE = Unit(Fraction(1), (("degree", 1),))
_PERCENT = Unit(Fraction(1), (("percent", 1),))
_RADIAN = Unit(Fraction(1), (("angle", 1),))
_MARKED = frozenset(("qty", "deg", "pct", "neg"))
_TEMPERATURES = frozenset(("celsius", "fahrenheit"))


def same(judge: Judge, gold: Node, given: Node) -> bool | None:
    """Whether two values, at least one of them with a unit, are the same."""
    (want, wanted), (have, had) = _measured(gold), _measured(given)
    judge.layer = "units"
    if judge.policy.units == "ignore" or wanted == had:
        return judge.same(want, have)
    if wanted is None or had is None or not wanted.dimension or not had.dimension:
        if judge.policy.units == "strict" and (wanted or LABEL).dimension != (had or LABEL).dimension:
            return False
        if _PERCENT in (wanted, had):
            return _percent(judge, want, have, wanted, had)
        if any(
            part.head == "text" for part in (*walk(want), *walk(have))
        ):  # `right triangle square`: a value has units
            return False
        return judge.same(want, have) or (_DEGREE in (wanted, had) and _in_radians(judge, gold, given))
    if wanted.dimension == had.dimension:
        return judge.same(_scaled(want, wanted.factor), _scaled(have, had.factor))
    if {wanted, had} == {_DEGREE, _RADIAN}:
        pair = [Node("deg", (value,)) if unit == _DEGREE else value for value, unit in ((want, wanted), (have, had))]
        return judge.values(*pair)
    if _DEGREE in (wanted, had) and {wanted.dimension[0][0], had.dimension[0][0]} & _TEMPERATURES:
        return judge.same(want, have)
    return False


def _in_radians(judge: Judge, gold: Node, given: Node) -> bool | None:
    r"""Whether degrees on one side are the radians on the other: 30° and \pi/6."""
    if any(quantified(part).head == "qty" for node in (gold, given) if node.head == "qty" for part in node.args):
        return False  # degrees of degrees
    pair = [Node("deg", node.args) if node.head == "qty" else node for node in (gold, given)]
    found = judge.values(*pair)
    judge.layer = "units"
    return found


def _percent(judge: Judge, want: Node, have: Node, wanted: Unit | None, had: Unit | None) -> bool | None:
    """25% beside a bare number, which may be 25 or 0.25."""
    if judge.same(want, have):
        return True
    judge.layer = "units"
    return judge.same(
        Node("/", (want, integer(100))) if wanted == _PERCENT else want,
        Node("/", (have, integer(100))) if had == _PERCENT else have,
    )


def quantified(node: Node) -> Node:
    """A tree whose unit, sign of degrees or per cent stands at its top, if it has one."""
    if node.head == "deg":
        return Node("qty", node.args, _DEGREE)
    if node.head == "pct":
        return Node("qty", node.args, _PERCENT)
    if node.head == "neg":
        inner = quantified(node.args[0])
        return Node("qty", (Node("neg", inner.args),), inner.value) if inner.head == "qty" else node
    if node.head == "*":
        return _product(node)
    if node.head == "+":
        return _sum(node)
    return node


def _product(node: Node) -> Node:
    r"""A product of which one factor, or each, has a unit, or whose last factor is one: `60 \frac{km}{h}`."""
    last = node.args[-1]
    if last.head == "/" and all(part.head == "text" for part in last.args):
        found = phrase("/".join(part.value for part in last.args))
        return node if found is None else Node("qty", (_times(node.args[:-1]),), found)
    if last.head not in _MARKED and not any(part.head in _MARKED for part in node.args):
        return node
    parts = [quantified(part) for part in node.args]
    units = [part.value for part in parts if part.head == "qty"]
    bare = _times(tuple(part.args[0] if part.head == "qty" else part for part in parts))
    if len(units) == len(parts):
        return Node("qty", (bare,), product(units))
    return Node("qty", (bare,), units[0]) if len(units) == 1 and parts[-1].head == "qty" else node


def _sum(node: Node) -> Node:
    """A sum with one unit for all, behind the last term or behind each."""
    parts = [quantified(part) for part in node.args]
    units = {part.value for part in parts if part.head == "qty"}
    if not units or parts[-1].head != "qty":
        return node
    measured = all(part.head == "qty" for part in parts)
    if len(units) > 1:  # 2 hours 30 minutes
        if not measured or len({unit.dimension for unit in units}) > 1:
            return node
        scaled = tuple(_scaled(part.args[0], part.value.factor) for part in parts)
        return Node("qty", (Node("+", scaled),), Unit(Fraction(1), parts[0].value.dimension))
    if _PERCENT in units and not measured:
        return node
    return Node("qty", (Node("+", tuple(part.args[0] if part.head == "qty" else part for part in parts)),), units.pop())


def _times(factors: tuple[Node, ...]) -> Node:
    return factors[0] if len(factors) == 1 else Node("*", factors)


def _measured(node: Node) -> tuple[Node, Unit | None]:
    return (node.args[0], node.value) if node.head == "qty" else (node, None)


def _scaled(value: Node, factor: Fraction) -> Node:
    return value if factor == 1 else Node("*", (Node("num", (), factor), value))
