"""Evaluate a tree in complex numbers: first in floats, whose range bounds the work, then with many digits."""

from __future__ import annotations

import cmath
import functools
import math
import operator
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from vlm_rewards_math.parsing.nodes import Node

__all__ = ["DIGITS", "HUGE", "Field", "NoValueError", "evaluate", "evaluated", "floats", "precise"]

DIGITS = 80
HUGE = 1e150
MAX_TERMS = 60
Value = Any


class NoValueError(Exception):
    """The tree has no finite value here: a pole, a size beyond floats, or something that is not a function."""


class Field:
    """Numbers of one kind, and the functions over them."""

    def __init__(self, functions: Mapping[str, Callable[..., Value]], rational: Callable[[Fraction], Value]) -> None:
        self.functions = functions
        self.rational = rational


@functools.cache
def floats() -> Field:
    """Python's complex numbers."""

    def rational(value: Fraction) -> complex:
        try:
            return complex(value.numerator / value.denominator)
        except OverflowError:
            raise NoValueError from None

    table = _table(cmath, rational=rational, gamma=_gamma, power=_float_power, arg=cmath.phase)
    return Field(table, rational)


def _float_power(base: complex, exponent: complex) -> complex:
    if base == 0:
        if exponent.real > 0:
            return 0j
        raise NoValueError
    return complex(base**exponent)


def _gamma(value: complex) -> complex:
    if abs(value.imag) > 1e-12 * max(1.0, abs(value)):
        raise NoValueError
    return complex(math.gamma(value.real))


_local = threading.local()


def precise(digits: int = DIGITS) -> Field:
    """Complex numbers of mpmath with many digits, in a context of this thread's own."""
    fields: dict[int, Field] = _local.__dict__.setdefault("fields", {})
    if digits not in fields:
        import mpmath

        library = mpmath.MPContext()
        library.dps = digits

        def rational(value: Fraction) -> Value:
            return library.mpc(value.numerator) / value.denominator

        def power(base: Value, exponent: Value) -> Value:
            if base == 0:
                if exponent.real > 0:
                    return base
                raise NoValueError
            return library.power(base, exponent)

        table = _table(library, rational=rational, gamma=library.gamma, power=power, arg=library.arg)
        fields[digits] = Field(table, rational)
    return fields[digits]


