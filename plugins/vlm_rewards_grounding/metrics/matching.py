"""The optimal one-to-one assignment of predicted to reference boxes: it maximises the sum of their weights.

Greedy matching depends on the order of the boxes; this does not. Most images need no optimiser: where the favourites
of all rows (or of all columns) differ, the best assignment is plain.
"""

from collections.abc import Sequence

Pair = tuple[int, int]


def assign(weights: Sequence[Sequence[float]]) -> list[Pair]:
    """Pairs (row, column) of the assignment with the greatest sum of weights, by rows; pairs of weight 0 are left out.

    The weights have one row per predicted box and one column per reference, and are at least 0 and finite.

    Source: the assignment problem (Kuhn, 1955), solved by scipy's `linear_sum_assignment`.

    >>> assign([[0.6, 0.5], [0.5, 0.0]])  # greedy would take 0.6 and nothing else
    [(0, 1), (1, 0)]
    >>> assign([[0.0], [0.0]])
    []
    """
    if not weights or not weights[0]:
        return []
    by_rows = _favourites(weights)
    if by_rows is not None:
        return [(row, column) for row, column in enumerate(by_rows) if column >= 0]
    by_columns = _favourites(list(zip(*weights, strict=True)))
    if by_columns is not None:
        return sorted((row, column) for column, row in enumerate(by_columns) if row >= 0)
    return _optimal(weights)


def assigned_weights(weights: Sequence[Sequence[float]]) -> list[float]:
    """The weight of each row in the best assignment, 0 without a partner."""
    values = [0.0] * len(weights)
    for row, column in assign(weights):
        values[row] = weights[row][column]
    return values


def _favourites(weights: Sequence[Sequence[float]]) -> list[int] | None:
    """The greatest entry of each row, -1 for a row of zeros, the best of all; None when two want one column."""
    greatest = [max(row) for row in weights]
    chosen = [row.index(best) if best > 0 else -1 for row, best in zip(weights, greatest, strict=True)]
    taken = [column for column in chosen if column >= 0]
    return chosen if len(taken) == len(set(taken)) else None


def _optimal(weights: Sequence[Sequence[float]]) -> list[Pair]:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    # Boxes that overlap nothing would only make the problem larger.
    rows = [index for index, row in enumerate(weights) if max(row) > 0]
    columns = [index for index, column in enumerate(zip(*weights, strict=True)) if max(column) > 0]
    table = np.array([[weights[row][column] for column in columns] for row in rows])
    chosen = zip(*(side.tolist() for side in linear_sum_assignment(table, maximize=True)), strict=True)
    return [(rows[row], columns[column]) for row, column in chosen if table[row, column] > 0]
