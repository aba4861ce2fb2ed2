"""How what terms count is spread over the answers, and how terms go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vlm_rewards.report.records import AnsweredRow

_BINS = 20


@dataclass(frozen=True, slots=True)
class Histogram:
    """Answers by value, in twenty steps from the lowest to the highest of any model."""

    name: str  # the term, or `total`
    low: float  # the lowest value
    high: float  # the highest
    counts: Mapping[tuple[str, str], Sequence[int]]  # by model and mode, how many answers are in each step


def histogram(name: str, values: Mapping[tuple[str, str], Sequence[float | None]]) -> Histogram | None:
    """The distribution of values by model and mode; None where there are none."""
    import numpy as np

    there = {key: [value for value in given if value is not None] for key, given in values.items()}
    every = [value for given in there.values() for value in given]
    if not every:
        return None
    low, high = min(every), max(every)
    counts = {
        key: np.histogram(given, _BINS, (low, high))[0].tolist() if high > low else [len(given)]
        for key, given in there.items()
        if given
    }
    return Histogram(name, low, high, counts)


def correlations(rows: Sequence[AnsweredRow], terms: Sequence[str]) -> list[list[float | None]]:
    """Pearson's correlation of every two terms, over the answers for which both count something; None where it is not.

    There is none between less than three answers, and none of a term that always counts the same.
    """
    import numpy as np

    values = [[np.nan if (held := row.value(term)) is None else held for term in terms] for row in rows]
    table = np.array(values).reshape(len(rows), len(terms))
    found: list[list[float | None]] = [[None] * len(terms) for _ in terms]
    for one in range(len(terms)):
        for other in range(one + 1):
            both = table[:, [one, other]]
            both = both[~np.isnan(both).any(axis=1)]
            if len(both) >= 3 and np.ptp(both, axis=0).min() > 0:
                found[one][other] = found[other][one] = float(np.corrcoef(both.T)[0, 1])
    return found
