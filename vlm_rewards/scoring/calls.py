"""The rows that a term is evaluated for, and the calls of its reward that answer them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.registry.decorator import RESERVED, Mode
from vlm_rewards.scoring.term import Term
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.images import ImageRef


@dataclass(frozen=True, slots=True)
class Calls:
    """What a term is asked for some rows of a batch."""

    term: Term
    batch: Batch
    rows: Sequence[int]
    arguments: Sequence[Sequence[Any]]  # of the reward's column parameters, each aligned with `rows`

    def select(self, positions: Sequence[int]) -> Calls:
        """The same for some of the rows, by their positions in `rows`."""
        arguments = [[values[position] for position in positions] for values in self.arguments]
        return replace(self, rows=[self.rows[position] for position in positions], arguments=arguments)

    @property
    def can_share(self) -> bool:
        """Whether rows that agree in everything injected get one answer."""
        spec = self.term.info
        return spec.pure and spec.mode is Mode.ONE and not any(column.name in RESERVED for column in spec.columns)

    def distinct(self) -> tuple[Calls, list[tuple[int, int]]]:
        """The calls that differ, and (row that is asked, row that asks the same) for the others."""
        ids = self.batch.duplicate_ids
        first: dict[Any, int] = {}
        same: list[tuple[int, int]] = []
        unique: list[int] = []
        for position, row in enumerate(self.rows):
            # Equal values are one object, as `ColumnReader` validates each once: identity tells them apart cheaply.
            known = first.setdefault((ids[row], *(id(values[position]) for values in self.arguments)), row)
            if known == row:
                unique.append(position)
            else:
                same.append((known, row))
        return self.select(unique), same

    def positions(self) -> list[list[int]]:
        """Positions in `rows` that go into one call: one each, all of them, or those of one group."""
        if self.term.info.mode is Mode.ONE:
            return [[position] for position in range(len(self.rows))]
        if self.term.info.mode is not Mode.GROUP:
            return [list(range(len(self.rows)))]
        groups: dict[Any, list[int]] = {}
        for position, row in enumerate(self.rows):
            groups.setdefault(self.batch.groups[row], []).append(position)
        return list(groups.values())

    def __iter__(self) -> Iterator[tuple[Sequence[int], Sequence[Any]]]:
        """The calls for several completions: the positions each answers for, and its arguments (for TRL, keywords)."""
        if self.term.info.mode is Mode.TRL:
            yield range(len(self.rows)), (self.keywords(),)
            return
        for positions in self.positions():
            columns = [
                self.batch.context if parameter.name == "context" else [values[position] for position in positions]
                for parameter, values in zip(self.term.info.columns, self.arguments, strict=True)
            ]
            completions = [self.batch.completions[self.rows[position]] for position in positions]
            yield positions, (completions, *columns)

    def keywords(self) -> dict[str, Any]:
        """What a function of TRL's convention gets: per-row lists cut to the rows, anything else as it is."""
        given, length = self.batch.trl_arguments, len(self.batch)
        per_row = {name for name, value in given.items() if isinstance(value, list) and len(value) == length}
        return {**given, **{name: [given[name][row] for row in self.rows] for name in per_row}}

    def readable(self, positions: Sequence[int]) -> list[int]:
        """Those of some positions whose images can be read; none when those are all of them."""
        left = list(positions)
        for parameter, values in zip(self.term.info.columns, self.arguments, strict=False):
            if parameter.name == "images":
                left = [position for position in left if all(map(_is_readable, values[position]))]
        return left if len(left) < len(positions) else []


def _is_readable(image: ImageRef) -> bool:
    try:
        image.open()
    except ColumnError:
        return False
    return True
