"""Are two expressions equal? Compare them at random points, with 80 digits.

The points follow from the two texts, so an answer cannot be built to agree with a reference at known points.
"""

import itertools
import math
import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from vlm_rewards_math.equality.evaluation import DIGITS, MAX_TERMS, Field, NoValueError, evaluate, floats, precise
from vlm_rewards_math.parsing.nodes import Node, integer, symbols, walk
from vlm_rewards_math.parsing.vocabulary import FUNCTIONS

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
_JUMPING = frozenset(("floor", "ceil", "sgn", "mod", "arg"))
_PIECEWISE = _JUMPING | {
    *("abs", "sqrt", "root", "max", "min", "Re", "Im", "conj", "asin", "acos", "atan", "acot", "asec", "acsc")
}
_SERIES = frozenset(("sum", "prod"))


Point = dict[str, Fraction]


class Budget:
    """How much work a whole comparison may still do, so that a long list of long expressions ends in time too."""

    def __init__(self, work: int = 6000) -> None:
        self.work = work  # operations with many digits

    def spend(self, work: int) -> bool:
        """Take some of it; whether there was enough."""
        self.work -= work
        return self.work >= 0


class _Pair(NamedTuple):
    left: Any
    right: Any
    real: bool
    tame: bool = False


class _Sides(NamedTuple):
    """Two expressions, the unknowns and the heads in them, and what their values at one point cost."""

    left: Node
    right: Node
    names: list[str]
    heads: set[str]
    work: int
    base_ten: bool = False


def _sides(left: Node, right: Node, *, times: int = 1) -> _Sides:
    """Two sides, each of which is worked out so many times at a point."""
    nodes = [*walk(left), *walk(right)]
    heads = {node.head for node in nodes}
    if "call" in heads:
        unknowns = {node.value for node in nodes if node.head == "sym"}
        left, right = _as_products(left, unknowns), _as_products(right, unknowns)
    return _Sides(left, right, sorted(_unknowns(left) | _unknowns(right)), heads, (_work(left) + _work(right)) * times)


def _as_products(tree: Node, unknowns: set[str]) -> Node:
    """The tree where a name before brackets is a factor, if it stands elsewhere without any: `g(a + b) + ga`."""
    args = tuple(_as_products(part, unknowns) for part in tree.args)
    if tree.head != "call" or tree.value.partition("^")[0] not in unknowns:
        return tree._replace(args=args)
    name, _, raised = tree.value.partition("^")
    factor = Node("sym", (), name)
    return Node("*", (Node("^", (factor, integer(int(raised)))) if raised else factor, *args))


def identical(left: Node, right: Node, *, seed: str, budget: Budget) -> bool | None:
    """Whether two expressions are equal wherever both are real; None when neither way can be shown."""
    sides = _sides(left, right)
    verdict = _identical(sides, seed, budget)
    if verdict is not True and "log" in sides.heads:
        return _identical(sides._replace(base_ten=True), seed, budget) or verdict
    return verdict


def _identical(sides: _Sides, seed: str, budget: Budget) -> bool | None:
    has_names = bool(sides.names)
    has_i = any(node.value in ("i", "I") for node in (*walk(sides.left), *walk(sides.right)) if node.head == "sym")
    needed = _needed(sides) if has_names else 1
    agreed = doubtful = 0
    for point, rough in _rough_pairs(sides, seed, budget):
        if _are_apart(sides, rough):
            return False
        pair = _fine_pair(sides, point, budget)
        if pair is None:
            continue
        same = _agree(sides, point, pair)
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


def _needed(sides: _Sides) -> int:
    """How many points must agree: more where an expression may have several pieces."""
    pieces = not _PIECEWISE.isdisjoint(sides.heads) or any(
        node.head == "^" and node.args[1].head in ("/", "dec") for node in (*walk(sides.left), *walk(sides.right))
    )
    return NEEDED_PIECEWISE if pieces else NEEDED


def _are_apart(sides: _Sides, rough: _Pair) -> bool:
    """Whether floats show that two real values differ: by a part that none of the operations could make of rounding."""
    is_clear = rough.real and rough.tame and (_JUMPING | _SERIES).isdisjoint(sides.heads)
    return is_clear and bool(abs(rough.left - rough.right) > max(abs(rough.left), abs(rough.right)) * 1e-3)


def _agree(sides: _Sides, point: Point, pair: _Pair) -> bool:
    """Equal to 60 of 80 digits, or both zero: what is left where all digits cancel shrinks with more digits."""
    size = max(abs(pair.left), abs(pair.right))
    if abs(pair.left - pair.right) <= size * 1e-60 or size > 1e-40:
        return bool(abs(pair.left - pair.right) <= size * 1e-60)
    finer = _pair(sides, point, precise(2 * DIGITS))
    return finer is not None and bool(max(abs(finer.left), abs(finer.right)) <= size * 1e-40)