def _table(
    library: Any,
    *,
    rational: Callable[[Fraction], Value],
    gamma: Callable[[Value], Value],
    power: Callable[[Value, Value], Value],
    arg: Callable[[Value], Value],
) -> dict[str, Callable[..., Value]]:
    """The functions of a field; both libraries give the elementary ones the same names."""
    one = rational(Fraction(1))
    half = one / 2

    def root(base: Value, degree: Value) -> Value:
        # The real root of a negative number, as school has it, where the degree is odd.
        if abs(base.imag) == 0 and base.real < 0 and degree.imag == 0 and degree.real % 2 == 1:
            return -power(-base, one / degree)
        return power(base, one / degree)

    def real(value: Value) -> Value:
        if abs(value.imag) > abs(value) * 1e-12:
            raise NoValueError
        return value.real

    def floor(value: Value) -> Value:
        return rational(Fraction(math.floor(real(value))))

    def ceil(value: Value) -> Value:
        return rational(Fraction(math.ceil(real(value))))

    def inverted(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
        return lambda value: one / function(value)

    def of_inverse(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
        return lambda value: function(one / value)

    names = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "asinh", "acosh", "atanh", "exp")
    table: dict[str, Callable[..., Value]] = {name: getattr(library, name) for name in names}
    for name, source in (("sec", "cos"), ("csc", "sin"), ("cot", "tan")):
        table[name] = inverted(table[source])
        table[name + "h"] = inverted(table[source + "h"])
        table["a" + name] = of_inverse(table["a" + source])
        table["a" + name + "h"] = of_inverse(table["a" + source + "h"])
    table["acot"] = lambda value: library.pi / 2 - library.atan(value)
    table |= {
        "neg": lambda value: -value,
        "/": lambda left, right: left / right,
        "ratio": lambda left, right: left / right,
        "^": power,
        "sqrt": library.sqrt,
        "root": root,
        "ln": library.log,
        "log10": lambda value: library.log(value) / library.log(rational(Fraction(10))),
        "abs": lambda value: one * abs(value),
        "!": lambda value: gamma(value + 1),
        "factorial": lambda value: gamma(value + 1),
        "binom": lambda above, below: gamma(above + 1) / (gamma(below + 1) * gamma(above - below + 1)),
        "floor": floor,
        "ceil": ceil,
        "pct": lambda value: value / 100,
        "deg": lambda value: value * library.pi / 180,
        "max": lambda *values: one * max(real(value) for value in values),
        "min": lambda *values: one * min(real(value) for value in values),
        "conj": lambda value: value.conjugate(),
        "Re": lambda value: one * value.real,
        "Im": lambda value: one * value.imag,
        "arg": lambda value: one * arg(value),
        "sgn": lambda value: one * (0 if value == 0 else value / abs(value)),
        "i": lambda: one * 1j,
        "e": lambda: one * library.exp(one),
        "pi": lambda: one * library.pi,
        "half": lambda: half,
    }
    return table


def evaluate(node: Node, known: Mapping[str, Value], field: Field, *, base_ten: bool = False) -> Value:
    """The value of a tree at a point.

    Args:
        node: The tree.
        known: The values of its unknowns, in the field.
        field: `floats()` or `precise()`.
        base_ten: Whether `log` without a base is to the base of ten.

    Raises:
        NoValueError: There is none.
    """
    return evaluated(node, known, field, base_ten=base_ten)[0]


def evaluated(node: Node, known: Mapping[str, Value], field: Field, *, base_ten: bool = False) -> tuple[Value, bool]:
    """The value of a tree at a point, and whether all on the way to it was real."""
    evaluator = _Evaluator(known, field, base_ten=base_ten)
    return evaluator.value(node), evaluator.real


class _Evaluator:
    def __init__(self, known: Mapping[str, Value], field: Field, *, base_ten: bool) -> None:
        self.known = dict(known)
        self.field = field
        self.base_ten = base_ten
        self.real = True

    def value(self, node: Node) -> Value:
        """The value of a tree."""
        reader = _READERS.get(node.head)
        if reader is not None:
            return reader(self, node)
        function = self.field.functions.get(node.head)
        if function is None:
            raise NoValueError
        arguments = [self.value(part) for part in node.args]
        try:
            return self.finite(function(*arguments))
        except (ValueError, ZeroDivisionError, OverflowError, TypeError):
            raise NoValueError from None

    def number(self, node: Node) -> Value:
        return self.field.rational(node.value if node.head == "num" else node.value[0])

    def constant(self, node: Node) -> Value:
        if node.value != "pi":
            raise NoValueError
        return self.field.functions["pi"]()

    def sum(self, node: Node) -> Value:
        return self.finite(functools.reduce(operator.add, [self.value(part) for part in node.args]))

    def product(self, node: Node) -> Value:
        return self.finite(functools.reduce(operator.mul, [self.value(part) for part in node.args]))

    def finite(self, value: Value) -> Value:
        size = abs(value)
        if not size < HUGE:  # also not a number
            raise NoValueError
        if value.imag:
            self.real = self.real and abs(value.imag) <= size * 1e-12
        return value

    def symbol(self, node: Node) -> Value:
        name = node.value
        if name in self.known:
            return self.known[name]
        if name in ("e", "i", "I"):
            return self.field.functions[name.lower()]()
        raise NoValueError

    def logarithm(self, node: Node) -> Value:
        parts = [self.value(part) for part in node.args]
        functions = self.field.functions
        try:
            if len(parts) == 2:
                return functions["ln"](parts[0]) / functions["ln"](parts[1])
            return functions["log10" if self.base_ten else "ln"](parts[0])
        except (ValueError, ZeroDivisionError):
            raise NoValueError from None

    def series(self, node: Node) -> Value:
        body, low, high = node.args
        if low.head != "chain" or low.value != ("=",) or low.args[0].head != "sym":
            raise NoValueError
        first, last = self.value(low.args[1]), self.value(high)
        if first.imag or last.imag or not 0 <= last.real - first.real <= MAX_TERMS or first.real != int(first.real):
            raise NoValueError
        name, outer = low.args[0].value, self.known.get(low.args[0].value)
        result = self.field.rational(Fraction(int(node.head == "prod")))
        for at in range(int(first.real), int(last.real) + 1):
            self.known[name] = self.field.rational(Fraction(at))
            term = self.value(body)
            result = self.finite(result + term if node.head == "sum" else result * term)
        del self.known[name]
        if outer is not None:
            self.known[name] = outer
        return result


_READERS: dict[str, Callable[[_Evaluator, Node], Value]] = {
    "num": _Evaluator.number,
    "dec": _Evaluator.number,
    "sym": _Evaluator.symbol,
    "const": _Evaluator.constant,
    "+": _Evaluator.sum,
    "*": _Evaluator.product,
    "sum": _Evaluator.series,
    "prod": _Evaluator.series,
    "log": _Evaluator.logarithm,
}
