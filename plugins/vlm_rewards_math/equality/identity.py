"""Are two expressions equal? Compare them at random points, with 80 digits.

The points follow from the two texts, so an answer cannot be built to agree with a reference at known points.
"""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from vlm_rewards_math.equality.evaluation import (
    DIGITS,
    MAX_TERMS,
    Field,
    NoValueError,
    evaluate,
    floats,
    precise,
)
from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.parsing.nodes import Node, integer, symbols, walk
from vlm_rewards_math.parsing.vocabulary import FUNCTIONS

__all__ = ["Budget", "approximates", "constant", "identical", "proportional", "real_constant", "written_decimal"]

# How far out each point lies, the sign of its first coordinate, and that of the others; 0 for either sign.
POINTS = (
    *((1, 1, 1), (1, -1, -1), (1, 0, 0), (40, -1, 1), (40, 1, -1), (1, 0, 0), (1000, -1, 1), (1000, 1, -1)),
    *((1, 0, 0),) * 4,
)
NEEDED = 3
NEEDED_PIECEWISE = 8
MAX_WORK = 1500
# What an operation costs with many digits, where it costs more than a sum; a gamma function is the dearest.
_COSTS = {"!": 40, "factorial": 40, "binom": 120, "^": 3, "root": 3, "exp": 2, "ln": 2, "log": 4, "sqrt": 2}
_DEAR = frozenset(name for name in FUNCTIONS.values() if name[:1] in "astc" and name not in ("abs", "ceil", "sgn"))
_CONSTANTS = frozenset(("e", "i", "I"))
# What may equal another expression on one part of the line and differ from it on the next.
_PIECEWISE = frozenset(("abs", "sqrt", "root", "floor", "ceil", "max", "min", "sgn", "mod", "Re", "Im", "arg", "conj"))
_INVERSE = frozenset(f"a{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc"))


Point = dict[str, Fraction]


class Budget:
    """How much work a whole comparison may still do, so that a long list of long expressions ends in time too.

    Args:
        work: Operations with many digits.
    """

    def __init__(self, work: int = 6000) -> None:
        self.work = work

    def spend(self, work: int) -> bool:
        """Take some of it; whether there was enough."""
        self.work -= work
        return self.work >= 0


class Decimal(NamedTuple):
    """A written number: its value, and half a unit of its last place."""

    value: Fraction
    half_unit: Fraction


class _Pair(NamedTuple):
    left: Any
    right: Any
    real: bool


def identical(left: Node, right: Node, *, seed: str, budget: Budget) -> bool | None:
    """Whether two expressions are equal wherever both are real; None when neither way can be shown."""
    verdict = _identical(left, right, seed=seed, budget=budget, base_ten=False)
    if verdict is not True and any(node.head == "log" and len(node.args) == 1 for node in (*walk(left), *walk(right))):
        return _identical(left, right, seed=seed, budget=budget, base_ten=True) or verdict
    return verdict


def _identical(left: Node, right: Node, *, seed: str, budget: Budget, base_ten: bool) -> bool | None:
    has_names = bool(_unknowns(left) | _unknowns(right))
    has_i = any(node.head == "sym" and node.value in ("i", "I") for node in (*walk(left), *walk(right)))
    needed = _needed(left, right) if has_names else 1
    agreed = doubtful = 0
    for point, pair in _pairs(left, right, seed=seed, budget=budget, base_ten=base_ten):
        same = _agree(left, right, point, pair, base_ten=base_ten)
        if has_names and not has_i and not pair.real:
            # Off the real numbers branches differ by convention, so there a difference shows nothing.
            doubtful += same
        elif not same:
            return False
        else:
            agreed += 1
        if agreed >= needed:
            return True
    return True if has_names and agreed + doubtful >= NEEDED else None


def _needed(left: Node, right: Node) -> int:
    """How many points must agree: more where an expression may have several pieces."""
    pieces = any(
        node.head in _PIECEWISE or node.head in _INVERSE or (node.head == "^" and node.args[1].head in ("/", "dec"))
        for node in (*walk(left), *walk(right))
    )
    return NEEDED_PIECEWISE if pieces else NEEDED


def _agree(left: Node, right: Node, point: Point, pair: _Pair, *, base_ten: bool) -> bool:
    """Equal to 60 of 80 digits, or both zero: what is left where all digits cancel shrinks with more digits."""
    size = max(abs(pair.left), abs(pair.right))
    if abs(pair.left - pair.right) <= size * 1e-60 or size > 1e-40:
        return bool(abs(pair.left - pair.right) <= size * 1e-60)
    finer = _pair(left, right, point, precise(2 * DIGITS), base_ten=base_ten)
    return finer is not None and bool(max(abs(finer.left), abs(finer.right)) <= size * 1e-40)


def proportional(left: Node, right: Node, *, seed: str, budget: Budget) -> float | None:
    """The constant factor by which one expression is another, at every point; None when there is none."""
    if not _unknowns(left) | _unknowns(right):
        return None
    pairs = (pair for _, pair in _pairs(left, right, seed=seed, budget=budget) if abs(pair.right) >= 1e-30)
    factors = (factor for pair in pairs if abs((factor := pair.left / pair.right).imag) <= 1e-30)
    found: list[Any] = []
    for factor in itertools.islice(factors, _needed(left, right)):
        found.append(factor)
        if abs(factor - found[0]) > abs(found[0]) * 1e-30:
            return None
    value = float(found[0].real) if len(found) >= NEEDED else 0.0
    return value if math.isfinite(value) and abs(value) > 1e-12 else None


def constant(node: Node) -> complex | None:
    """The value of an expression without unknowns, in floats; None when it has none."""
    try:
        value: complex = evaluate(node, {}, floats())[0]
    except (NoValueError, RecursionError):
        return None
    return value


