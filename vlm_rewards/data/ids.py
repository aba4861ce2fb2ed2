"""Which ids come twice, in 16 bytes a row."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any


class Ids:
    """The ids of rows, of which a hash is kept."""

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
