"""What the parser makes of an answer: a tree of small immutable nodes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple


class Unreadable(Exception):  # noqa: N818 - it is an outcome of reading, not a fault
    """The text is nothing that the parser knows, or it is too large or too deep."""


class Node(NamedTuple):
    """One operation, with its operands; `value` holds what is not an operand (a number, a name, brackets, a unit).

    | head            | args             | value                                             |
    |-----------------|------------------|---------------------------------------------------|
    | num, dec        |                  | a Fraction; of a decimal with the decimals shown   |
    | sym, const,text |                  | the name or the words                             |
    | + * / ^ neg pm  | operands         |                                                   |
    | sin, gcd, ...   | arguments        |                                                   |
    | call            | arguments        | the name of the function                          |
    | list, set       | items            |                                                   |
    | tuple           | items            | its two brackets, "(]"                            |
    | matrix          | rows (tuple)       |                                                   |
    | chain           | sides            | the relations between them, ("<", "<=")           |
    | qty             | the number       | a Unit                                            |
    """

    head: str
    args: tuple[Node, ...] = ()
    value: Any = None


def integer(value: int) -> Node:
    """An exact whole number.

    >>> integer(7)
    Node(head='num', args=(), value=Fraction(7, 1))
    """
    return Node("num", (), Fraction(value))


def decimal(value: Fraction, places: int) -> Node:
    """A number that was written with so many decimals."""
    return Node("dec", (), (value, places))


def is_number(node: Node) -> bool:
    """Whether a node is one written number."""
    return node.head in ("num", "dec")


def walk(node: Node) -> Iterator[Node]:
    """All nodes of a tree, parents first."""
    todo = [node]
    while todo:
        here = todo.pop()
        yield here
        todo.extend(here.args)


def symbols(node: Node) -> set[str]:
    """The names of the unknowns in a tree, and of its functions."""
    return {here.value for here in walk(node) if here.head in ("sym", "call")}
