"""What judges said, on disk: texts by what was asked, so that a run can be told again without them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple


class Said(NamedTuple):
    """What a judge said, and how many tokens it read and wrote."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0


class Cache:
    """A file of SQLite, which several processes may use; without a path what is kept goes with the object."""

    def __init__(self, path: str | None) -> None:
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path or ":memory:", timeout=30, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute("CREATE TABLE IF NOT EXISTS said (asked TEXT PRIMARY KEY, text TEXT, read INT, written INT)")

    def get(self, asked: str) -> Said | None:
        """What was said to the same."""
        row = self._file.execute("SELECT text, read, written FROM said WHERE asked = ?", (asked,)).fetchone()
        return None if row is None else Said(*row)

    def keep(self, asked: str, said: Said) -> None:
        """Keep what was said."""
        self._file.execute("INSERT OR REPLACE INTO said VALUES (?, ?, ?, ?)", (asked, *said))

    def close(self) -> None:
        """Close the file."""
        self._file.close()
