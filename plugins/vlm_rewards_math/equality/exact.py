"""The exact value of a tree: a Fraction, or None where it has none, is irrational, or is too large to hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache

from vlm_rewards_math.parsing.nodes import Node

__all__ = ["exact"]

MAX_BITS = 40_000
MAX_FACTORIAL = 3000
MAX_TERMS = 1000
MAX_WORK = 3000  # operations, of which those on long numbers count more


class _NoValueError(Exception):
    pass


@lru_cache(maxsize=512)
def exact(node: Node) -> Fraction | None:
    r"""The exact rational value of a tree without unknowns; None when there is none within the caps.

    >>> from vlm_rewards_math.parsing.parser import parse
    >>> exact(parse("3!/4")), exact(parse("\\sqrt{2}")), exact(parse("2^{100000000}"))
    (Fraction(3, 2), None, None)
    """
    try:
        return _Exact().value(node)
    except (_NoValueError, ZeroDivisionError, OverflowError):
        return None


class _Exact:
    """One evaluation: the indices of its open sums, and the work that it may still do."""

    def __init__(self) -> None:
        self.known: dict[str, Fraction] = {}
        self.work = MAX_WORK

    def value(self, node: Node) -> Fraction:
        if node.head == "num":
            whole: Fraction = node.value
            return whole
        if node.head == "dec":
            shown: Fraction = node.value[0]
            return shown
        if node.head == "sym" and node.value in self.known:
            return self.known[node.value]
        if node.head in ("sum", "prod"):
            return self.series(node)
        rule = _RULES.get(node.head)
        if rule is None:
            raise _NoValueError
        result = _small(rule([self.value(part) for part in node.args]))
        self.work -= 1 + result.denominator.bit_length() // 500 + result.numerator.bit_length() // 5000
        if self.work < 0:
            raise _NoValueError
        return result

    def series(self, node: Node) -> Fraction:
        r"""`\sum_{k=1}^{10} k^2`, of few terms."""
        body, low, high = node.args
        if low.head != "chain" or low.value != ("=",) or low.args[0].head != "sym":
            raise _NoValueError
        first, last = _whole(self.value(low.args[1])), _whole(self.value(high))
        name = low.args[0].value
        if last - first > MAX_TERMS or name in self.known:
            raise _NoValueError
        result = Fraction(int(node.head == "prod"))
        for at in range(first, last + 1):
            self.known[name] = Fraction(at)
            term = self.value(body)
            result = _small(result + term if node.head == "sum" else result * term)
            self.work -= 2 + result.denominator.bit_length() // 500
        self.known.pop(name, None)
        return result


def _small(value: Fraction) -> Fraction:
    if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
        raise _NoValueError
    return value


def _whole(value: Fraction, most: int = 10**9) -> int:
    if value.denominator != 1 or abs(value.numerator) > most:
        raise _NoValueError
    return value.numerator


def _sum(parts: Sequence[Fraction]) -> Fraction:
    return sum(parts, Fraction(0))


def _product(parts: Sequence[Fraction]) -> Fraction:
    result = Fraction(1)
    for part in parts:
        result = _small(result * part)
    return result


def _power(parts: Sequence[Fraction]) -> Fraction:
    base, exponent = parts
    if exponent.denominator != 1:
        return _power([_root([base, Fraction(exponent.denominator)]), Fraction(exponent.numerator)])
    times = _whole(exponent)
    if base == 0 and times <= 0:
        raise _NoValueError
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base not in (0, 1, -1) and bits * abs(times) > MAX_BITS:
        raise _NoValueError
    return base**times if abs(base) != 1 else base ** (times % 2)


def _root(parts: Sequence[Fraction]) -> Fraction:
    """A root, where it is rational."""
    base, degree = parts[0], _whole(parts[1] if len(parts) > 1 else Fraction(2), 64)
    if base < 0 or degree < 2:
        if base < 0 and degree > 2 and degree % 2 and len(parts) > 1:
            return -_root([-base, parts[1]])
        raise _NoValueError
    return Fraction(_whole_root(base.numerator, degree), _whole_root(base.denominator, degree))


def _whole_root(value: int, degree: int) -> int:
    if degree == 2:
        found = math.isqrt(value)
    else:
        if value.bit_length() > 1000:
            raise _NoValueError
        found = round(value ** (1 / degree))
        if value.bit_length() > 50:
            found = _bisected(value, degree)
    if found**degree != value:
        raise _NoValueError
    return found


def _bisected(value: int, degree: int) -> int:
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if middle**degree <= value:
            low = middle
        else:
            high = middle - 1
    return low


def _factorial(parts: Sequence[Fraction]) -> Fraction:
    value = _whole(parts[0], MAX_FACTORIAL)
    if value < 0:
        raise _NoValueError
    return Fraction(math.factorial(value))


def _double_factorial(parts: Sequence[Fraction]) -> Fraction:
    value = _whole(parts[0], MAX_FACTORIAL)
    return Fraction(math.prod(range(value, 0, -2)))


def _binomial(parts: Sequence[Fraction]) -> Fraction:
    above, below = _whole(parts[0], 10**6), _whole(parts[1], 10**6)
    if above < 0 or below < 0 or min(below, above - below) * max(above, 1).bit_length() > MAX_BITS:
        raise _NoValueError
    return Fraction(math.comb(above, below))


def _gcd(parts: Sequence[Fraction]) -> Fraction:
    above = math.gcd(*(part.numerator for part in parts))
    return Fraction(above, math.lcm(*(part.denominator for part in parts)))


def _lcm(parts: Sequence[Fraction]) -> Fraction:
    if any(part == 0 for part in parts):
        return Fraction(0)
    above = math.lcm(*(part.numerator for part in parts))
    return Fraction(above, math.gcd(*(part.denominator for part in parts)))


def _modulo(parts: Sequence[Fraction]) -> Fraction:
    return parts[0] % parts[1]


def _ratio(parts: Sequence[Fraction]) -> Fraction:
    if len(parts) != 2:
        raise _NoValueError
    return parts[0] / parts[1]


_RULES: dict[str, Callable[[Sequence[Fraction]], Fraction]] = {
    "+": _sum,
    "*": _product,
    "/": lambda parts: parts[0] / parts[1],
    "ratio": _ratio,
    "neg": lambda parts: -parts[0],
    "^": _power,
    "sqrt": _root,
    "root": _root,
    "!": _factorial,
    "!!": _double_factorial,
    "factorial": _factorial,
    "binom": _binomial,
    "gcd": _gcd,
    "lcm": _lcm,
    "mod": _modulo,
    "max": max,
    "min": min,
    "abs": lambda parts: abs(parts[0]),
    "floor": lambda parts: Fraction(math.floor(parts[0])),
    "ceil": lambda parts: Fraction(math.ceil(parts[0])),
    "pct": lambda parts: parts[0] / 100,
}
