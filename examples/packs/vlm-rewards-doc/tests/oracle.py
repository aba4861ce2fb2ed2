"""The published TEDS, on tables as plain trees: its costs, its sizes, and APTED for the distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from vlm_rewards_doc.tables import Table

#: The label of a node, and its children.
Tree = tuple[tuple[Any, ...], tuple["Tree", ...]]


def tree(table: Table, *, structure_only: bool = False) -> Tree:
    """A table, its rows and its cells."""
    rows = [
        (("tr",), tuple((("td", cell.colspan, cell.rowspan, "" if structure_only else cell.text), ()) for cell in row))
        for row in table
    ]
    return ("table",), tuple(rows)


def rename(one: tuple[Any, ...], other: tuple[Any, ...]) -> float:
    if one[:3] != other[:3]:
        return 1.0
    if one[0] != "td" or not (one[3] or other[3]):
        return 0.0
    return levenshtein(one[3], other[3]) / max(len(one[3]), len(other[3]))


def levenshtein(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for at, sign in enumerate(one, 1):
        last, row[0] = row[0], at
        for to, letter in enumerate(other, 1):
            last, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, last + (sign != letter))
    return row[-1]


def by_definition(one: Tree, other: Tree) -> float:
    """The distance by the recursion that defines it: the last node of a forest goes, comes, or meets the other."""

    @cache
    def size(forest: Sequence[Tree]) -> int:
        return sum(1 + size(children) for _, children in forest)

    @cache
    def distance(first: tuple[Tree, ...], second: tuple[Tree, ...]) -> float:
        if not first or not second:
            return float(size(first) + size(second))
        (label, children), (mark, others) = first[-1], second[-1]
        return min(
            distance(first[:-1] + children, second) + 1,
            distance(first, second[:-1] + others) + 1,
            distance(first[:-1], second[:-1]) + distance(children, others) + rename(label, mark),
        )

    return distance((one,), (other,))


def by_apted(one: Tree, other: Tree) -> float:
    """The distance by the library that the published program uses."""
    from apted import APTED

    class Costs:
        valuecls = float

        def insert(self, _node: Tree) -> float:
            return 1.0

        def delete(self, _node: Tree) -> float:
            return 1.0

        def rename(self, node1: Tree, node2: Tree) -> float:
            return rename(node1[0], node2[0])

        def children(self, node: Tree) -> tuple[Tree, ...]:
            return node[1]

    return float(APTED(one, other, Costs()).compute_edit_distance())


def score(one: Table, other: Table, distance: Callable[[Tree, Tree], float], *, structure_only: bool = False) -> float:
    sizes = [len(table) + sum(map(len, table)) for table in (one, other)]
    trees = [tree(table, structure_only=structure_only) for table in (one, other)]
    return 1 - distance(*trees) / max(sizes)