def real_constant(node: Node) -> float | None:
    """The value of an expression without unknowns where it is a finite real number, in floats."""
    value = constant(node)
    return value.real if value is not None and abs(value.imag) <= 1e-12 * max(1.0, abs(value)) else None


def approximates(shown: Node, value: Node, *, seed: str, least_places: int, budget: Budget) -> bool:
    """Whether an expression with decimals is another one, rounded to the decimals that it shows.

    Args:
        shown: The expression with decimals.
        value: What it may stand for.
        seed: Where the random points come from.
        least_places: Decimals that a number must show to pass for a rounded one.
        budget: The work that may be done.
    """
    places = {node for node in walk(shown) if node.head == "dec" and _is_fine(node, least_places)}
    if not places:
        return False
    needed = NEEDED if _unknowns(shown) | _unknowns(value) else 1
    pairs = _pairs(shown, value, seed=seed, budget=budget, times=len(places) + 1)
    verdicts = [_is_near(shown, value, places, point, pair) for point, pair in itertools.islice(pairs, needed)]
    return len(verdicts) == needed and all(verdicts)


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
    if node.head == "*" and len(node.args) == 2 and node.args[0].head in ("num", "dec"):
        scale = exact(node.args[1])
        base = node.args[1].args[0] if node.args[1].head == "^" else None
        if scale is not None and base == integer(10) and _is_integer(node.args[1].args[1]):
            value, half_unit = written_decimal(node.args[0]) or (Fraction(0), Fraction(0))
            return Decimal(value * scale, half_unit * scale)
    return None


def _is_integer(node: Node) -> bool:
    return node.head == "num" or (node.head == "neg" and node.args[0].head == "num")


def _is_near(shown: Node, value: Node, decimals: set[Node], point: Point, pair: _Pair) -> bool:
    """Whether two expressions differ by no more than what half a unit in the last places of the decimals changes."""
    slack: Any = 0
    for decimal in decimals:
        moved = _moved(shown, decimal, Fraction(1, 2 * 10 ** decimal.value[1]))
        shifted = _pair(moved, value, point, precise())
        if shifted is None:
            return False
        slack += abs(shifted.left - pair.left)
    return bool(abs(pair.left - pair.right) <= slack and slack > 0)


def _is_fine(decimal: Node, least: int) -> bool:
    """Whether a decimal shows enough decimals, and as many digits that count: 0.003 says too little."""
    value: Fraction = decimal.value[0]
    places: int = decimal.value[1]
    return places >= least and abs(value) * 10**places >= 10 ** (least - 1)


def _moved(tree: Node, decimal: Node, by: Fraction) -> Node:
    if tree == decimal:
        return Node("dec", (), (decimal.value[0] + by, decimal.value[1]))
    if not tree.args:
        return tree
    return Node(tree.head, tuple(_moved(part, decimal, by) for part in tree.args), tree.value)


def _unknowns(node: Node) -> set[str]:
    bound = {
        part.args[1].args[0].value
        for part in walk(node)
        if part.head in ("sum", "prod") and part.args[1].head == "chain"
    }
    return symbols(node) - _CONSTANTS - bound


def _work(node: Node) -> int:
    """How many sums with many digits the value of a tree costs as much as."""
    parts = sum(map(_work, node.args))
    if node.head in ("sum", "prod"):
        return parts * MAX_TERMS
    return parts + (_COSTS.get(node.head) or (8 if node.head in _DEAR else 1))


def _pairs(
    left: Node, right: Node, *, seed: str, budget: Budget, base_ten: bool = False, times: int = 1
) -> Iterator[tuple[Point, _Pair]]:
    """The points where both have a value, as long as there is work left, each with the values in many digits.

    `times` is how often a point is worked on; beyond the limit of one comparison there are none.
    """
    work = (_work(left) + _work(right)) * times
    if work > MAX_WORK:
        return
    for point in _points(sorted(_unknowns(left) | _unknowns(right)), seed, _whole(left, right)):
        if not budget.spend(work // 8 + 1) or not _pair(left, right, point, floats(), base_ten=base_ten):
            continue
        if budget.spend(work) and (pair := _pair(left, right, point, precise(), base_ten=base_ten)):
            yield point, pair


def _pair(left: Node, right: Node, point: Point, field: Field, *, base_ten: bool = False) -> _Pair | None:
    """The values of both at a point, and whether all on the way to them was real."""
    known = {name: field.rational(value) for name, value in point.items()}
    try:
        one, is_real = evaluate(left, known, field, base_ten=base_ten)
        other, too = evaluate(right, known, field, base_ten=base_ten)
    except NoValueError:
        return None
    return _Pair(one, other, is_real and too)


def _whole(*trees: Node) -> set[str]:
    """The unknowns that count terms: they are whole numbers."""
    series = (node for tree in trees for node in walk(tree) if node.head in ("sum", "prod"))
    bounds = (bound for node in series for bound in (*node.args[1].args[1:], *node.args[2:]))
    return set().union(*map(symbols, bounds))


def _points(names: Sequence[str], seed: str, whole: set[str]) -> Iterator[Point]:
    """Points with odd coordinates; the first is positive, where most is defined, and the second negative.

    Those of whole numbers are small, positive and different.
    """
    if not names:
        yield {}
        return
    state = zlib.crc32(seed.encode("utf-8", "replace")) or 1
    for index, (scale, first, others) in enumerate(POINTS):
        point: Point = {}
        for name in names:
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            size = Fraction((state >> 20) % 2_000_003 + 300_007, 1_000_003) * scale
            if name in whole:
                point[name] = Fraction(2 * index + 2 + (state >> 50) % 2)
                continue
            point[name] = size * ((others if point else first) or (-1 if (state >> 50) % 2 else 1))
        yield point
