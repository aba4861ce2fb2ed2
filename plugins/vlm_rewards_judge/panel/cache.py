"""What judges replied, on disk, by what they were asked: a run can be told again without them."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class Cache:
    """A file of SQLite, which several processes may use; without a path what is kept goes with the object."""

    def __init__(self, path: str | None) -> None:
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path or ":memory:", timeout=30, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute("CREATE TABLE IF NOT EXISTS replies (asked TEXT PRIMARY KEY, reply TEXT)")

    def get(self, asked: str) -> str | None:
        """The reply to the same."""
        row = self._file.execute("SELECT reply FROM replies WHERE asked = ?", (asked,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, asked: str, reply: str) -> None:
        """Keep a reply."""
        self._file.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", (asked, reply))

    def close(self) -> None:
        """Close the file."""
        self._file.close()
