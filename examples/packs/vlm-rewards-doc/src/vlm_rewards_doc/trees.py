"""The edit distance of two tables as trees: a table of rows of cells.

The algorithm is that of Zhang and Shasha. Trees of this depth have the distances of their subtrees in closed form: two
rows are edited like two words, whose letters are cells. So a pair of nodes is one step, and numpy takes many at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vlm_rewards_doc.tables import Table

#: A row, or a cell as its own: the cells, how many nodes precede them, and of a row how many they are, of a cell -1.
_Node = tuple[Sequence[int], int, int]


def tree_distance(one: Table, other: Table) -> float:
    """The least cost of edits that make one table of the other.

    To insert or delete a row or cell costs 1, and so does a cell whose span differs; one whose text differs costs its
    Levenshtein distance by the length of the longer text, and a cell made a row costs 1.
    """
    import numpy as np

    first, second = _nodes(one), _nodes(other)
    trees = _edits(first, second, _renamed(one, other))
    rows, columns = (np.array([size for _, _, size in nodes]) for nodes in (first, second))
    # Of a cell and a row, the cell meets one of the row's, or it is made the row.
    mixed = np.minimum(trees, np.maximum(rows[:, None], columns)) + 1
    trees = np.where((rows < 0)[:, None] == (columns < 0), trees, mixed)
    before = [start for _, start, _ in second]
    steps = np.arange(len(second) + 1.0)
    forests = [steps]
    for (_, start, _), costs in zip(first, trees, strict=True):
        best = forests[-1] + 1
        best[1:] = np.minimum(best[1:], forests[start][before] + costs)
        forests.append(np.minimum.accumulate(best - steps) + steps)
    return float(forests[-1][-1])


def _nodes(table: Table) -> list[_Node]:
    """The nodes of a table, where a row follows its cells."""
    nodes: list[_Node] = []
    for number, row in enumerate(table):
        start = len(nodes)
        cells = range(start - number, start - number + len(row))
        nodes += [((cell,), cell + number, -1) for cell in cells]
        nodes.append((cells, start, len(row)))
    return nodes


def _renamed(one: Table, other: Table) -> Any:
    """What it costs to make each cell of one table each of the other."""
    import numpy as np
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    cells = [[cell for row in table for cell in row] for table in (one, other)]
    spans = [np.array([cell[1:] for cell in part]).reshape(-1, 2) for part in cells]
    texts = [[cell.text for cell in part] for part in cells]
    costs = process.cdist(*texts, scorer=Levenshtein.normalized_distance, dtype=np.float64)
    return np.maximum(costs, np.not_equal(spans[0][:, None], spans[1]).any(axis=2))


def _edits(first: Sequence[_Node], second: Sequence[_Node], renamed: Any) -> Any:
    """The edit distance between the cells of each node and of each other; nodes with as many are taken together."""
    import numpy as np

    distances = np.empty((len(first), len(second)))
    sizes, others = (np.array([len(cells) for cells, _, _ in nodes]) for nodes in (first, second))
    for size in set(sizes):
        one = np.flatnonzero(sizes == size)
        cells = np.array([first[int(at)][0] for at in one], dtype=np.int64)
        for length in set(others):
            other = np.flatnonzero(others == length)
            beside = np.array([second[int(at)][0] for at in other], dtype=np.int64)
            steps = np.arange(length + 1.0)
            edits = np.broadcast_to(steps, (len(one), len(other), len(steps)))
            for column in cells.T:
                best = edits + 1
                best[..., 1:] = np.minimum(best[..., 1:], edits[..., :-1] + renamed[column[:, None, None], beside])
                edits = np.minimum.accumulate(best - steps, axis=-1) + steps
            distances[np.ix_(one, other)] = edits[..., -1]
    return distances
