"""Arithmetic of small matrices: sums, products, powers, transposes, inverses, determinants and traces."""

from collections.abc import Callable, Iterable, Sequence

from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.parsing.nodes import Node, integer, walk

MAX_SIDE = 6
MAX_POWER = 12
_HEADS = frozenset(("det", "tr", "+", "*", "/", "neg", "^", "prime", "T"))
Rows = Sequence[Sequence[Node]]


def folded(tree: Node) -> Node:
    r"""The tree with operations on matrices carried out, where they are small enough.

    >>> from vlm_rewards_math.parsing.parser import parse
    >>> folded(parse("2\\begin{pmatrix}1&0\\\\0&1\\end{pmatrix}")) == parse("\\begin{pmatrix}2&0\\\\0&2\\end{pmatrix}")
    True
    """
    if tree.head not in _HEADS or not any(node.head == "matrix" for node in walk(tree)):
        return tree
    args = tuple(folded(part) for part in tree.args)
    first = _rows(args[0])
    result: Node | None = None
    if tree.head in ("+", "*"):
        result = _chained(_added if tree.head == "+" else _multiplied, args)
    elif first is None:
        pass
    elif tree.head == "det":
        result = _determinant(first)
    elif tree.head == "tr" and _is_square(first):
        result = _total([first[at][at] for at in range(len(first))])
    elif tree.head == "neg":
        result = _scaled(first, integer(-1))
    elif tree.head == "/" and _rows(args[1]) is None:
        result = _scaled(first, Node("/", (integer(1), args[1])))
    elif tree.head == "prime":
        result = _matrix(zip(*first, strict=True))
    elif tree.head == "^":
        result = _power(first, args[1])
    return Node(tree.head, args, tree.value) if result is None else result


def _rows(node: Node) -> Rows | None:
    if node.head != "matrix" or len(node.args) > MAX_SIDE:
        return None
    rows = tuple(row.args for row in node.args)
    return rows if all(len(row) == len(rows[0]) <= MAX_SIDE for row in rows) else None


def _matrix(rows: Iterable[Iterable[Node]]) -> Node:
    return Node("matrix", tuple(Node("tuple", tuple(map(_value, row)), "[]") for row in rows))


def _value(node: Node) -> Node:
    value = exact(node)
    return node if value is None or node.head in ("num", "dec") else Node("num", (), value)


def _total(parts: list[Node]) -> Node:
    return _value(parts[0] if len(parts) == 1 else Node("+", tuple(parts)))


def _is_square(rows: Rows) -> bool:
    return len(rows) == len(rows[0])


def _scaled(rows: Rows, factor: Node) -> Node:
    return _matrix((Node("*", (factor, item)) for item in row) for row in rows)


def _chained(operation: Callable[[Node, Node], Node | None], args: Sequence[Node]) -> Node | None:
    result: Node | None = args[0]
    for right in args[1:]:
        result = None if result is None else operation(result, right)
    return result


def _added(left: Node, right: Node) -> Node | None:
    one, other = _rows(left), _rows(right)
    if one is None or other is None or len(one) != len(other) or len(one[0]) != len(other[0]):
        return None
    rows = zip(one, other, strict=True)
    return _matrix((Node("+", pair) for pair in zip(upper, lower, strict=True)) for upper, lower in rows)


def _multiplied(left: Node, right: Node) -> Node | None:
    one, other = _rows(left), _rows(right)
    if one is None and other is None:
        return None if "matrix" in (left.head, right.head) else Node("*", (left, right))
    if one is None or other is None:
        scalar, rows = (left, other) if one is None else (right, one)
        return None if scalar.head == "matrix" or rows is None else _scaled(rows, scalar)
    if len(one[0]) != len(other):
        return None
    columns = list(zip(*other, strict=True))
    return _matrix(
        (_total([Node("*", pair) for pair in zip(row, column, strict=True)]) for column in columns) for row in one
    )


def _power(rows: Rows, exponent: Node) -> Node | None:
    if exponent.head == "sym" and exponent.value in ("T", "t", "top"):
        return _matrix(zip(*rows, strict=True))
    times = exact(exponent)
    if times == -1:
        return _inverse(rows)
    if times is None or times.denominator != 1 or not 1 <= times <= MAX_POWER or not _is_square(rows):
        return None
    if any(exact(item) is None for row in rows for item in row):
        return None
    return _chained(_multiplied, [_matrix(rows)] * int(times))


def _determinant(rows: Rows) -> Node | None:
    return _by_first_row(rows) if _is_square(rows) and len(rows) <= 4 else None


def _by_first_row(rows: Rows) -> Node:
    """The determinant of a square."""
    if len(rows) < 2:
        return rows[0][0] if rows else integer(1)
    return _total([Node("*", (item, _cofactor(rows, 0, at))) for at, item in enumerate(rows[0])])


def _cofactor(rows: Rows, row: int, column: int) -> Node:
    minor = _by_first_row([(*line[:column], *line[column + 1 :]) for line in (*rows[:row], *rows[row + 1 :])])
    return Node("neg", (minor,)) if (row + column) % 2 else minor


def _inverse(rows: Rows) -> Node | None:
    """By cofactors, of numbers in at most four rows."""
    determinant = _determinant(rows)
    if determinant is None or exact(determinant) in (0, None):
        return None
    at = range(len(rows))
    return _matrix((Node("/", (_cofactor(rows, column, row), determinant)) for column in at) for row in at)
