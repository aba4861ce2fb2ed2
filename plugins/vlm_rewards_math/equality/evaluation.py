"""Evaluate a tree in complex numbers: first in floats, whose range bounds the work, then with many digits."""

import cmath
import functools
import math
import operator
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from vlm_rewards_math.parsing.nodes import Node

DIGITS = 80
HUGE = 1e150
MAX_TERMS = 60
TAME = 1e4
Value = Any


class NoValueError(Exception):
    """The tree has no finite value here: a pole, a size beyond floats, or something that is not a function."""


#: What an evaluation ends with where there is no value: also a head without a function, or too many operands.
ERRORS = (NoValueError, ArithmeticError, ValueError, TypeError, KeyError)


class Field(NamedTuple):
    """Numbers of one kind: the functions over them, how a fraction is one of them, and whether they have few digits."""

    functions: Mapping[str, Callable[..., Value]]
    rational: Callable[[Fraction], Value]
    rough: bool = False


@functools.cache
def floats() -> Field:
    """Python's complex numbers."""

    def rational(value: Fraction) -> complex:
        return complex(value.numerator / value.denominator)

    return Field(_table(cmath, rational=rational, gamma=_gamma, power=operator.pow), rational, rough=True)


def _powered(power: Callable[[Value, Value], Value]) -> Callable[[Value, Value], Value]:
    """Powers, without those of 0 that have no value."""

    def powered(base: Value, exponent: Value) -> Value:
        if base == 0 and exponent.real <= 0:
            raise NoValueError
        return power(base, exponent)

    return powered


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

        table = _table(library, rational=rational, gamma=library.gamma, power=library.power)
        fields[digits] = Field(table, rational)
    return fields[digits]


def _table(
    library: Any,
    *,
    rational: Callable[[Fraction], Value],
    gamma: Callable[[Value], Value],
    power: Callable[[Value, Value], Value],
) -> dict[str, Callable[..., Value]]:
    """The functions of a field; both libraries give the elementary ones the same names."""
    one, powered = rational(Fraction(1)), _powered(power)

    def root(base: Value, degree: Value) -> Value:
        # The real root of a negative number, as school has it, where the degree is odd.
        if abs(base.imag) == 0 and base.real < 0 and degree.imag == 0 and degree.real % 2 == 1:
            return -power(-base, one / degree)
        return powered(base, one / degree)

    def real(value: Value) -> Value:
        if abs(value.imag) > abs(value) * 1e-12:
            raise NoValueError
        return value.real

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
        "neg": operator.neg,
        "/": operator.truediv,
        "ratio": operator.truediv,
        "^": powered,
        "sqrt": library.sqrt,
        "root": root,
        "ln": library.log,
        "log10": lambda value: library.log(value) / library.log(rational(Fraction(10))),
        "abs": lambda value: one * abs(value),
        "!": lambda value: gamma(value + 1),
        "factorial": lambda value: gamma(value + 1),
        "binom": lambda above, below: gamma(above + 1) / (gamma(below + 1) * gamma(above - below + 1)),
        "floor": lambda value: rational(Fraction(math.floor(real(value)))),
        "ceil": lambda value: rational(Fraction(math.ceil(real(value)))),
        "pct": lambda value: value / 100,
        "deg": lambda value: value * library.pi / 180,
        "max": lambda *values: one * max(real(value) for value in values),
        "min": lambda *values: one * min(real(value) for value in values),
        "conj": lambda value: value.conjugate(),
        "Re": lambda value: one * value.real,
        "Im": lambda value: one * value.imag,
        "arg": lambda value: one * library.phase(value),
        "sgn": lambda value: one * (0 if value == 0 else value / abs(value)),
        "i": lambda: one * 1j,
        "e": lambda: one * library.exp(one),
        "pi": lambda: one * library.pi,
    }
    return table


class Evaluation(NamedTuple):
    """The value of a tree, whether all on the way to it was real, and whether few digits say enough of it."""

    value: Value
    real: bool
    tame: bool


