"""Whether two trees are the same answer: what a comparison knows, and how it goes from part to part."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from vlm_rewards_math.equality.identity import Budget
from vlm_rewards_math.equality.matrices import folded
from vlm_rewards_math.equality.normal_form import quantified, without_signs
from vlm_rewards_math.parsing.nodes import Node

MAX_DEPTH = 12
Ruling = tuple[bool | None, str]  # whether two trees are the same, None for unknown, and the layer that says so
Rule = Callable[["Comparison", Node, Node], Ruling]


def all_same(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether all of several verdicts are yes: no as soon as one is, else None where one is unknown.

    >>> all_same([True, None, False]), all_same([True, None]), all_same([])
    (False, None, True)
    """
    unknown = False
    for verdict in verdicts:
        if verdict is False:
            return False
        unknown |= verdict is None
    return None if unknown else True


class Policy(NamedTuple):
    """What counts as the same."""

    absolute: float = 0.0  # greatest difference of two numbers
    relative: float = 0.0  # the same as a part of the reference
    places: int = 3  # decimals that a number must show to stand for an exact value that it is rounded from
    units: Literal["lenient", "strict", "ignore"] = "lenient"  # one may be missing, must be there, or is not looked at
    ordered: bool = False  # whether the order of a list matters


class Comparison:
    """Compares trees under one policy, with one budget of work for all their parts; random points come from the seed.

    The rule is that of the first head that either tree has; the one for `value` takes the rest.
    """

    def __init__(self, policy: Policy, seed: str, rules: Mapping[str, Rule]) -> None:
        self.policy = policy
        self.seed = seed
        self.rules = rules
        self.budget = Budget()
        self.depth = 0

    def same(self, gold: Node, given: Node) -> bool | None:
        """Whether two answers are the same; None when that cannot be told."""
        return self.ruling(gold, given)[0]

    def values(self, gold: Node, given: Node) -> bool | None:
        """Whether two expressions without units have one value; None when that cannot be told."""
        return self.rules["value"](self, gold, given)[0]

    def ruling(self, gold: Node, given: Node) -> Ruling:
        """Whether two answers are the same, and the layer that decided on the whole of them."""
        if gold == given:
            return True, "structure"
        if self.depth == MAX_DEPTH:
            return None, "structure"
        gold, given = quantified(folded(gold)), quantified(folded(given))
        if gold == given:
            return True, "structure"
        gold, given = without_signs(gold, given)
        heads = (gold.head, given.head)
        rule = next((rule for head, rule in self.rules.items() if head in heads), self.rules["value"])
        self.depth += 1
        ruling = rule(self, gold, given)
        self.depth -= 1
        return ruling
