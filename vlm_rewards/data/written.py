"""Output rows on disk, chunk after chunk, as JSON Lines or as a folder of parquet files; and their way back."""

import functools
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ConfigDict, TypeAdapter

from vlm_rewards.data.lines import parse
from vlm_rewards.data.scored import Row
from vlm_rewards.data.source import open_source
from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import printable, show

_PART = "part-{:05d}.parquet"
_TEXTS = ("id", "group_id", "completion", "prompt", "solution", "skipped")
_OUTCOME = ("score", "value", "status", "reason", "details")


class Lines:
    """A file of JSON Lines; what a stopped run left of a chunk is cut off, and what is there stays until a chunk is."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        self._path = path
        self._file = path.open("r+b") if resume and path.exists() else None

    def kept(self, _number: int, rows: int) -> list[Row] | None:
        """The rows of a chunk that an earlier run wrote whole; None where writing begins."""
        if self._file is None:
            return None
        file, start = self._file, self._file.tell()
        lines = [line for _ in range(rows) if (line := file.readline()).endswith(b"\n")]
        read = [row for row in map(parse, lines) if isinstance(row, dict)]
        if len(read) == rows:
            return read
        file.seek(start)
        file.truncate()
        return None

    def write(self, _number: int, payload: bytes) -> None:
        """Write a chunk."""
        self._file = self._file or self._path.open("w+b")
        self._file.write(payload)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


class Parts:
    """A folder of parquet files, one per chunk; a file has its name when it is whole."""

    def __init__(self, folder: Path, *, resume: bool) -> None:
        folder.mkdir(exist_ok=True)
        if not resume and any(folder.glob("part-*.parquet")):
            raise ColumnError(f"{folder}: there are scored rows already; go on with --resume, or name another folder.")
        self._folder = folder

    def kept(self, number: int, rows: int) -> list[Row] | None:
        """The rows of a chunk that an earlier run wrote whole; None where writing begins."""
        path = self._folder / _PART.format(number)
        read = list(read_output(path)) if path.exists() else []
        return read if len(read) == rows else None

    def write(self, number: int, payload: bytes) -> None:
        """Write a chunk."""
        path = self._folder / _PART.format(number)
        part = path.with_suffix(".partial")
        part.write_bytes(payload)
        part.replace(path)

    def close(self) -> None:
        """Nothing is open."""


Output: TypeAlias = Lines | Parts


def is_parts(path: Path) -> bool:
    """Whether an output of that name is a folder of parquet files: there is one, or the name has no other ending."""
    return path.is_dir() or (not path.exists() and path.suffix in ("", ".parquet"))


def open_output(path: Path, *, resume: bool) -> Output:
    """The output of that name; rows there are kept to go on with. Raises ColumnError where others would join them."""
    return (Parts if is_parts(path) else Lines)(path, resume=resume)


def line_of(row: Mapping[str, Any]) -> bytes:
    """A row as its line of a file; what JSON cannot hold in it is written as its short text."""
    try:
        return _json().dump_json(row) + b"\n"
    except ValueError:  # details such as arrays, or half of a character, which UTF-8 cannot hold
        terms = {name: {**outcome, **_shown(outcome)} for name, outcome in row["terms"].items()}
        return json.dumps({**row, "terms": terms}, default=show).encode() + b"\n"


@functools.cache
def _json() -> TypeAdapter[Any]:
    return TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="null"))


def _shown(outcome: Mapping[str, Any]) -> dict[str, Any]:
    reason, details = outcome.get("reason"), outcome.get("details") or {}
    try:
        _json().dump_json(details)
    except ValueError:
        details = {show(key): show(value) for key, value in details.items()}
    return {"reason": None if reason is None else printable(reason), "details": details}


def lines_of(rows: Iterable[Row]) -> bytes:
    """Rows as a piece of a file of JSON Lines."""
    return b"".join(map(line_of, rows))


def part_of(rows: Sequence[Row], terms: Sequence[str]) -> bytes:
    """Rows as a parquet file: a column per field, and four or five per term."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    kinds = {"score": pa.float64(), "value": pa.float64()}
    fields = {"row": pa.int64(), "total": pa.float64(), "images": pa.list_(pa.string())}
    fields |= dict.fromkeys(_TEXTS, pa.string())
    fields |= {f"{term}.{name}": kinds.get(name, pa.string()) for term in terms for name in _OUTCOME}
    table = pa.Table.from_pylist([_flat(row) for row in rows], pa.schema(fields))
    buffer = io.BytesIO()
    write_table(table, buffer)
    return buffer.getvalue()


def _flat(row: Row) -> dict[str, Any]:
    flat: Row = {name: row[name] for name in ("row", "total", "images") if name in row}
    flat |= {name: as_text(row[name]) for name in ("id", "group_id", "completion", "prompt", "skipped") if name in row}
    if "solution" in row:
        flat["solution"] = _as_json(row["solution"])
    for term, outcome in row["terms"].items():
        flat |= {f"{term}.{name}": value for name, value in outcome.items()}
        flat[f"{term}.value"] = row["values"][term]
        if "details" in outcome:
            flat[f"{term}.details"] = _as_json(outcome["details"])
    return flat


def as_text(value: object) -> str:
    """A text that UTF-8 can hold."""
    text = value if isinstance(value, str) else show(value)
    return text.encode("utf-8", "backslashreplace").decode()


def _as_json(value: object) -> str:
    try:
        return _json().dump_json(value).decode()
    except ValueError:
        return json.dumps(show(value))


def read_output(path: Path) -> Iterator[Row]:
    """The output rows of a file or folder. Raises ColumnError when it cannot be read, and for a row that is wrong."""
    source = open_source(path)
    for place, held in source.records():
        row = parse(held)
        if isinstance(row, str):
            raise ColumnError(f"{source.label}{place}: {row}")
        yield row if "terms" in row or "row" not in row else _whole(row)


def _whole(flat: Row) -> Row:
    """An output row from the columns of a parquet file."""
    row: Row = {name: flat.get(name) for name in ("row", "total")} | {"terms": {}, "values": {}}
    row |= {name: flat[name] for name in (*_TEXTS, "images") if flat.get(name) is not None}
    if "solution" in row:
        row["solution"] = json.loads(row["solution"])
    for term in (name.removesuffix(".status") for name, value in flat.items() if name.endswith(".status") and value):
        outcome = {name: flat.get(f"{term}.{name}") for name in ("score", "status", "reason", "details")}
        if outcome["details"] is not None:
            outcome["details"] = json.loads(outcome["details"])
        row["values"][term] = flat.get(f"{term}.value")
        row["terms"][term] = {name: value for name, value in outcome.items() if name == "score" or value is not None}
    return row
