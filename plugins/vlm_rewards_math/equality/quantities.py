"""Values with units, degrees, per cent and currencies: compared in one unit where the dimension is one."""

from fractions import Fraction

from vlm_rewards_math.equality.comparison import Comparison, Ruling
from vlm_rewards_math.equality.normal_form import DEGREE, PERCENT, bare, quantified, scaled
from vlm_rewards_math.parsing.nodes import Node, walk
from vlm_rewards_math.parsing.units import LABEL, Unit

_RADIAN = Unit(Fraction(1), (("angle", 1),))
_TEMPERATURES = frozenset(("celsius", "fahrenheit"))


def same(comparison: Comparison, gold: Node, given: Node) -> Ruling:
    """Whether two values, at least one of them with a unit, are the same."""
    return _same(comparison, gold, given), "units"


def _same(comparison: Comparison, gold: Node, given: Node) -> bool | None:
    (want, wanted), (have, had) = _measured(gold), _measured(given)
    if comparison.policy.units == "ignore" or wanted == had:
        return comparison.same(want, have)
    if wanted is None or had is None or not wanted.dimension or not had.dimension:
        if comparison.policy.units == "strict" and (wanted or LABEL).dimension != (had or LABEL).dimension:
            return False
        if PERCENT in (wanted, had):
            # 25% beside a bare number, which may be 25 or 0.25.
            other = scaled(want, Fraction(1, 100) if wanted == PERCENT else Fraction(100))
            return comparison.same(want, have) or comparison.same(other, have)
        if any(part.head == "text" for part in (*walk(want), *walk(have))):  # `right triangle square` is not a value
            return False
        return comparison.same(want, have) or (DEGREE in (wanted, had) and _in_radians(comparison, gold, given))
    if wanted.dimension == had.dimension:
        # The answer stays as it is written: how it may be rounded follows from its digits.
        return comparison.same(scaled(want, wanted.factor / had.factor), have)
    if {wanted, had} == {DEGREE, _RADIAN}:
        pair = [Node("deg", (value,)) if unit == DEGREE else value for value, unit in ((want, wanted), (have, had))]
        return comparison.values(*pair)
    if DEGREE in (wanted, had) and {wanted.dimension[0][0], had.dimension[0][0]} & _TEMPERATURES:
        return comparison.same(want, have)
    return False


def _in_radians(comparison: Comparison, gold: Node, given: Node) -> bool | None:
    r"""Whether degrees on one side are the radians on the other: 30° and \pi/6."""
    if any(quantified(part).head == "qty" for node in (gold, given) if node.head == "qty" for part in node.args):
        return False  # degrees of degrees
    return comparison.values(*[Node("deg", node.args) if node.head == "qty" else node for node in (gold, given)])


def _measured(node: Node) -> tuple[Node, Unit | None]:
    return bare(node), node.value if node.head == "qty" else None
