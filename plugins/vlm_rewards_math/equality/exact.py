"""The exact value of a tree: a Fraction, or None where it has none, is irrational, or is too large to hold."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from functools import cache, lru_cache

from vlm_rewards_math.equality.evaluation import ERRORS, Evaluator, Field, NoValueError
from vlm_rewards_math.parsing.nodes import Node

MAX_BITS = 40_000
MAX_FACTORIAL = 3000
MAX_TERMS = 1000
MAX_WORK = 3000  # operations, of which those on long numbers count more


@lru_cache(maxsize=512)
def exact(node: Node) -> Fraction | None:
    r"""The exact rational value of a tree without unknowns; None when there is none within the caps.

    >>> from vlm_rewards_math.parsing.parser import parse
    >>> exact(parse("3!/4")), exact(parse("\\sqrt{2}")), exact(parse("2^{100000000}"))
    (Fraction(3, 2), None, None)
    """
    try:
        value: Fraction = _Exact({}, _rationals()).value(node)
    except ERRORS:
        return None
    return value


class _Exact(Evaluator):
    """An evaluation that may do only so much work."""

    max_terms = MAX_TERMS
    work = MAX_WORK

    def finite(self, value: Fraction) -> Fraction:
        above, below = value.numerator.bit_length(), value.denominator.bit_length()
        self.work -= 1 + below // 500 + above // 5000
        if self.work < 0 or above + below > MAX_BITS:
            raise NoValueError
        return value


def _whole(value: Fraction, most: int = 10**9) -> int:
    if value.denominator != 1 or abs(value.numerator) > most:
        raise NoValueError
    return value.numerator


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        return _power(_root(base, Fraction(exponent.denominator)), Fraction(exponent.numerator))
    times = _whole(exponent)
    if base == 0 and times <= 0:
        raise NoValueError
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base not in (0, 1, -1) and bits * abs(times) > MAX_BITS:
        raise NoValueError
    return base**times if abs(base) != 1 else base ** (times % 2)


def _root(base: Fraction, degree: Fraction | None = None) -> Fraction:
    """A root, where it is rational."""
    times = 2 if degree is None else _whole(degree, 64)
    if base < 0 and times > 2 and times % 2:
        return -_root(-base, degree)
    if base < 0 or times < 2:
        raise NoValueError
    return Fraction(_whole_root(base.numerator, times), _whole_root(base.denominator, times))


def _whole_root(value: int, degree: int) -> int:
    if degree > 2 and value.bit_length() > 1000:
        raise NoValueError
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while degree > 2 and low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
    found = math.isqrt(value) if degree == 2 else low
    if found**degree != value:
        raise NoValueError
    return found


def _factorial(value: Fraction, step: int = 1) -> Fraction:
    whole = _whole(value, MAX_FACTORIAL)
    if whole < 0:
        raise NoValueError
    return Fraction(math.factorial(whole) if step == 1 else math.prod(range(whole, 0, -step)))


def _binomial(above: Fraction, below: Fraction) -> Fraction:
    n, k = _whole(above, 10**6), _whole(below, 10**6)
    if n < 0 or k < 0 or min(k, n - k) * max(n, 1).bit_length() > MAX_BITS:
        raise NoValueError
    return Fraction(math.comb(n, k))


def _gcd(*parts: Fraction) -> Fraction:
    return Fraction(math.gcd(*(part.numerator for part in parts)), math.lcm(*(part.denominator for part in parts)))


def _lcm(*parts: Fraction) -> Fraction:
    above = math.lcm(*(part.numerator for part in parts))
    return Fraction(above, math.gcd(*(part.denominator for part in parts)))


@cache
def _rationals() -> Field:
    functions: dict[str, Callable[..., Fraction]] = {
        "/": operator.truediv,
        "ratio": operator.truediv,
        "neg": operator.neg,
        "^": _power,
        "sqrt": _root,
        "root": _root,
        "!": _factorial,
        "!!": lambda value: _factorial(value, 2),
        "factorial": _factorial,
        "binom": _binomial,
        "gcd": _gcd,
        "lcm": _lcm,
        "mod": operator.mod,
        "max": lambda *parts: max(parts),
        "min": lambda *parts: min(parts),
        "abs": abs,
        "floor": lambda value: Fraction(math.floor(value)),
        "ceil": lambda value: Fraction(math.ceil(value)),
        "pct": lambda value: value / 100,
    }
    return Field(functions, rational=lambda value: value)
