"""Which rule compares two trees: that of the first head here that either of them has."""

from vlm_rewards_math.equality import collections, expressions, quantities, relations
from vlm_rewards_math.equality.comparison import Comparison, Rule, Ruling
from vlm_rewards_math.parsing.nodes import Node
from vlm_rewards_math.parsing.words import same_words


def _texts(_comparison: Comparison, gold: Node, given: Node) -> Ruling:
    """Whether two answers, at least one of them words, say the same words."""
    return gold.head == given.head and same_words(gold.value, given.value), "text"


_COLLECTIONS = ("list", "set", "tuple", "matrix", "union", "intersection", "difference", "set_builder")
RULES: dict[str, Rule] = {
    "chain": relations.same,
    **dict.fromkeys(_COLLECTIONS, collections.same),
    "qty": quantities.same,
    "text": _texts,
    "value": expressions.same,
}
