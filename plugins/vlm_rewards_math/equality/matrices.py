"""Arithmetic of small matrices: sums, products, powers, transposes, inverses, determinants and traces."""

from __future__ import annotations

from fractions import Fraction

from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.parsing.nodes import Node, integer, walk

__all__ = ["folded"]

MAX_SIDE = 6
MAX_POWER = 12
_HEADS = frozenset(("det", "tr", "+", "*", "/", "neg", "^", "prime", "T"))
Rows = tuple[tuple[Node, ...], ...]


def folded(tree: Node) -> Node:
    r"""The tree with operations on matrices carried out, where they are small enough.

    >>> from vlm_rewards_math.parsing.parser import parse
    >>> folded(parse("2\\begin{pmatrix}1&0\\\\0&1\\end{pmatrix}")) == parse("\\begin{pmatrix}2&0\\\\0&2\\end{pmatrix}")
    True
    """
    if tree.head not in _HEADS or not any(node.head == "matrix" for node in walk(tree)):
        return tree
    args = tuple(folded(part) for part in tree.args)
    rows = [_rows(part) for part in args]
    result: Node | None = None
    first = rows[0]
    if tree.head == "det" and first:
        result = _determinant(first)
    elif tree.head == "tr" and first and _is_square(first):
        result = _total([first[at][at] for at in range(len(first))])
    elif tree.head == "neg" and first:
        result = _scaled(first, integer(-1))
    elif tree.head == "/" and first and rows[1] is None:
        result = _scaled(first, Node("/", (integer(1), args[1])))
    elif tree.head == "prime" and first:
        result = _matrix(tuple(zip(*first, strict=True)))
    elif tree.head == "^" and first:
        result = _power(first, args[1])
    elif tree.head in ("+", "*"):
        result = _chained(tree.head, args)
    return Node(tree.head, args, tree.value) if result is None else result


def _rows(node: Node) -> Rows | None:
    if node.head != "matrix" or len(node.args) > MAX_SIDE:
        return None
    rows = tuple(row.args for row in node.args)
    return rows if all(len(row) == len(rows[0]) <= MAX_SIDE for row in rows) else None


def _matrix(rows: Rows) -> Node:
    return Node("matrix", tuple(Node("tuple", tuple(map(_value, row)), "[]") for row in rows))


def _value(node: Node) -> Node:
    value = exact(node)
    return node if value is None or node.head in ("num", "dec") else Node("num", (), value)


def _total(parts: list[Node]) -> Node:
    return _value(parts[0] if len(parts) == 1 else Node("+", tuple(parts)))


def _is_square(rows: Rows) -> bool:
    return len(rows) == len(rows[0])


def _scaled(rows: Rows, factor: Node) -> Node:
    return _matrix(tuple(tuple(Node("*", (factor, item)) for item in row) for row in rows))


def _chained(head: str, args: tuple[Node, ...]) -> Node | None:
    result = args[0]
    for right in args[1:]:
        combined = _added(result, right) if head == "+" else _multiplied(result, right)
        if combined is None:
            return None
        result = combined
    return result


def _added(left: Node, right: Node) -> Node | None:
    one, other = _rows(left), _rows(right)
    if one is None or other is None or len(one) != len(other) or len(one[0]) != len(other[0]):
        return None
    pairs = (zip(upper, lower, strict=True) for upper, lower in zip(one, other, strict=True))
    return _matrix(tuple(tuple(Node("+", pair) for pair in row) for row in pairs))


def _multiplied(left: Node, right: Node) -> Node | None:
    one, other = _rows(left), _rows(right)
    if one is None and other is None:
        return None if "matrix" in (left.head, right.head) else Node("*", (left, right))
    if one is None or other is None:
        scalar, rows = (left, other) if one is None else (right, one)
        return None if scalar.head == "matrix" or rows is None else _scaled(rows, scalar)
    if len(one[0]) != len(other):
        return None
    columns = tuple(zip(*other, strict=True))
    product = (
        tuple(_total([Node("*", pair) for pair in zip(row, column, strict=True)]) for column in columns) for row in one
    )
    return _matrix(tuple(product))


def _power(rows: Rows, exponent: Node) -> Node | None:
    if exponent.head == "sym" and exponent.value in ("T", "t", "top"):
        return _matrix(tuple(zip(*rows, strict=True)))
    times = exact(exponent)
    if times == -1:
        return _inverse(rows)
    if times is None or times.denominator != 1 or not 1 <= times <= MAX_POWER or not _is_square(rows):
        return None
    if not all(exact(item) is not None for row in rows for item in row):
        return None
    result: Node | None = _matrix(rows)
    for _ in range(int(times) - 1):
        result = None if result is None else _multiplied(result, _matrix(rows))
    return result


def _determinant(rows: Rows) -> Node | None:
    """By the first row, of at most four rows."""
    if not _is_square(rows) or len(rows) > 4:
        return None
    if len(rows) == 1:
        return rows[0][0]
    parts = []
    for at, item in enumerate(rows[0]):
        minor = _determinant(tuple((*row[:at], *row[at + 1 :]) for row in rows[1:]))
        if minor is None:
            return None
        part = Node("*", (item, minor))
        parts.append(Node("neg", (part,)) if at % 2 else part)
    return _total(parts)


def _inverse(rows: Rows) -> Node | None:
    """By elimination, of a matrix of rational numbers."""
    size = len(rows)
    values = [[exact(item) for item in row] for row in rows]
    if not _is_square(rows) or any(value is None for row in values for value in row):
        return None
    work = [[value or Fraction(0) for value in row] for row in values]
    for at, row in enumerate(work):
        row.extend(Fraction(int(at == column)) for column in range(size))
    for at in range(size):
        pivot = next((below for below in range(at, size) if work[below][at]), None)
        if pivot is None:
            return None
        work[at], work[pivot] = work[pivot], work[at]
        work[at] = [value / work[at][at] for value in work[at]]
        for other in set(range(size)) - {at}:
            factor = work[other][at]
            work[other] = [value - factor * lead for value, lead in zip(work[other], work[at], strict=True)]
    return _matrix(tuple(tuple(Node("num", (), value) for value in row[size:]) for row in work))
