"""Greatest common divisors and least common multiples of expressions with unknowns or roots, factor by factor."""

from __future__ import annotations

import functools
import operator
from collections import Counter
from fractions import Fraction

from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.parsing.nodes import Node, walk

_HEADS = frozenset(("gcd", "lcm"))


def without_divisors(tree: Node) -> Node:
    """The tree with every gcd and lcm written out as a product."""
    if not any(node.head in _HEADS for node in walk(tree)):
        return tree
    tree = Node(tree.head, tuple(without_divisors(part) for part in tree.args), tree.value)
    if tree.head not in _HEADS:
        return tree
    value = exact(tree)
    return _written_out(tree) if value is None else Node("num", (), value)


def _written_out(tree: Node) -> Node:
    contents, factors = zip(*map(_factors, tree.args), strict=True)
    content = exact(Node(tree.head, tuple(Node("num", (), content) for content in contents)))
    shared = functools.reduce(operator.and_ if tree.head == "gcd" else operator.or_, factors)
    parts = (Node("num", (), content), *shared.elements())
    return Node("*", parts) if len(parts) > 1 else parts[0]


def _factors(node: Node) -> tuple[Fraction, Counter[Node]]:
    """The rational content of a product, and its other factors."""
    value = exact(node)
    if value is not None:
        return abs(value), Counter()
    if node.head == "neg":
        return _factors(node.args[0])
    if node.head == "*":
        content, factors = Fraction(1), Counter[Node]()
        for part in node.args:
            inner, more = _factors(part)
            content, factors = content * inner, factors + more
        return content, factors
    if node.head == "^" and node.args[1].head == "num" and node.args[1].value in range(1, 20):
        return Fraction(1), Counter({node.args[0]: int(node.args[1].value)})
    return Fraction(1), Counter({node: 1})
