r"""What a tree is before any rule: its unit at its top, and the list of both values of `a \pm b`."""

import itertools
from fractions import Fraction

from vlm_rewards_math.parsing.nodes import Node, walk
from vlm_rewards_math.parsing.units import Unit, phrase, product

DEGREE = Unit(Fraction(1), (("degree", 1),))
PERCENT = Unit(Fraction(1), (("percent", 1),))
_MARKED = frozenset(("qty", "deg", "pct", "neg"))
_SIGNED = frozenset(("pm", "mp"))


def without_signs(gold: Node, given: Node) -> tuple[Node, Node]:
    r"""Two trees, unless one is a relation, with the list of both values for `a \pm b`."""
    return (gold, given) if "chain" in (gold.head, given.head) else (_expanded(gold), _expanded(given))


def quantified(node: Node) -> Node:
    """A tree whose unit, sign of degrees or per cent stands at its top, if it has one."""
    if node.head in ("deg", "pct"):
        return Node("qty", node.args, DEGREE if node.head == "deg" else PERCENT)
    if node.head == "neg":
        inner = quantified(node.args[0])
        return Node("qty", (Node("neg", inner.args),), inner.value) if inner.head == "qty" else node
    if node.head == "*":
        return _product(node)
    if node.head == "+":
        return _sum(node)
    if node.head == "list" and node.value == "and":
        return _compound(node)
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
    value = (_times(tuple(map(bare, parts))),)
    if len(units) == len(parts):
        return Node("qty", value, product(units))
    return Node("qty", value, units[0]) if len(units) == 1 and parts[-1].head == "qty" else node


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
        terms = tuple(scaled(part.args[0], part.value.factor) for part in parts)
        return Node("qty", (Node("+", terms),), Unit(Fraction(1), parts[0].value.dimension))
    if PERCENT in units and not measured:
        return node
    return Node("qty", (Node("+", tuple(map(bare, parts))),), units.pop())


def _compound(node: Node) -> Node:
    """`1 hour and 30 minutes`: amounts of smaller and smaller units, each less than one of the unit before it."""
    if not all(part.head == "qty" and part.args[0].head == "num" for part in node.args):
        return node
    for larger, smaller in itertools.pairwise(node.args):
        (whole, unit), (count, part) = (larger.args[0].value, larger.value), (smaller.args[0].value, smaller.value)
        if unit.dimension != part.dimension or whole < 0 or not 0 <= count * part.factor < unit.factor:
            return node
    return _sum(node)


def _times(factors: tuple[Node, ...]) -> Node:
    return factors[0] if len(factors) == 1 else Node("*", factors)


def bare(node: Node) -> Node:
    """A value without its unit."""
    return node.args[0] if node.head == "qty" else node


def scaled(value: Node, factor: Fraction) -> Node:
    """A value times a factor."""
    return value if factor == 1 else Node("*", (Node("num", (), factor), value))


def _expanded(node: Node) -> Node:
    r"""The list of what `a \pm b` stands for: upper signs together, then lower signs together."""
    if not any(part.head in _SIGNED for part in walk(node)):
        return node
    if node.head in ("list", "set"):
        parts = [_expanded(part) for part in node.args]
        flat = [item for part in parts for item in (part.args if part.head == "list" else (part,))]
        return Node(node.head, tuple(flat), node.value)
    return Node("list", (_signed(node, upper=True), _signed(node, upper=False)))


def _signed(node: Node, *, upper: bool) -> Node:
    if node.head in _SIGNED:
        inner = _signed(node.args[0], upper=upper)
        return inner if (node.head == "pm") == upper else Node("neg", (inner,))
    if not node.args:
        return node
    return Node(node.head, tuple(_signed(part, upper=upper) for part in node.args), node.value)
