"""Rows of text files (JSON Lines, JSON arrays, tables with commas or tabs), and what the columns of a row are called.

Columns are called as the user's map says, or as the samples that other harnesses log.
"""

import csv
import functools
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, TypeAlias

from pydantic import TypeAdapter, ValidationError

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import show

#: What a source holds of a row: a line of JSON, its columns, or why it cannot be read.
Held: TypeAlias = bytes | dict[str, Any] | str
#: A row after its place: `:3` for a line, `, row 3` for one of what has no lines.
Record: TypeAlias = tuple[str, Held]

_MARK = b"\xef\xbb\xbf"  # of the byte order, before the first line
_LONGEST_CELL = 1 << 27


def lines(stream: Iterable[bytes]) -> Iterator[Record]:
    """The lines that are not empty."""
    for number, line in enumerate(stream, start=1):
        if line.strip():
            yield f":{number}", line.removeprefix(_MARK) if number == 1 else line


def json_rows(stream: BinaryIO) -> Iterator[Record]:
    """The objects of a JSON array, of an object that holds one, or one per line. Raises ColumnError without any."""
    first = stream.readline()
    start = first.removeprefix(_MARK).lstrip()
    if start[:1] != b"[" and not (start and isinstance(parse(start), str)):
        yield from lines(itertools.chain([first], stream))
        return
    try:
        whole = json.loads(first.removeprefix(_MARK) + stream.read())
    except (ValueError, RecursionError) as error:
        raise ColumnError(f"not valid JSON: {error}. Write an array of objects, or one object per line.") from None
    lists = [whole] if isinstance(whole, list) else [value for value in whole.values() if _is_table(value)]
    if len(lists) != 1:
        raise ColumnError(f"{show(whole)} is not an array of objects; write one, or one object per line.")
    for number, row in enumerate(lists[0]):
        yield f", row {number}", row if isinstance(row, dict) else f"{show(row)} is not a JSON object"


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def cells(stream: BinaryIO, delimiter: str) -> Iterator[Record]:
    """The rows of a table whose first line names the columns; an empty cell is None."""
    csv.field_size_limit(_LONGEST_CELL)
    with io.TextIOWrapper(stream, "utf-8-sig", "backslashreplace", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter)
        try:
            names = next(reader, [])
            if len(set(names)) < len(names):
                raise ColumnError(f"two columns have one name: {', '.join(names)}; rename one.")
            for row in reader:
                if len(row) == len(names):
                    yield f":{reader.line_num}", dict(zip(names, (cell or None for cell in row), strict=True))
                elif row:
                    yield f":{reader.line_num}", f"{len(row)} cells where the first line names {len(names)} columns"
        except csv.Error as error:
            raise ColumnError(f"line {reader.line_num}: {error}.") from None


def parse(held: Held) -> dict[str, Any] | str:
    """The columns of a row, or why it has none."""
    if not isinstance(held, bytes):
        return held
    try:
        return _objects().validate_json(held)
    except ValidationError:  # what it does not read, such as half of a character or deep nesting, Python may
        try:
            row = json.loads(held)
        except (ValueError, RecursionError) as error:
            return f"not valid JSON: {error}. Each line holds one JSON object."
    told = f"{show(row)} is not a JSON object; each line holds one, with the columns as keys."
    return row if isinstance(row, dict) else told


@functools.cache
def _objects() -> TypeAdapter[dict[str, Any]]:
    return TypeAdapter(dict[str, Any])  # reads JSON in half the time of `json`


def columns_of(held: Held, renames: Mapping[str, str]) -> dict[str, Any] | str:
    """The columns of a row under the names that rewards read (`renames`: the source's), or why it cannot be scored.

    A name whose column a row lacks is not there: what else the source calls so was not asked for.
    """
    row = parse(held)
    wanted = renames.get("completion", "completion")
    if not isinstance(row, str) and wanted not in row and not row.keys().isdisjoint(("resps", "filtered_resps")):
        row = _sample(row)
    if isinstance(row, str):
        return row
    if wanted not in row:
        return (
            f"no column '{wanted}'; its columns are {', '.join(map(str, row)) or 'none'}. "
            f"Name the column that holds the model's answer."
        )
    if not renames:
        return row
    named = {name: row[column] for name, column in renames.items() if column in row}
    return {name: value for name, value in row.items() if name not in renames} | named


def _sample(row: dict[str, Any]) -> dict[str, Any] | str:
    """A sample of lm-eval or lmms-eval: its first response, its target, and the fields of its document."""
    answers = row.get("resps") or row.get("filtered_resps")
    answer = answers
    while isinstance(answer, list) and answer and not _is_likelihood(answer):
        answer = answer[0]
    if not isinstance(answer, str):
        return f"its responses {show(answers)} hold no text; likelihoods are not scored."
    document = row.get("doc")
    known = {"completion": answer, "solution": row.get("target"), "id": row.get("doc_id"), "prompt": row.get("input")}
    return {**(document if isinstance(document, Mapping) else {}), **known, **row}


def _is_likelihood(answer: list[Any]) -> bool:
    """Whether it is a logarithm and whether the text was the likeliest."""
    return len(answer) == 2 and str(answer[1]) in ("True", "False")
