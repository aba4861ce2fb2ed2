"""What a summary tells of scored rows: tallies of chunks, which are added up, and which ids come twice."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OTHERS = "other reasons"
_MOST_FAULTS, _MOST_ROWS = 200, 5


@dataclass(slots=True)
class TermTally:
    """Rows of a term by status, and the sum of what it counts over how many."""

    statuses: Counter[str] = field(default_factory=Counter)
    sum: float = 0.0
    counted: int = 0


@dataclass(slots=True)
class Fault:
    """How often something could not be scored, and the first rows."""

    count: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Counts of rows: those with a total and its sum, the terms, and what failed, by term, status and reason.

    Of the reasons the first 200 are kept apart; the others are counted together.
    """

    rows: int = 0
    sum: float = 0.0
    totals: int = 0
    terms: dict[str, TermTally] = field(default_factory=dict)
    faults: dict[tuple[str, str, str], Fault] = field(default_factory=dict)

    @property
    def mean(self) -> float | None:
        """Mean total over the rows that have one."""
        return self.sum / self.totals if self.totals else None

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Tally:
        """The tally of output rows."""
        tally = cls()
        for row in rows:
            tally.rows += 1
            if row["total"] is not None:
                tally.sum += row["total"]
                tally.totals += 1
            if "skipped" in row:
                tally._add_fault(("", "skipped", row["skipped"]), Fault(1, [row["row"]]))
            for name, outcome in row["terms"].items():
                term = tally.terms.get(name) or tally.terms.setdefault(name, TermTally())
                status, value = outcome["status"], row["values"][name]
                term.statuses[status] += 1
                if value is not None:
                    term.sum += value
                    term.counted += 1
                if status != "scored":
                    tally._add_fault((name, status, outcome.get("reason") or ""), Fault(1, [row["row"]]))
        return tally

    def add(self, other: Tally) -> None:
        """Add the tally of later rows."""
        self.rows += other.rows
        self.sum += other.sum
        self.totals += other.totals
        for name, theirs in other.terms.items():
            mine = self.terms.setdefault(name, TermTally())
            mine.statuses += theirs.statuses
            mine.sum += theirs.sum
            mine.counted += theirs.counted
        for key, fault in other.faults.items():
            self._add_fault(key, fault)

    def _add_fault(self, key: tuple[str, str, str], fault: Fault) -> None:
        if key not in self.faults and len(self.faults) >= _MOST_FAULTS:
            key = (*key[:2], OTHERS)
        known = self.faults.setdefault(key, Fault())
        known.count += fault.count
        known.rows = (known.rows + fault.rows)[:_MOST_ROWS]


class Ids:
    """The ids of rows, of which a hash is kept: 16 bytes a row, with what sorts them."""

    def __init__(self) -> None:
        self._hashes = array("q")

    def add(self, start: int, ids: Sequence[Any]) -> None:
        """Add the ids of the rows from `start` on; None for a row without one."""
        if ids:
            self._hashes.extend(hash((row,)) for row in range(len(self._hashes), start))
            self._hashes.extend(hash((row,) if held is None else str(held)) for row, held in enumerate(ids, start))

    def repeated(self) -> list[int]:
        """The rows whose id another row has too."""
        if not self._hashes:
            return []
        import numpy as np

        hashes = np.frombuffer(self._hashes, dtype=np.int64)
        ordered = np.sort(hashes)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        return [int(row) for row in np.flatnonzero(np.isin(hashes, twice))] if len(twice) else []
