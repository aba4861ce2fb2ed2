r"""What a written number says exactly: an integer, a decimal, one with an exponent or with digits that repeat.

Nothing is evaluated, and exponents are capped before any arithmetic.
"""

from fractions import Fraction
from typing import NamedTuple

from vlm_rewards_math.parsing.nodes import Node, Unreadable, decimal, integer, is_number

MAX_DIGITS = 600
MAX_EXPONENT = 400
_FRACTIONS = ("\\frac{", "\\dfrac{", "\\tfrac{")


class Decimal(NamedTuple):
    """A written number: its value, and half a unit of its last place."""

    value: Fraction
    half_unit: Fraction


def plain_number(text: str) -> Fraction | None:
    r"""The value of digits, with a point or groups of thousands, or of one run of digits over another; None for others.

    >>> plain_number("-1,234.50"), plain_number("3/4"), plain_number("\\frac{3}{4}"), plain_number("2e3")
    (Fraction(-2469, 2), Fraction(3, 4), Fraction(3, 4), None)
    """
    bare = text.removeprefix("-")
    if not bare.isascii() or len(bare) > MAX_DIGITS:
        return None
    if bare.startswith(_FRACTIONS) and bare.endswith("}"):
        above, _, below = bare[:-1].partition("{")[2].partition("}{")
    else:
        above, _, below = bare.partition("/")
    if below:
        is_plain = above.isdecimal() and below.isdecimal() and below.strip("0") != ""
        value = Fraction(int(above), int(below)) if is_plain else None
    else:
        value = _decimal(above)
    return -value if value and len(bare) < len(text) else value


def _decimal(text: str) -> Fraction | None:
    whole, point, places = text.partition(".")
    first, *groups = whole.split(",")
    if groups and 0 < len(first) < 4 and first[0] != "0" and all(len(group) == 3 for group in groups):
        whole = "".join((first, *groups))
    if not whole.isdecimal() or not (places.isdecimal() or not point):
        return None
    return Fraction(int(whole + places), 10 ** len(places)) if point else Fraction(int(whole))


def written(text: str) -> Node:
    """The node of one number token: digits, a decimal, `1.5e3`, or `0.1|6` for a repeating decimal.

    >>> written("0.50").value, written("0.|3").value
    ((Fraction(1, 2), 2), Fraction(1, 3))
    """
    if text.isdecimal():
        return integer(int(text))
    front, _, again = text.partition("|")
    mantissa, _, exponent = front.lower().partition("e")
    if abs(int(exponent or 0)) > MAX_EXPONENT:
        raise Unreadable("a large exponent")
    whole, _, decimals = mantissa.partition(".")
    value = Fraction(int(f"{whole}{decimals}"), 10 ** len(decimals))
    if again:
        return Node("num", (), value + Fraction(int(again), (10 ** len(again) - 1) * 10 ** len(decimals)))
    return Node("num", (), value * Fraction(10) ** int(exponent)) if exponent else decimal(value, len(decimals))


def written_decimal(node: Node) -> Decimal | None:
    r"""What one written number says, with its sign and a power of ten; None for what any other operator stands in.

    >>> from vlm_rewards_math.parsing.parser import parse
    >>> written_decimal(parse("-1.5")), written_decimal(parse("1.5 \\times 10^{3}")).half_unit
    (Decimal(value=Fraction(-3, 2), half_unit=Fraction(1, 20)), Fraction(50, 1))
    >>> written_decimal(parse("1.5 + 1")), written_decimal(parse("10^{1.5}"))
    (None, None)
    """
    if node.head == "neg":
        found = written_decimal(node.args[0])
        return None if found is None else Decimal(-found.value, found.half_unit)
    if node.head == "num":
        return Decimal(node.value, Fraction(1, 2))
    if node.head == "dec":
        return Decimal(node.value[0], Fraction(1, 2 * 10 ** node.value[1]))
    if node.head == "*" and len(node.args) == 2 and is_number(node.args[0]) and node.args[1].head == "^":
        front, (base, exponent) = written_decimal(node.args[0]), node.args[1].args
        power = written_decimal(exponent)
        if front and power and base == integer(10) and power.value in range(-MAX_EXPONENT, MAX_EXPONENT + 1):
            scale = Fraction(10) ** int(power.value)
            return Decimal(front.value * scale, front.half_unit * scale)
    return None


def terminates(value: Fraction) -> bool:
    """Whether some decimal equals the value: its denominator divides a power of ten.

    >>> terminates(Fraction(1, 8)), terminates(Fraction(1, 3))
    (True, False)
    """
    return pow(10, value.denominator.bit_length(), value.denominator) == 0
