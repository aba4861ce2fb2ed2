"""`vqa/table`: the cells of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards_vqa.final import block
from vlm_rewards_vqa.references import parsed
from vlm_rewards_vqa.table_text import Grid, read_table
from vlm_rewards_vqa.text.overlap import Numbers, bag_f1, value_key

__all__ = ["table"]

Keys = Literal["headers", "position"]
MAX_SIGNS = 2048  # between the cells of an answer


@vr.reward(range=(0.0, 1.0))
def table(
    completion: vr.Completion,
    solution: str | list[list[Any]],
    *,
    keys: Keys = "headers",
    numbers: Numbers = "value",
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
        return vr.RewardOutput.bad_reference("the reference is no table with a head and cells")
    try:
        grid = read_table(block(completion), most=max(MAX_SIGNS, 4 * sum(map(len, reference))))
    except ValueError as error:
        return vr.RewardOutput.unparseable(str(error))
    if not grid:
        return vr.RewardOutput.unparseable("no table in the answer")
    given = list(_cells(grid, keys, numbers))
    score = bag_f1(given, wanted.elements())
    return vr.RewardOutput(score=score, details={"cells": len(given), "wanted": wanted.total()})


def _cells(grid: Grid, keys: Keys, numbers: Numbers) -> Iterator[Hashable]:
    """Each non-empty cell with its place."""
    if keys == "position":
        for row, cells in enumerate(grid):
            yield from ((row, column, value_key(cell, numbers=numbers)) for column, cell in enumerate(cells) if cell)
        return
    if not grid:
        return
    heads = [value_key(head, numbers=numbers) for head in grid[0]]
    for first, *cells in grid[1:]:
        row_head = value_key(first, numbers=numbers)
        if len(heads) == 1 and first:
            yield heads[0], row_head
        for head, cell in zip(heads[1:], cells, strict=False):
            if cell:
                yield head, row_head, value_key(cell, numbers=numbers)
        yield from ((None, row_head, value_key(cell, numbers=numbers)) for cell in cells[len(heads) - 1 :] if cell)


def _reference(solution: str | list[list[Any]]) -> Grid:
    read = parsed(solution) if isinstance(solution, str) and solution.lstrip().startswith("[[") else solution
    if isinstance(read, str):
        return read_table(read)
    rows = read if isinstance(read, list) else []
    grid = [["" if cell is None else str(cell).strip() for cell in row] for row in rows if isinstance(row, list)]
    return [row for row in grid if row]
