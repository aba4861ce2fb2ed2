"""Are two relations the same: named values, equations up to a factor, inequalities and regions."""

import itertools

from vlm_rewards_math.equality.comparison import Comparison, Ruling, all_same
from vlm_rewards_math.equality.identity import constant, proportional
from vlm_rewards_math.equality.intervals import FLIPPED, same_regions
from vlm_rewards_math.equality.normal_form import bare, quantified
from vlm_rewards_math.parsing.nodes import Node, symbols
from vlm_rewards_math.parsing.numbers import written_decimal

_EQUAL = frozenset(("=", "~", "in", "equiv"))
_CONSTANTS = frozenset(("e", "i"))
_AXES = frozenset("xyz")
_HEIGHT = Node("sym", (), "h")  # or a function, which only the brackets of one unknown behind it tell


def same(comparison: Comparison, gold: Node, given: Node) -> Ruling:
    """Whether two nodes, at least one of them a relation, are the same."""
    want, have = without_rounding(gold), without_rounding(given)
    if want is None or have is None:
        return False, "relation"
    if (want, have) != (gold, given):
        return comparison.ruling(want, have)
    if gold.head == given.head == "chain":
        return _both(comparison, gold, given)
    chain, value = (gold, given) if gold.head == "chain" else (given, gold)
    if not set(chain.value) <= _EQUAL:
        return same_regions(comparison, _named_by_one(gold), _named_by_one(given)) or (False, "relation")
    named = chain.args[0].head == "tuple" and all(symbols(part) - _CONSTANTS for part in chain.args[0].args)
    if value.head == "tuple" and named and len(chain.args) == 2 and chain.value == ("=",):
        stated: Node | None = chain.args[1]
    else:
        stated = _value(comparison, chain)
    if stated is None:
        # `G + J = 6` answers a question for 6, but `x/2 = 6` says that x is 12; and `a + 3z = 0` is not a mere 0.
        if chain is gold or len(chain.args) != 2 or len(symbols(chain.args[0]) - _CONSTANTS) < 2:
            return False, "relation"
        return _is_constant(gold) and _is_constant(chain.args[1]) and comparison.same(gold, chain.args[1]), "relation"
    verdict, layer = comparison.ruling(*((stated, value) if chain is gold else (value, stated)))
    return verdict, "interval" if layer == "interval" else "relation"


def _named_by_one(node: Node) -> Node:
    """Inequalities whose middle is `f(x)` as those of one unknown: the interval of its values."""
    sides = (Node("sym", (), "f") if _is_function(side) else side for side in node.args)
    return node._replace(args=tuple(sides)) if node.head == "chain" else node


def _is_function(node: Node) -> bool:
    is_height = node.head == "*" and node.args[0] == _HEIGHT
    arguments = node.args if node.head == "call" else node.args[1:] if is_height else ()
    return len(arguments) == 1 and arguments[0].head == "sym"


def _is_name(node: Node) -> bool:
    """Whether a node only names what is asked for: `x`, `f(x)`, `|AB|`, `x_1`, an angle, a ratio of names."""
    if node.head in ("sym", "text", "named", "call"):
        return True
    if node.head in ("*", "sub", "tuple"):
        return bool(node.args) and _is_name(node.args[0])
    if node.head in ("abs", "/", "ratio", "prime", "det", "max", "min", "Re", "Im", "list"):
        return all(_is_name(part) for part in node.args)
    return False


def _is_constant(node: Node) -> bool:
    return not symbols(node) - _CONSTANTS and node.head != "text"


def _value(comparison: Comparison, chain: Node) -> Node | None:
    """What a chain of equalities states: behind its name, or, where all sides are equal, its last side."""
    sides = chain.args
    if len(sides) > 2 and _is_name(sides[0]) and _is_constant(sides[-1]):  # `AB = AC = 12`, `S = a + b = 7`
        sides = (sides[0], *filter(_is_constant, sides[1:]))
    if len(sides) == 2 and all(side.head == "sym" and side.value in _AXES for side in sides):
        return None  # `y = x` is a line
    if _is_name(sides[0]) and sides != (sides[0],) * 2:
        return sides[-1] if _agree(comparison, sides[1:]) else None
    if len(sides) == 2 and _is_name(sides[1]) and sides[1].head == "sym" and chain.value[0] != "in":
        return sides[0]
    return sides[-1] if _agree(comparison, sides) else None


