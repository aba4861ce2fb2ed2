"""Whether two trees are the same answer: expressions, quantities, collections, regions and relations."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

from vlm_rewards_math import collections_, relations
from vlm_rewards_math.divisors import without_divisors
from vlm_rewards_math.exact import exact
from vlm_rewards_math.identity import approximates, constant, identical
from vlm_rewards_math.numbers import terminates
from vlm_rewards_math.tree import Node, walk
from vlm_rewards_math.units import LABEL, Unit
from vlm_rewards_math.words import same_words

__all__ = ["Judge", "Policy", "Verdict"]

Verdict = bool | None
MAX_DEPTH = 12
_SIGNED = frozenset(("pm", "mp"))
_DEGREE = Unit(Fraction(1), (("degree", 1),))
_PERCENT = Unit(Fraction(1), (("percent", 1),))
_RADIAN = Unit(Fraction(1), (("angle", 1),))
_COLLECTIONS = frozenset(("list", "set", "seq", "matrix", "union", "meet", "minus", "such"))


class Policy(NamedTuple):
    """What counts as the same.

    Args:
        absolute: Greatest difference of two numbers.
        relative: Greatest difference of two numbers, as a part of the reference.
        places: Decimals that a number must show to stand for an exact value that it is rounded from.
        units: Whether a unit may be missing on one side, must be there on both, or is not looked at.
        ordered: Whether the order of a list matters.
    """

    absolute: float = 0.0
    relative: float = 0.0
    places: int = 3
    units: Literal["lenient", "strict", "ignore"] = "lenient"
    ordered: bool = False


class Judge:
    """Compares trees under one policy, and remembers which layer decided.

    Args:
        policy: What counts as the same.
        seed: Where random points come from: the two texts.
    """

    def __init__(self, policy: Policy, seed: str) -> None:
        self.policy = policy
        self.seed = seed
        self.layer = "structure"
        self.depth = 0

    def same(self, gold: Node, given: Node) -> Verdict:
        """Whether two answers are the same; None when that cannot be told."""
        if gold == given:
            return True
        self.depth += 1
        try:
            return self._same(gold, given) if self.depth <= MAX_DEPTH else None
        finally:
            self.depth -= 1

    def _same(self, gold: Node, given: Node) -> Verdict:
        gold, given = quantified(gold), quantified(given)
        if gold.head == "chain" or given.head == "chain":
            self.layer = "relation"
            return relations.same(self, gold, given)
        if _has_signs(gold) or _has_signs(given):
            self.layer = "set"
            return collections_.same(self, expanded(gold), expanded(given))
        if gold.head in _COLLECTIONS or given.head in _COLLECTIONS:
            self.layer = "set"
            return collections_.same(self, gold, given)
        if gold.head == "qty" or given.head == "qty":
            return self.quantities(gold, given)
        if gold.head == "text" or given.head == "text":
            self.layer = "text"
            return gold.head == given.head and same_words(gold.value, given.value)
        return self.expressions(gold, given)

    # -- quantities --------------------------------------------------------------------------------------------------

    def quantities(self, gold: Node, given: Node) -> Verdict:
        """Values with units: compared in one unit where the dimension is one."""
        (want, wanted), (have, had) = _measured(gold), _measured(given)
        self.layer = "units"
        if self.policy.units == "ignore" or wanted == had:
            return self.same(want, have)
        if wanted is None or had is None or not wanted.dimension or not had.dimension:
            if self.policy.units == "strict" and (wanted or LABEL).dimension != (had or LABEL).dimension:
                return False
            if _PERCENT in (wanted, had):
                return self.percent(want, have, hundredth=wanted == _PERCENT)
            return self.same(want, have)
        if wanted.dimension == had.dimension:
            return self.same(_scaled(want, wanted.factor), _scaled(have, had.factor))
        if {wanted, had} == {_DEGREE, _RADIAN}:
            turned = [
                Node("deg", (value,)) if unit == _DEGREE else value for value, unit in ((want, wanted), (have, had))
            ]
            return self.expressions(*turned)
        if _DEGREE in (wanted, had) and {wanted.dimension[0][0], had.dimension[0][0]} & {"celsius", "fahrenheit"}:
            return self.same(want, have)
        return False

    def percent(self, want: Node, have: Node, *, hundredth: bool) -> Verdict:
        """25% beside a bare number, which may be 25 or 0.25."""
        if self.same(want, have):
            return True
        one, other = (Node("pct", (want,)), have) if hundredth else (want, Node("pct", (have,)))
        return self.same(one, other)

    # -- expressions -------------------------------------------------------------------------------------------------

    def expressions(self, gold: Node, given: Node) -> Verdict:
        """Two expressions: exactly where both are rational, else by identity at random points."""
        want, have = exact(gold), exact(given)
        if want is not None and have is not None:
            self.layer = "exact_value"
            if want == have or self.within(float_of(want), float_of(have)):
                return True
            return self.rounded(gold, given, want, have)
        if gold.head == "const" or given.head == "const" or "base" in (gold.head, given.head):
            if {gold.head, given.head} <= {"const", "num", "dec", "neg"} or "base" in (gold.head, given.head):
                infinite = {repr(gold), repr(given)}
                if any("inf" in one or "empty" in one or "base" in one for one in infinite):
                    self.layer = "structure"
                    return alike(gold, given)
        gold, given = without_divisors(gold), without_divisors(given)
        self.layer = "identity"
        verdict = identical(gold, given, seed=self.seed)
        if verdict:
            return True
        if self.policy.absolute or self.policy.relative:
            one, other = constant(gold), constant(given)
            if one is not None and other is not None and self.within(one, other):
                return True
        if self.rounded(gold, given, want, have):
            return True
        if verdict is None:
            self.layer = "structure"
            return True if alike(gold, given) else None
        return verdict

    def within(self, want: complex, have: complex) -> bool:
        """Whether two numbers are within the tolerances."""
        policy = self.policy
        if not (policy.absolute or policy.relative):
            return False
        return abs(want - have) <= max(policy.absolute, policy.relative * abs(want))

    def rounded(self, gold: Node, given: Node, want: Fraction | None, have: Fraction | None) -> bool:
        """Whether one side is the other one rounded, which no decimal equals."""
        for shown, value, known in ((given, gold, want), (gold, given, have)):
            if (known is None or not terminates(known)) and approximates(
                shown, value, seed=self.seed, least_places=self.policy.places
            ):
                self.layer = "rounded"
                return True
        return False


def float_of(value: Fraction) -> float:
    """The value as a float; infinite where floats end."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return float("inf")


