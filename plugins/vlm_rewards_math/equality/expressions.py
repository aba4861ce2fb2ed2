"""Are two expressions equal: exactly where both are rational, else by identity at random points."""

import functools
import operator
from collections import Counter
from fractions import Fraction
from typing import Any

from vlm_rewards_math.equality.comparison import Comparison, Policy, Ruling, all_same
from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.equality.identity import approximates, constant, identical
from vlm_rewards_math.parsing.nodes import Node, walk
from vlm_rewards_math.parsing.numbers import terminates, written_decimal

_DIVISORS = frozenset(("gcd", "lcm"))
_UNORDERED = frozenset(("+", "*", "gcd", "lcm", "max", "min"))
# Infinity, the empty set and numbers to a base have no value that a point could show.
_UNVALUED = frozenset(("inf", "empty"))


def same(comparison: Comparison, gold: Node, given: Node) -> Ruling:
    """Whether two expressions are equal; None when that cannot be told."""
    want, have = exact(gold), exact(given)
    if want is not None and have is not None:
        if want == have or _within(comparison.policy, want, have):
            return True, "exact_value"
        return (True, "rounded") if _rounded(comparison, gold, given, want, have) else (False, "exact_value")
    if _is_unvalued(gold) or _is_unvalued(given):
        return _canonical(gold) == _canonical(given), "structure"
    if gold.head == given.head == "ratio" and len(gold.args) == len(given.args) > 2:
        return _ratios(comparison, gold, given)
    if _contains_text(gold) != _contains_text(given):
        return False, "text"
    gold, given = without_divisors(gold), without_divisors(given)
    verdict = identical(gold, given, seed=comparison.seed, budget=comparison.budget)
    if verdict or (_is_tolerant(comparison.policy) and _within(comparison.policy, constant(gold), constant(given))):
        return True, "identity"
    if _rounded(comparison, gold, given, want, have):
        return True, "rounded"
    if verdict is None and _canonical(gold) == _canonical(given):
        return True, "structure"
    return verdict, "identity"


def _is_unvalued(node: Node) -> bool:
    inner = node.args[0] if node.head == "neg" else node
    return inner.head == "base" or (inner.head == "const" and inner.value in _UNVALUED)


def _contains_text(node: Node) -> bool:
    """Whether words stand among the numbers."""
    return any(part.head == "text" for part in walk(node))


def _ratios(comparison: Comparison, gold: Node, given: Node) -> Ruling:
    """Ratios of three and more: a to b as c to d, for each part beside the first."""
    first, other = gold.args[0], given.args[0]
    pairs = zip(gold.args[1:], given.args[1:], strict=True)
    crossed = [comparison.ruling(Node("*", (want, other)), Node("*", (have, first))) for want, have in pairs]
    return all_same(verdict for verdict, _ in crossed), crossed[-1][1]


def _is_tolerant(policy: Policy) -> bool:
    return bool(policy.absolute or policy.relative)


def _within(policy: Policy, want: Any, have: Any) -> bool:
    """Whether two numbers of one kind, where they are known, are within the tolerances."""
    if not _is_tolerant(policy) or want is None or have is None:
        return False
    return bool(abs(want - have) <= max(Fraction(policy.absolute), Fraction(policy.relative) * abs(want)))


def _rounded(comparison: Comparison, gold: Node, given: Node, want: Fraction | None, have: Fraction | None) -> bool:
    """Whether one side, a written number or the reference, is the other one rounded, which no decimal equals."""
    places = comparison.policy.places
    for shown, value, known in ((given, gold, want), (gold, given, have)):
        if (known is not None and terminates(known)) or (shown is given and written_decimal(given) is None):
            continue
        if approximates(shown, value, seed=comparison.seed, least_places=places, budget=comparison.budget):
            return True
    return False


def _canonical(node: Node) -> Node:
    """A tree with its exact values computed, and the parts of its sums and products in one order."""
    value = exact(node)
    if value is not None:
        return Node("num", (), value)
    args = map(_canonical, node.args)
    return Node(node.head, tuple(sorted(args, key=repr) if node.head in _UNORDERED else args), node.value)


def without_divisors(tree: Node) -> Node:
    """The tree with every gcd and lcm written out as a product."""
    if not any(node.head in _DIVISORS for node in walk(tree)):
        return tree
    tree = Node(tree.head, tuple(without_divisors(part) for part in tree.args), tree.value)
    if tree.head not in _DIVISORS:
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
