"""The result of scoring a batch, column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_rewards.types.output import RewardOutput, ScoredRow, Status

if TYPE_CHECKING:
    from vlm_rewards.scoring.output_validator import Outcomes

__all__ = ["ScoredBatch", "ScoredTerm"]


@dataclass(frozen=True, slots=True)
class ScoredTerm:
    """One term over a batch.

    Args:
        name: The term's name.
        reward: Full name of its reward.
        weight: Its factor in the sum.
        outcomes: Score, status, reason and details per row.
        values: What each row counts before weighting; None where the term counts nothing.
        milliseconds: Time spent in the term.
    """

    name: str
    reward: str
    weight: float
    outcomes: Outcomes
    values: Sequence[float | None]
    milliseconds: float

    @property
    def counts(self) -> Counter[Status]:
        """Rows by status, of the rows that the term was routed to."""
        return Counter(status for status in self.outcomes.statuses if status is not None)

    def failed(self, row: int) -> bool:
        """Whether the grader failed on a row."""
        return self.outcomes.statuses[row] is Status.FAILED

    @property
    def mean(self) -> float | None:
        """Mean of what the term counts over the rows where it counts; None when there is no such row."""
        values = [value for value in self.values if value is not None]
        return sum(values) / len(values) if values else None


@dataclass(frozen=True, slots=True)
class ScoredBatch:
    """Totals and terms of a batch.

    Args:
        totals: The combined reward per row; None where the row has none.
        terms: Every term by name, in the order of the config.
    """

    totals: Sequence[float | None]
    terms: dict[str, ScoredTerm]

    def __len__(self) -> int:
        return len(self.totals)

    @property
    def mean(self) -> float | None:
        """Mean total over the rows that have one."""
        totals = [total for total in self.totals if total is not None]
        return sum(totals) / len(totals) if totals else None

    @property
    def counts(self) -> Counter[Status]:
        """Outcomes by status, over all terms."""
        return sum((term.counts for term in self.terms.values()), Counter())

    def output(self, row: int, term: str) -> RewardOutput | None:
        """The outcome of one term for one row; None where the term was not routed to it."""
        return self.terms[term].outcomes.at(row)

    def rows(self) -> Iterator[ScoredRow]:
        """Every row as a model, for files and reports."""
        for row, total in enumerate(self.totals):
            outputs = ((name, self.output(row, name)) for name in self.terms)
            yield ScoredRow(
                row=row, total=total, terms={name: output for name, output in outputs if output is not None}
            )
