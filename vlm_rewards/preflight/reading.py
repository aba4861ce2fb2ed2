"""What a term reads from a dataset: the rows it is routed to, and their validated values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from vlm_rewards.scoring.term import Term
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.images import Images


@dataclass(frozen=True, slots=True)
class Reading:
    """One term over a dataset, before any reward is called."""

    term: Term
    batch: Batch  # with a completion for every row
    rows: Sequence[int]  # that the term is routed to
    arguments: Sequence[Sequence[Any]]  # of the reward's parameters, each aligned with `rows`
    bad: Mapping[int, str]  # a reason for each row with a value that cannot be used

    @classmethod
    def of(cls, term: Term, batch: Batch) -> Self:
        """Route a term, and read its columns; all of them are in the batch."""
        rows = range(len(batch)) if term.when is None else term.when.rows(batch)
        arguments, bad = term.read(batch, rows, lambda *_: None)
        return cls(term, batch, rows, arguments, bad)

    @property
    def where(self) -> str:
        """The term's place in the rewards file."""
        return f"rewards.{self.term.name}"

    def without(self, rows: Mapping[int, object]) -> tuple[list[int], list[list[Any]]]:
        """The rows and arguments, without some rows."""
        kept = [position for position, row in enumerate(self.rows) if row not in rows]
        return [self.rows[position] for position in kept], [[v[position] for position in kept] for v in self.arguments]

    def values(self, parameter: str) -> dict[int, Any]:
        """The usable values of one parameter, by row; empty when the reward has no such parameter."""
        for column, values in zip(self.term.info.columns, self.arguments, strict=True):
            if column.name == parameter:
                return {row: value for row, value in zip(self.rows, values, strict=True) if row not in self.bad}
        return {}

    def images(self) -> Sequence[Images]:
        """The images of every row of the dataset, unread, from the column that the term uses."""
        return self.batch.images_from(self.term.images)
