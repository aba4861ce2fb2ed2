"""Whether two trees are the same answer: expressions, quantities, collections, regions and relations."""

from __future__ import annotations

from typing import Literal, NamedTuple

from vlm_rewards_math.equality import collections, expressions, quantities, relations
from vlm_rewards_math.equality.identity import Budget
from vlm_rewards_math.equality.matrices import folded
from vlm_rewards_math.equality.normal_form import expanded, has_signs
from vlm_rewards_math.parsing.nodes import Node
from vlm_rewards_math.parsing.words import same_words

__all__ = ["Judge", "Policy", "Verdict"]

Verdict = bool | None
MAX_DEPTH = 12
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
        self.budget = Budget()
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
        gold, given = quantities.quantified(folded(gold)), quantities.quantified(folded(given))
        if gold == given:
            return True
        verdict, layer = self._by_kind(gold, given)
        # The outermost kind names the layer; what decided on a part of it is no news.
        if layer and self.layer != "interval":
            self.layer = layer
        return verdict

    def _by_kind(self, gold: Node, given: Node) -> tuple[Verdict, str]:
        """The verdict of the rules for the kind of the two, and the name of these rules."""
        if gold.head == "chain" or given.head == "chain":
            return relations.same(self, gold, given), "relation"
        if has_signs(gold) or has_signs(given):
            return collections.same(self, expanded(gold), expanded(given)), "set"
        if gold.head in _COLLECTIONS or given.head in _COLLECTIONS:
            return collections.same(self, gold, given), "set"
        if gold.head == "qty" or given.head == "qty":
            return quantities.same(self, gold, given), "units"
        if gold.head == "text" or given.head == "text":
            return gold.head == given.head and same_words(gold.value, given.value), "text"
        return self.values(gold, given), ""

    def values(self, gold: Node, given: Node) -> Verdict:
        """Whether two expressions without units have one value."""
        return expressions.same(self, gold, given)