def evaluate(node: Node, known: Mapping[str, Value], field: Field, *, base_ten: bool = False) -> Evaluation:
    """The value of a tree at a point of a field, `floats()` or `precise()`, where its unknowns are `known`.

    With `base_ten`, `log` without a base is to the base of ten. Raises NoValueError where there is none.
    """
    evaluator = Evaluator(known, field, base_ten=base_ten)
    try:
        return Evaluation(evaluator.value(node), evaluator.real, evaluator.tame)
    except ERRORS:
        raise NoValueError from None


class Evaluator:
    """One evaluation: the values of its unknowns, those of open sums among them, and what all values so far were like.

    They are `tame` in rough numbers where none is large, zero or nearly so: then no digits that count were lost.
    """

    max_terms = MAX_TERMS

    def __init__(self, known: Mapping[str, Value], field: Field, *, base_ten: bool = False) -> None:
        self.known = dict(known)
        self.field = field
        self.base_ten = base_ten
        self.real = True
        self.tame = field.rough

    def value(self, node: Node) -> Value:
        """The value of a tree; one of `ERRORS` where it has none."""
        reader = _READERS.get(node.head)
        if reader is not None:
            return reader(self, node)
        return self.finite(self.field.functions[node.head](*map(self.value, node.args)))

    def finite(self, value: Value) -> Value:
        """A value that is not too large, and a number."""
        size = abs(value)
        if not size < HUGE:
            raise NoValueError
        if value.imag:
            self.real = self.real and abs(value.imag) <= size * 1e-12
        if self.tame and not 1 / TAME < size < TAME:
            self.tame = False
        return value

    def number(self, node: Node) -> Value:
        """A written number."""
        value = self.field.rational(node.value if node.head == "num" else node.value[0])
        if self.tame and abs(value) > TAME:
            self.tame = False
        return value

    def sum(self, node: Node) -> Value:
        """A sum of its parts."""
        return functools.reduce(lambda left, right: self.finite(left + right), map(self.value, node.args))

    def product(self, node: Node) -> Value:
        """A product of its parts."""
        return functools.reduce(lambda left, right: self.finite(left * right), map(self.value, node.args))

    def name(self, node: Node) -> Value:
        """An unknown or a constant."""
        if node.value in self.known:
            return self.known[node.value]
        return self.field.functions[_CONSTANTS[node.value]]()

    def call(self, node: Node) -> Value:
        """An unknown function: a polynomial of no symmetry, whose factor is the value that its name has here."""
        at = functools.reduce(lambda left, right: self.finite(left * left + right), map(self.value, node.args))
        return self.finite(self.known[node.value] * (at**4 + at**3 + 1))

    def logarithm(self, node: Node) -> Value:
        """A natural logarithm, or one to a base."""
        value, *base = map(self.value, node.args)
        functions = self.field.functions
        if base:
            return functions["ln"](value) / functions["ln"](base[0])
        return functions["log10" if self.base_ten else "ln"](value)

    def series(self, node: Node) -> Value:
        """A sum or product over whole numbers, of few terms."""
        body, low, high = node.args
        if low.head != "chain" or low.value != ("=",) or low.args[0].head != "sym":
            raise NoValueError
        first, last = self.value(low.args[1]), self.value(high)
        terms = last.real - first.real
        if first.imag or last.imag or not 0 <= terms <= self.max_terms or first.real != int(first.real):
            raise NoValueError
        outer = self.known
        result = self.field.rational(Fraction(int(node.head == "prod")))
        for at in range(int(first.real), int(last.real) + 1):
            self.known = outer | {low.args[0].value: self.field.rational(Fraction(at))}
            term = self.value(body)
            result = self.finite(result + term if node.head == "sum" else result * term)
        self.known = outer
        return result


_CONSTANTS = {"e": "e", "i": "i", "I": "i", "pi": "pi"}
_READERS: dict[str, Callable[[Evaluator, Node], Value]] = {
    "num": Evaluator.number,
    "dec": Evaluator.number,
    "sym": Evaluator.name,
    "const": Evaluator.name,
    "+": Evaluator.sum,
    "*": Evaluator.product,
    "sum": Evaluator.series,
    "prod": Evaluator.series,
    "log": Evaluator.logarithm,
    "call": Evaluator.call,
}
