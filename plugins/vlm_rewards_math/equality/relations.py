"""Are two relations the same: named values, equations up to a factor, inequalities and regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards_math.equality import collections
from vlm_rewards_math.equality.identity import constant, proportional
from vlm_rewards_math.equality.intervals import region
from vlm_rewards_math.parsing.nodes import Node, symbols

if TYPE_CHECKING:
    from vlm_rewards_math.equality.comparison import Judge

__all__ = ["is_name", "same"]

_EQUAL = frozenset(("=", "~", "in", "equiv"))
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_CONSTANTS = frozenset(("e", "i"))


def same(judge: Judge, gold: Node, given: Node) -> bool | None:
    """Whether two nodes, at least one of them a relation, are the same."""
    if gold.head == given.head == "chain":
        return _both(judge, gold, given)
    chain, value = (gold, given) if gold.head == "chain" else (given, gold)
    if not set(chain.value) <= _EQUAL:
        want, have = region(gold), region(given)
        if want is not None and have is not None:
            return collections.same_regions(judge, want, have)
        return False
    if value.head == "seq" and chain.args[0].head == "seq" and len(chain.args) == 2 and chain.value == ("=",):
        stated: Node | None = chain.args[1]
    else:
        stated = _value(judge, chain)
    if stated is None:
        # `G + J = 6` answers a question for 6, but `x/2 = 6` says that x is 12; and `a + 3z = 0` is no mere 0.
        if chain is gold or len(chain.args) != 2 or len(symbols(chain.args[0]) - _CONSTANTS) < 2:
            return False
        return _is_constant(gold) and _is_constant(chain.args[1]) and judge.same(gold, chain.args[1])
    return judge.same(stated, value) if chain is gold else judge.same(value, stated)


def is_name(node: Node) -> bool:
    """Whether a node only names what is asked for: `x`, `f(x)`, `|AB|`, `x_1`, an angle, a ratio of names."""
    if node.head in ("sym", "text", "named"):
        return True
    if node.head in ("*", "sub", "seq"):
        return bool(node.args) and is_name(node.args[0])
    if node.head in ("abs", "/", "ratio", "prime", "det", "max", "min", "Re", "Im", "list"):
        return all(is_name(part) for part in node.args)
    return False


def _is_constant(node: Node) -> bool:
    return not symbols(node) - _CONSTANTS and node.head != "text"


def _value(judge: Judge, chain: Node) -> Node | None:
    """What a chain of equalities states: behind its name, or, where all sides are equal, its last side."""
    sides = chain.args
    if is_name(sides[0]) and not (len(sides) == 2 and is_name(sides[1]) and sides[0] == sides[1]):
        if _agree(judge, sides[1:], chain.value[1:]):
            return sides[-1]
        return None
    if len(sides) == 2 and is_name(sides[1]) and sides[1].head == "sym" and chain.value[0] != "in":
        return sides[0]
    return sides[-1] if _agree(judge, sides, chain.value) else None


def _agree(judge: Judge, sides: tuple[Node, ...], signs: tuple[str, ...]) -> bool:
    """Whether neighbours in a chain are equal, so that it states one value."""
    for left, right, sign in zip(sides[:-1], sides[1:], signs, strict=True):
        if judge.same(left, right):
            continue
        if sign != "~" or not _roughly(left, right):
            return False
    return True


def _roughly(exact_: Node, shown: Node) -> bool:
    """Whether a number is a rounded form of what no such number equals."""
    value, about = constant(exact_), constant(shown)
    if value is None or about is None or shown.head not in ("num", "dec", "neg") or exact_.head == "num":
        return False
    last = shown.args[0] if shown.head == "neg" else shown
    places = last.value[1] if last.head == "dec" else 0
    return abs(value - about) <= 0.5 * 10.0**-places


def _both(judge: Judge, gold: Node, given: Node) -> bool | None:
    if set(gold.value) <= _EQUAL and set(given.value) <= _EQUAL:
        return _equations(judge, gold, given)
    want, have = region(gold), region(given)
    if want is not None and have is not None:
        if _unknown(gold) != _unknown(given) and _unknown(gold) and _unknown(given):
            return False
        return collections.same_regions(judge, want, have)
    return _inequalities(judge, gold, given)


def _unknown(chain: Node) -> set[str]:
    return {side.value for side in chain.args if side.head == "sym"}


def _equations(judge: Judge, gold: Node, given: Node) -> bool | None:
    want, have = _ends(judge, gold), _ends(judge, given)
    if want is None or have is None:
        return False
    (left, right), (other_left, other_right) = want, have
    for one, other in (((left, right), (other_left, other_right)), ((left, right), (other_right, other_left))):
        if one[0] == other[0] and judge.same(one[1], other[1]):
            return True
    if is_name(left) and is_name(other_left):
        compound = left.head != "sym" or other_left.head != "sym"
        named = symbols(left) | symbols(other_left)
        if named and (compound or symbols(right) - _CONSTANTS) and judge.same(right, other_right):
            return True
    if (
        proportional(
            _difference(left, right), _difference(other_left, other_right), seed=judge.seed, budget=judge.budget
        )
        is not None
    ):
        return True
    return judge.same(left, other_left) and judge.same(right, other_right)


def _ends(judge: Judge, chain: Node) -> tuple[Node, Node] | None:
    """The first and the last side; None where the sides between contradict each other."""
    if len(chain.args) > 2 and not _agree(judge, chain.args[1:], chain.value[1:]):
        return None
    return chain.args[0], chain.args[-1]


def _inequalities(judge: Judge, gold: Node, given: Node) -> bool | None:
    if len(gold.args) != len(given.args):
        return False
    if gold.value != given.value:
        given = _reversed(given)
    if gold.value != given.value:
        return False
    verdicts = [judge.same(left, right) for left, right in zip(gold.args, given.args, strict=True)]
    if all(verdicts):
        return True
    if len(gold.args) == 2:
        return _one_inequality(judge, gold, given)
    return False if False in verdicts else None


def _one_inequality(judge: Judge, gold: Node, given: Node) -> bool:
    factor = proportional(_difference(*gold.args), _difference(*given.args), seed=judge.seed, budget=judge.budget)
    return factor is not None and (factor > 0 or gold.value == ("!=",))


def _difference(left: Node, right: Node) -> Node:
    return Node("+", (left, Node("neg", (right,))))


def _reversed(chain: Node) -> Node:
    signs = tuple(_FLIPPED.get(sign, sign) for sign in reversed(chain.value))
    return Node("chain", tuple(reversed(chain.args)), signs)
