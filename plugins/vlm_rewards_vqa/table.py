"""`vqa/table`: the cells of a table."""

from __future__ import annotations

import contextlib
import csv
import html
import string
from collections import Counter
from collections.abc import Hashable, Iterator
from itertools import zip_longest
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards_vqa.references import block, judged, listed, partly
from vlm_rewards_vqa.text.overlap import Numbers, bag_f1, value_key

Keys = Literal["headers", "position"]
Grid = list[list[str]]

MAX_SIGNS = 2048  # between the cells of an answer
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_RULE = frozenset("-: ")
_CELLS = ("td", "th")
_BETWEEN = ("/tr", "/td", "/th", "/table", "table")  # what follows these is in no cell


@vr.reward(range=(0.0, 1.0))
def table(
    completion: vr.Completion, solution: str | list[list[Any]], *, keys: Keys = "headers", numbers: Numbers = "value"
) -> vr.RewardOutput:
    r"""F1 of the cells of the answer's table and of the reference: a cell counts when place and value are right.

    Range 0 to 1; never abstains. Tables are Markdown, HTML, or tab- or comma-separated lines, in the last `<answer>`
    block, or else after the reasoning. Case, articles and punctuation around a cell do not count; merged cells are read
    as one. An answer without a table is unparseable, and so is one with more than 2,048 signs between cells, unless the
    reference is so large itself.

    Args:
        completion: The answer.
        solution: The right table, in any of these forms, or as a list of rows, or its JSON text.
        keys: `headers`: the place of a cell is the head of its column and the first cell of its row, so that rows and
            columns may come in any order; `position`: its row and column number, and heads are cells too.
        numbers: `value`: `1,234`, `1234.0` and `$1234` are equal; `text`: as they are written.

    Source: cell matching by row and column head as in DePlot (Liu et al., arXiv 2212.10505), by equality.

    >>> gold = "| team | goals |\n|---|---|\n| Red | 3 |\n| Blue | 1 |"
    >>> table(vr.Completion("<answer>team,goals\nblue,1\nred,3</answer>"), gold).score
    1.0
    >>> table(vr.Completion("| team | goals |\n| Red | 1 |\n| Blue | 1 |"), gold).score
    0.5
    >>> hack = vr.Completion("| team | goals |\n" + "".join(f"| Red | {goals} |\n" for goals in range(9)))
    >>> table(hack, gold).score < 0.2  # a hack: every number
    True
    """
    reference = _reference(solution)
    wanted = Counter(_cells(reference, keys, numbers))
    if not wanted:
        return vr.RewardOutput.bad_reference("the reference is not a table with a head and cells")

    def judge(text: str) -> vr.RewardOutput:
        grid = read_table(text, most=max(MAX_SIGNS, 4 * sum(map(len, reference))))
        if not grid:
            raise ValueError("no table in the answer")
        given = list(_cells(grid, keys, numbers))
        return partly(bag_f1(given, wanted.elements()), "cells", {"cells": len(given), "wanted": wanted.total()})

    return judged(completion, judge, read=block)


def read_table(text: str, *, most: int | None = None) -> Grid:
    r"""The rows of the table in a text, each a list of stripped cells; empty without one.

    Raises ValueError where it has more than `most` signs between its cells.

    >>> read_table("Sales:\n| a | b |\n|---|:-:|\n| 1 | 2 |")
    [['a', 'b'], ['1', '2']]
    >>> read_table("<table><tr><th>a<th>b</tr><tr><td>1</td><td>2 &amp; 3</td></tr></table>")
    [['a', 'b'], ['1', '2 & 3']]
    >>> read_table("a\tb\n1\t2"), read_table('a,b\n"1,5",2'), read_table("no table")
    ([['a', 'b'], ['1', '2']], [['a', 'b'], ['1,5', '2']], [])
    """
    text = text.replace("<0x0A>", "\n")  # how DePlot writes a line break
    lower = text.translate(_LOWER)
    if "<tr" in lower:
        _bound(lower.count("<td") + lower.count("<th"), most)
        return _html(text)
    text = _fenced(text)
    lines = [line.strip() for line in text.splitlines()]
    sign = next((sign for sign in "|\t" if any(sign in line for line in lines)), ",")
    _bound(text.count(sign), most)
    if sign == "|":
        return [row for line in lines if "|" in line and (row := _markdown(line))]
    if sign == "\t":
        return [[cell.strip() for cell in line.split("\t")] for line in lines if "\t" in line]
    with contextlib.suppress(csv.Error):
        return [[cell.strip() for cell in row] for row in csv.reader(lines, skipinitialspace=True) if len(row) > 1]
    return []


def _cells(grid: Grid, keys: Keys, numbers: Numbers) -> Iterator[Hashable]:
    """Each non-empty cell with its place."""
    if keys == "position":
        for row, cells in enumerate(grid):
            yield from ((row, column, value_key(cell, numbers=numbers)) for column, cell in enumerate(cells) if cell)
        return
    heads = [value_key(head, numbers=numbers) for row in grid[:1] for head in row]
    for first, *cells in grid[1:]:
        row_head = value_key(first, numbers=numbers)
        if len(heads) == 1 and first:
            yield heads[0], row_head
        for head, cell in zip_longest(heads[1:], cells):
            if cell:
                yield head, row_head, value_key(cell, numbers=numbers)


def _reference(solution: str | list[list[Any]]) -> Grid:
    if isinstance(solution, str) and not solution.lstrip().startswith("[["):
        return read_table(solution)
    rows = listed(solution) or []
    grid = [["" if cell is None else str(cell).strip() for cell in row] for row in rows if isinstance(row, list)]
    return [row for row in grid if row]


def _bound(signs: int, most: int | None) -> None:
    if most is not None and signs > most:
        raise ValueError(f"the table has more than {most} signs between cells")


def _fenced(text: str) -> str:
    """The inside of the last fenced block, or the whole text without one."""
    end = text.rfind("```")
    start = text.rfind("```", 0, max(end, 0))
    return text[start:end].partition("\n")[2] if start >= 0 else text


def _markdown(line: str) -> list[str]:
    """The cells of one line; empty for the rule under the head."""
    cells = [cell.strip().replace("\0", "|") for cell in line.replace("\\|", "\0").strip("|").split("|")]
    ruled = all(_RULE.issuperset(cell) and "-" in cell for cell in cells)
    return [] if ruled else [cell.strip("*").strip() for cell in cells]


def _html(text: str) -> Grid:
    """Rows and cells by their opening tags; other tags are dropped, closing ones need not be there."""
    rows: Grid = []
    for piece in text.split("<")[1:]:
        tag, _, after = piece.partition(">")
        name = "".join(tag.translate(_LOWER).split(maxsplit=1)[:1])
        if name == "tr" or (name in _CELLS and not rows):
            rows.append([])
        if name in _CELLS:
            rows[-1].append("")
        if name not in _BETWEEN and rows and rows[-1]:
            rows[-1][-1] += f" {after}" if name in ("br", "br/") else after
    return [[" ".join(html.unescape(cell).split()) for cell in row] for row in rows if row]
