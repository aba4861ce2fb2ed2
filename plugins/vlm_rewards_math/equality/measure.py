r"""The one number that an answer is, with its unit: `12.5`, `\frac{25}{2}` cm, `x = 3\pi`, `50\%`."""

from fractions import Fraction
from typing import NamedTuple

from vlm_rewards.answers import with_point
from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.equality.identity import real_constant
from vlm_rewards_math.equality.normal_form import bare, quantified
from vlm_rewards_math.equality.relations import without_rounding
from vlm_rewards_math.parsing.nodes import Node
from vlm_rewards_math.parsing.normalise import normalise
from vlm_rewards_math.parsing.parser import read
from vlm_rewards_math.parsing.units import Unit

MAX_CHARS = 1000
_PERCENT = (("percent", 1),)


class Measured(NamedTuple):
    """A number and its unit; the number is exact where it is rational, and else what a float says of it."""

    value: Fraction
    unit: Unit | None = None


def measured(text: str) -> Measured | None:
    r"""The number of a text that is one finite number and nothing else; None for any other text.

    >>> measured("\\frac{25}{2}").value, measured("x = 3").value, measured("12.5 cm").unit.dimension
    (Fraction(25, 2), Fraction(3, 1), (('length', 1),))
    >>> measured("12, 13"), measured("x + 1"), measured("\\infty"), measured("1/0")
    (None, None, None, None)
    """
    if len(text) > MAX_CHARS:
        return None
    text = normalise(text)
    text = with_point(text) or text
    tree = read(text)
    node = tree and without_rounding(tree)
    if node is None:
        return None
    if node.head == "chain" and node.value in (("=",), ("~",)) and node.args[0].head == "sym":
        node = node.args[1]
    node = quantified(node)
    found = _number(bare(node))
    if found is None:
        return None
    unit = node.value if node.head == "qty" else None
    return Measured(found, unit if unit and unit.dimension else None)


def relative_error(answer: Measured, reference: Measured) -> Fraction | None:
    """How far an answer is from a reference, as a part of the reference; None for units of different dimensions.

    Two units of one dimension are compared in one of them; a unit on one side only does not count, and a per cent sign
    on one side only may mean either number.
    """
    (have, had), (want, wanted) = answer, reference
    if had is None or wanted is None:
        unit = had or wanted
        if unit is None or unit.dimension != _PERCENT:
            return _error(have, want)
        return min(_error(have, want), _error(have / 100, want) if had else _error(have, want / 100))
    if had.dimension != wanted.dimension:
        return None
    return _error(have * had.factor, want * wanted.factor)


def _number(node: Node) -> Fraction | None:
    value = exact(node)
    found = real_constant(node) if value is None else None
    return value if found is None else Fraction(found)


def _error(have: Fraction, want: Fraction) -> Fraction:
    return abs(have - want) / (abs(want) or 1)
