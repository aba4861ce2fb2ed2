"""Arithmetic of small matrices: sums, multiples and transposes."""

from __future__ import annotations

from collections.abc import Iterable

from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.parsing.nodes import Node, integer, walk

__all__ = ["folded"]

MAX_SIDE = 6
_HEADS = frozenset(("+", "*", "/", "neg", "^", "prime"))
_TRANSPOSED = tuple(Node("sym", (), name) for name in ("T", "t", "top"))


def folded(tree: Node) -> Node:
    r"""The tree with operations on matrices carried out, where they are small enough.

    >>> from vlm_rewards_math.parsing.parser import parse
    >>> folded(parse("2\\begin{pmatrix}1&0\\\\0&1\\end{pmatrix}")) == parse("\\begin{pmatrix}2&0\\\\0&2\\end{pmatrix}")
    True
    """
    if tree.head not in _HEADS or not any(node.head == "matrix" for node in walk(tree)):
        return tree
    args = tuple(folded(part) for part in tree.args)
    grids = [tuple(row.args for row in part.args) for part in args if part.head == "matrix"]
    others = tuple(part for part in args if part.head != "matrix")
    sides = {(len(rows), len(row)) for rows in grids for row in rows}
    if len(sides) == 1 and max(*sides.pop()) <= MAX_SIDE:
        if tree.head == "+" and not others:
            return _matrix((Node("+", items) for items in zip(*rows, strict=True)) for rows in zip(*grids, strict=True))
        if len(grids) == 1 and (tree.head == "*" or args[0].head == "matrix"):
            if tree.head == "prime" or (tree.head == "^" and args[1] in _TRANSPOSED):
                return _matrix(zip(*grids[0], strict=True))
            if tree.head != "^":
                factors = {"neg": (integer(-1),), "/": (Node("/", (integer(1), *others)),)}.get(tree.head, others)
                return _matrix((Node("*", (item, *factors)) for item in row) for row in grids[0])
    return Node(tree.head, args, tree.value)


def _matrix(rows: Iterable[Iterable[Node]]) -> Node:
    return Node("matrix", tuple(Node("tuple", tuple(map(_value, row)), "[]") for row in rows))


def _value(node: Node) -> Node:
    value = exact(node)
    return node if value is None or node.head in ("num", "dec") else Node("num", (), value)