def _agree(comparison: Comparison, sides: tuple[Node, ...]) -> bool:
    """Whether neighbours in a chain are equal, so that it states one value."""
    return all(comparison.same(left, right) for left, right in itertools.pairwise(sides))


def without_rounding(node: Node) -> Node | None:
    r"""A relation without the decimals that only round the exact side before them: `\sqrt{2} \approx 1.41`.

    What is left may be the one exact side; None where a side is rounded wrongly.

    >>> from vlm_rewards_math.parsing.parser import parse
    >>> without_rounding(parse("\\sqrt{2} \\approx 1.41")) == parse("\\sqrt{2}")
    True
    >>> without_rounding(parse("\\sqrt{2} \\approx 1.42")), without_rounding(parse("x \\approx 2")).value
    (None, ('~',))
    """
    if node.head != "chain" or "~" not in node.value:
        return node
    sides, signs = [node.args[0]], []
    for sign, side in zip(node.value, node.args[1:], strict=True):
        exact, shown = quantified(sides[-1]), quantified(side)
        value = constant(bare(exact)) if sign == "~" else None
        if value is None:
            sides.append(side)
            signs.append(sign)
            continue
        rounded = written_decimal(bare(shown))
        if rounded is None or abs(value - float(rounded.value)) > float(rounded.half_unit) * (1 + 1e-9):
            return None
        if shown.head == "qty" and exact.head != "qty":
            sides[-1] = Node("qty", (exact,), shown.value)
        elif exact.head == "qty" and shown.head == "qty" and exact.value != shown.value:
            return None
    return Node("chain", tuple(sides), tuple(signs)) if signs else sides[0]


def _both(comparison: Comparison, gold: Node, given: Node) -> Ruling:
    if set(gold.value) <= _EQUAL and set(given.value) <= _EQUAL:
        return _equations(comparison, gold, given), "relation"
    ruling = same_regions(comparison, gold, given)
    if ruling is None:
        return _inequalities(comparison, gold, given), "relation"
    one, other = ({side.value for side in chain.args if side.head == "sym"} for chain in (gold, given))
    return (False, "relation") if one != other and one and other else ruling


def _equations(comparison: Comparison, gold: Node, given: Node) -> bool | None:
    want, have = _ends(comparison, gold), _ends(comparison, given)
    if want is None or have is None:
        return False
    (left, right), (other_left, other_right) = want, have
    if any(left == one and comparison.same(right, other) for one, other in (have, have[::-1])):
        return True
    if _is_name(left) and _is_name(other_left):
        compound = left.head != "sym" or other_left.head != "sym"
        named = symbols(left) | symbols(other_left)
        if other_left.head == "sym" and other_left.value in symbols(other_right):
            return False  # `x = x` names nothing
        if named and (compound or symbols(right) - _CONSTANTS) and comparison.same(right, other_right):
            return True
    if _factor(comparison, (left, right), (other_left, other_right)) is not None:
        return True
    return comparison.same(left, other_left) and comparison.same(right, other_right)


def _ends(comparison: Comparison, chain: Node) -> tuple[Node, Node] | None:
    """The first and the last side; None where the sides between contradict each other."""
    if len(chain.args) > 2 and not _agree(comparison, chain.args[1:]):
        return None
    return chain.args[0], chain.args[-1]


def _inequalities(comparison: Comparison, gold: Node, given: Node) -> bool | None:
    if gold.value != given.value:
        given = Node("chain", given.args[::-1], tuple(FLIPPED.get(sign, sign) for sign in reversed(given.value)))
    if gold.value != given.value:
        return False
    verdict = all_same(map(comparison.same, gold.args, given.args))
    if verdict or len(gold.args) != 2:
        return verdict
    factor = _factor(comparison, gold.args, given.args)
    return factor is not None and (factor > 0 or gold.value == ("!=",))


def _factor(comparison: Comparison, gold: tuple[Node, ...], given: tuple[Node, ...]) -> float | None:
    """The constant by which the difference of two sides is a multiple of that of two others; None without one."""
    want, have = (Node("+", (left, Node("neg", (right,)))) for left, right in (gold, given))
    return proportional(want, have, seed=comparison.seed, budget=comparison.budget)