def proportional(left: Node, right: Node, *, seed: str, budget: Budget) -> float | None:
    """The constant factor by which one expression is another, at every point; None when there is none."""
    sides = _sides(left, right)
    if not sides.names:
        return None
    pairs = (pair for _, pair in _pairs(sides, seed, budget) if abs(pair.right) >= 1e-30)
    factors = (factor for pair in pairs if abs((factor := pair.left / pair.right).imag) <= 1e-30)
    found: list[Any] = []
    for factor in itertools.islice(factors, _needed(sides)):
        found.append(factor)
        if abs(factor - found[0]) > abs(found[0]) * 1e-30:
            return None
    value = float(found[0].real) if len(found) >= NEEDED else 0.0
    return value if math.isfinite(value) and abs(value) > 1e-12 else None


def constant(node: Node) -> complex | None:
    """The value of an expression without unknowns, in floats; None when it has none."""
    try:
        value: complex = evaluate(node, {}, floats()).value
    except (NoValueError, RecursionError):
        return None
    return value


def real_constant(node: Node) -> float | None:
    """The value of an expression without unknowns where it is a finite real number, in floats."""
    value = constant(node)
    return value.real if value is not None and abs(value.imag) <= 1e-12 * max(1.0, abs(value)) else None


def approximates(shown: Node, value: Node, *, seed: str, least_places: int, budget: Budget) -> bool:
    """Whether an expression with decimals is another one, rounded to the decimals that it shows.

    A number must show `least_places` to pass for a rounded one. Random points come from the seed.
    """
    places = {node for node in walk(shown) if node.head == "dec" and _is_fine(node, least_places)}
    if not places:
        return False
    sides = _sides(shown, value, times=len(places) + 1)
    needed = NEEDED if sides.names else 1
    pairs = _pairs(sides, seed, budget)
    verdicts = [_is_near(sides, places, point, pair) for point, pair in itertools.islice(pairs, needed)]
    return len(verdicts) == needed and all(verdicts)


def _is_near(sides: _Sides, decimals: set[Node], point: Point, pair: _Pair) -> bool:
    """Whether two expressions differ by no more than what half a unit in the last places of the decimals changes."""
    slack: Any = 0
    for decimal in decimals:
        moved = _moved(sides.left, decimal, Fraction(1, 2 * 10 ** decimal.value[1]))
        shifted = _pair(sides._replace(left=moved), point, precise())
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
    series = [part for part in walk(node) if part.head in _SERIES and part.args[1].head == "chain"]
    return symbols(node) - _CONSTANTS - {part.args[1].args[0].value for part in series}


def _work(node: Node) -> int:
    """How many sums with many digits the value of a tree costs as much as."""
    parts = sum(map(_work, node.args))
    if node.head in _SERIES:
        return parts * MAX_TERMS
    return parts + (_COSTS.get(node.head) or (8 if node.head in _DEAR else 1))


def _pairs(sides: _Sides, seed: str, budget: Budget) -> Iterator[tuple[Point, _Pair]]:
    """The points where both have a value, as long as there is work left, each with the values in many digits."""
    for point, _ in _rough_pairs(sides, seed, budget):
        if pair := _fine_pair(sides, point, budget):
            yield point, pair


def _rough_pairs(sides: _Sides, seed: str, budget: Budget) -> Iterator[tuple[Point, _Pair]]:
    """The points where both have a value in floats; none beyond the work of one comparison."""
    for point in _points(sides.names, seed, _whole(sides)) if sides.work <= MAX_WORK else ():
        if budget.spend(sides.work // 8 + 1) and (rough := _pair(sides, point, floats())):
            yield point, rough


def _fine_pair(sides: _Sides, point: Point, budget: Budget) -> _Pair | None:
    return _pair(sides, point, precise()) if budget.spend(sides.work) else None


def _pair(sides: _Sides, point: Point, field: Field) -> _Pair | None:
    """The values of both at a point, and what is known of all on the way to them."""
    known = {name: field.rational(value) for name, value in point.items()}
    try:
        one = evaluate(sides.left, known, field, base_ten=sides.base_ten)
        other = evaluate(sides.right, known, field, base_ten=sides.base_ten)
    except NoValueError:
        return None
    return _Pair(one.value, other.value, one.real and other.real, one.tame and other.tame)


def _whole(sides: _Sides) -> set[str]:
    """The unknowns that count terms: they are whole numbers."""
    if _SERIES.isdisjoint(sides.heads):
        return set()
    series = (node for node in (*walk(sides.left), *walk(sides.right)) if node.head in _SERIES)
    bounds = (bound for node in series for bound in (*node.args[1].args[1:], *node.args[2:]))
    return set().union(*map(symbols, bounds))


def _points(names: Sequence[str], seed: str, whole: set[str]) -> Iterator[Point]:
    """Points with odd coordinates, the first positive and the second negative; those of whole numbers are small."""
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
