"""Matrices with a factor, a divisor or a sign before them, and transposed ones, as plain matrices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.parsing.nodes import Node, integer, walk

__all__ = ["folded"]

MAX_SIDE = 6
_HEADS = frozenset(("+", "*", "/", "neg", "^", "prime"))
Rows = Sequence[Sequence[Node]]


def folded(tree: Node) -> Node:
    r"""The tree with factors within matrices, and with transposes carried out, where the matrices are small enough.

    >>> from vlm_rewards_math.parsing.parser import parse
    >>> folded(parse("2\\begin{pmatrix}1&0\\\\0&1\\end{pmatrix}")) == parse("\\begin{pmatrix}2&0\\\\0&2\\end{pmatrix}")
    True
    """
    if tree.head not in _HEADS or not any(node.head == "matrix" for node in walk(tree)):
        return tree
    args = tuple(map(folded, tree.args))
    others = [part for part in args if part.head != "matrix"]
    at = next((at for at, part in enumerate(args) if part.head == "matrix"), 0)
    rows = _rows(args[at]) if at == 0 or tree.head == "*" else None
    if rows is not None and tree.head == "*" and len(others) == len(args) - 1:
        return _scaled(rows, *others)
    if rows is not None and tree.head == "/" and others:
        return _scaled(rows, Node("/", (integer(1), args[1])))
    if rows is not None and tree.head == "neg":
        return _scaled(rows, integer(-1))
    is_power = tree.head == "^" and args[1].head == "sym" and args[1].value in ("T", "t", "top")
    if rows is not None and (is_power or tree.head == "prime"):
        return _matrix(zip(*rows, strict=True))
    return Node(tree.head, args, tree.value)


def _rows(node: Node) -> Rows | None:
    if node.head != "matrix" or len(node.args) > MAX_SIDE:
        return None
    rows = tuple(row.args for row in node.args)
    return rows if all(len(row) == len(rows[0]) <= MAX_SIDE for row in rows) else None


def _scaled(rows: Rows, *factors: Node) -> Node:
    return _matrix((Node("*", (*factors, item)) for item in row) for row in rows)


def _matrix(rows: Iterable[Iterable[Node]]) -> Node:
    return Node("matrix", tuple(Node("tuple", tuple(map(_value, row)), "[]") for row in rows))


def _value(node: Node) -> Node:
    value = exact(node)
    return node if value is None or node.head in ("num", "dec") else Node("num", (), value)