def alike(one: Node, other: Node) -> bool:
    """Whether two trees differ at most in the order of sums and products, and in how numbers are written."""
    if one == other:
        return True
    value, known = exact(one), exact(other)
    if value is not None or known is not None:
        return value == known
    if one.head != other.head or one.value != other.value or len(one.args) != len(other.args):
        return False
    if one.head not in ("+", "*", "gcd", "lcm", "max", "min"):
        return all(alike(left, right) for left, right in zip(one.args, other.args, strict=True))
    left_over = list(other.args)
    for part in one.args:
        found = next((at for at, candidate in enumerate(left_over) if alike(part, candidate)), None)
        if found is None:
            return False
        del left_over[found]
    return True


def quantified(node: Node) -> Node:
    """A tree whose unit, sign of degrees or per cent stands at its top, if it has one."""
    if node.head == "deg":
        return Node("qty", node.args, _DEGREE)
    if node.head == "pct":
        return Node("qty", node.args, _PERCENT)
    if node.head == "neg":
        inner = quantified(node.args[0])
        if inner.head == "qty":
            return Node("qty", (Node("neg", inner.args),), inner.value)
    if node.head in ("+", "*") and any(part.head in ("qty", "deg", "pct") for part in node.args):
        measured = [quantified(part) for part in node.args]
        found = {part.value for part in measured if part.head == "qty"}
        many = sum(part.head == "qty" for part in measured)
        if len(found) == 1 and (node.head == "+" or many == 1) and measured[-1].head == "qty":
            bare = tuple(part.args[0] if part.head == "qty" else part for part in measured)
            return Node("qty", (Node(node.head, bare),), found.pop())
    return node


def _measured(node: Node) -> tuple[Node, Unit | None]:
    return (node.args[0], node.value) if node.head == "qty" else (node, None)


def _scaled(value: Node, factor: Fraction) -> Node:
    return value if factor == 1 else Node("*", (Node("num", (), factor), value))


def _has_signs(node: Node) -> bool:
    return any(part.head in _SIGNED for part in walk(node))


def expanded(node: Node) -> Node:
    r"""The list of what `a \pm b` stands for: upper signs together, then lower signs together."""
    if node.head in ("list", "set"):
        parts = [expanded(part) for part in node.args]
        flat = [item for part in parts for item in (part.args if part.head == "list" else (part,))]
        return Node(node.head, tuple(flat), node.value)
    if not _has_signs(node):
        return node
    return Node("list", (_signed(node, upper=True), _signed(node, upper=False)))


def _signed(node: Node, *, upper: bool) -> Node:
    if node.head in _SIGNED:
        inner = _signed(node.args[0], upper=upper)
        return inner if (node.head == "pm") == upper else Node("neg", (inner,))
    if not node.args:
        return node
    return Node(node.head, tuple(_signed(part, upper=upper) for part in node.args), node.value)
