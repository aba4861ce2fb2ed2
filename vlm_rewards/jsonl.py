"""JSON Lines in and out, with errors that name the line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import show
from vlm_rewards.types.output import RewardOutput, ScoredRow

__all__ = ["line_of", "read_rows", "write_scored"]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file, one object per line; empty lines are skipped.

    Raises:
        ColumnError: The file cannot be read, holds no row, or a line is not a JSON object; the line is named.
    """
    rows = []
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    rows.append(_row(line, f"{path}:{number}"))
    except (OSError, UnicodeDecodeError) as error:
        raise ColumnError(f"{path}: the file cannot be read: {error}.") from error
    if not rows:
        raise ColumnError(f"{path}: the file holds no row; write one JSON object per line.")
    return rows


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ColumnError(f"{where}: not valid JSON: {error}. Each line holds one JSON object.") from None
    if not isinstance(row, dict):
        raise ColumnError(f"{where}: {show(row)} is not a JSON object; each line holds one, with the columns as keys.")
    return row


def write_scored(rows: Iterable[ScoredRow], path: Path) -> None:
    """Write one scored row per line."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(map(line_of, rows))


def line_of(row: ScoredRow) -> str:
    """A row as its line of a file; what JSON cannot hold in it is written as its short text."""
    try:
        return row.model_dump_json() + "\n"
    except ValueError:  # details such as arrays, or half of a character, which UTF-8 cannot hold
        shown = {name: output.model_copy(update=_shown(output)) for name, output in row.terms.items()}
        return json.dumps(row.model_copy(update={"terms": shown}).model_dump(), default=show) + "\n"


def _shown(output: RewardOutput) -> dict[str, Any]:
    details = {show(key): show(value) for key, value in output.details.items()}
    return {"reason": None if output.reason is None else show(output.reason), "details": details}
