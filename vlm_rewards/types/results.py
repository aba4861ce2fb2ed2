"""The result of scoring a batch, column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from vlm_rewards.types.output import RewardOutput, ScoredRow, Status


@dataclass(slots=True)
class Outcomes:
    """One value per row of the batch; a status of None means that the term was not routed to the row."""

    scores: list[float | None]
    statuses: list[Status | None]
    reasons: list[str | None]
    details: list[dict[str, Any] | None]
    milliseconds: list[float | None]

    @classmethod
    def empty(cls, rows: int) -> Self:
        """Outcomes of a term that is routed to no row."""
        return cls([None] * rows, [None] * rows, [None] * rows, [None] * rows, [None] * rows)

    def copy_row(self, source: int, target: int) -> None:
        """Give one row the outcome of another."""
        columns: tuple[list[Any], ...] = (self.scores, self.statuses, self.reasons, self.details)
        for column in columns:
            column[target] = column[source]

    def set(self, row: int, status: Status, reason: str | None, score: float | None = None) -> None:
        """Set the outcome of one row."""
        self.scores[row], self.statuses[row], self.reasons[row] = score, status, reason

    def output(self, row: int) -> RewardOutput | None:
        """The outcome of one row as a model; None where the term was not routed."""
        status = self.statuses[row]
        if status is None:
            return None
        return RewardOutput(
            score=self.scores[row], status=status, reason=self.reasons[row], details=self.details[row] or {}
        )


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
        return self.terms[term].outcomes.output(row)

    def rows(self) -> Iterator[ScoredRow]:
        """Every row as a model, for files and reports."""
        for row, total in enumerate(self.totals):
            outputs = ((name, self.output(row, name)) for name in self.terms)
            yield ScoredRow(
                row=row, total=total, terms={name: output for name, output in outputs if output is not None}
            )
