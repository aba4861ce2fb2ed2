"""Are two expressions equal: exactly where both are rational, else by identity at random points."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from vlm_rewards_math.equality.divisors import without_divisors
from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.equality.identity import approximates, constant, identical
from vlm_rewards_math.parsing.nodes import Node, walk
from vlm_rewards_math.parsing.numbers import terminates

if TYPE_CHECKING:
    from vlm_rewards_math.equality.comparison import Judge

__all__ = ["alike", "same"]

_UNORDERED = frozenset(("+", "*", "gcd", "lcm", "max", "min"))
# Infinity, the empty set and numbers to a base have no value that a point could show.
_UNVALUED = frozenset(("inf", "empty"))


def same(judge: Judge, gold: Node, given: Node) -> bool | None:
    """Whether two expressions are equal; None when that cannot be told."""
    want, have = exact(gold), exact(given)
    if want is not None and have is not None:
        judge.layer = "exact_value"
        return want == have or _within(judge, want, have) or _rounded(judge, gold, given, want, have)
    if _is_unvalued(gold) or _is_unvalued(given):
        judge.layer = "structure"
        return alike(gold, given)
    if gold.head == given.head == "ratio" and len(gold.args) == len(given.args) > 2:
        return _ratios(judge, gold, given)
    if _speaks(gold) != _speaks(given):
        judge.layer = "text"
        return False
    gold, given = without_divisors(gold), without_divisors(given)
    judge.layer = "identity"
    verdict = identical(gold, given, seed=judge.seed, budget=judge.budget)
    if verdict or _near(judge, gold, given) or _rounded(judge, gold, given, want, have):
        return True
    if verdict is None and alike(gold, given):
        judge.layer = "structure"
        return True
    return verdict


def _is_unvalued(node: Node) -> bool:
    inner = node.args[0] if node.head == "neg" else node
    return inner.head == "base" or (inner.head == "const" and inner.value in _UNVALUED)


def _speaks(node: Node) -> bool:
    """Whether words stand among the numbers."""
    return any(part.head == "text" for part in walk(node))


def _ratios(judge: Judge, gold: Node, given: Node) -> bool | None:
    """Ratios of three and more: a to b as c to d, for each part beside the first."""
    first, other = gold.args[0], given.args[0]
    pairs = zip(gold.args[1:], given.args[1:], strict=True)
    crossed = [judge.same(Node("*", (want, other)), Node("*", (have, first))) for want, have in pairs]
    return False if False in crossed else None if None in crossed else True


def _within(judge: Judge, want: Fraction, have: Fraction) -> bool:
    """Whether two numbers are within the tolerances."""
    absolute, relative = judge.policy.absolute, judge.policy.relative
    return bool(absolute or relative) and abs(want - have) <= max(Fraction(absolute), Fraction(relative) * abs(want))


def _near(judge: Judge, gold: Node, given: Node) -> bool:
    """Whether two expressions without unknowns are within the tolerances."""
    absolute, relative = judge.policy.absolute, judge.policy.relative
    if not (absolute or relative):
        return False
    want, have = constant(gold), constant(given)
    return want is not None and have is not None and abs(want - have) <= max(absolute, relative * abs(want))


def _rounded(judge: Judge, gold: Node, given: Node, want: Fraction | None, have: Fraction | None) -> bool:
    """Whether one side is the other one rounded, which no decimal equals."""
    places = judge.policy.places
    for shown, value, known in ((given, gold, want), (gold, given, have)):
        if known is not None and terminates(known):
            continue
        if approximates(shown, value, seed=judge.seed, least_places=places, budget=judge.budget):
            judge.layer = "rounded"
            return True
    return False


def alike(one: Node, other: Node) -> bool:
    """Whether two trees differ at most in the order of sums and products, and in how numbers are written."""
    if one == other:
        return True
    value, known = exact(one), exact(other)
    if value is not None or known is not None:
        return value == known
    if one.head != other.head or one.value != other.value or len(one.args) != len(other.args):
        return False
    if one.head not in _UNORDERED:
        return all(alike(left, right) for left, right in zip(one.args, other.args, strict=True))
    left_over = list(other.args)
    for part in one.args:
        found = next((at for at, candidate in enumerate(left_over) if alike(part, candidate)), None)
        if found is None:
            return False
        del left_over[found]
    return True
