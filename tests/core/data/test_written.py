"""Rows come in and go out whole: bad lines are named, and everything that was scored can be written and read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import vlm_rewards as vr
from vlm_rewards.data.source import read_rows
from vlm_rewards.data.written import line_of, part_of, read_output
from vlm_rewards.errors import ColumnError


def write_scored(rows: list[vr.ScoredRow], file: Path) -> None:
    file.write_bytes(b"".join(line_of(row.model_dump()) for row in rows))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def test_rows_are_read_and_empty_lines_skipped(file: Path) -> None:
    file.write_text('{"a": 1}\n\n  \n{"b": "é"}', encoding="utf-8")
    assert read_rows(file) == [{"a": 1}, {"b": "é"}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n\n{"a": }\n', ":3: not valid JSON: Expecting value"),
        (b'{"a": 1}\n[1]\n', ":2: [1] is not a JSON object; each line holds one, with the columns as keys."),
        (b'"text"\n', ":1: 'text' is not a JSON object"),
        (b'{"a": 1\n', ":1: not valid JSON"),
        (b"[" * 100_000, ":1: not valid JSON: maximum recursion depth exceeded"),
        (b"", ": the file holds no row; write one JSON object per line."),
        (b"\n\n", ": the file holds no row"),
        (b"\xff\xfe\n", ":1: not valid JSON: "),
    ],
)
def test_a_bad_line_is_named(file: Path, content: bytes, message: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ColumnError) as caught:
        read_rows(file)
    assert str(caught.value).startswith(f"{file}{message}")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match=r"gone\.jsonl: the file cannot be read"):
        read_rows(tmp_path / "gone.jsonl")


def test_scored_rows_come_back_as_they_were(file: Path) -> None:
    rows = [
        vr.ScoredRow(row=0, total=0.1, terms={"t": vr.RewardOutput(score=0.1, details={"iou": 0.25})}),
        vr.ScoredRow(row=1, total=None, terms={"t": vr.RewardOutput.bad_reference("pas de boîte")}),
    ]
    write_scored(rows, file)
    assert [vr.ScoredRow.model_validate_json(line) for line in file.read_text().splitlines()] == rows


class Odd:
    def __repr__(self) -> str:
        return "<odd>"


@pytest.mark.parametrize(
    ("details", "written"), [({"box": Odd()}, {"'box'": "<odd>"}), ({"text": "\ud83d"}, {"'text'": "'\\ud83d'"})]
)
def test_details_that_json_cannot_hold_are_written_as_text(
    file: Path, details: dict[str, Any], written: dict[str, str]
) -> None:
    good = vr.RewardOutput(score=0.5, reason="half")
    write_scored([vr.ScoredRow(row=0, total=1.0, terms={"t": vr.RewardOutput(score=0.5, details=details)})], file)
    assert json.loads(file.read_text())["terms"]["t"]["details"] == written
    write_scored([vr.ScoredRow(row=0, total=1.0, terms={"t": good})], file)
    assert json.loads(file.read_text())["terms"]["t"]["reason"] == "half"


def test_a_reason_that_json_cannot_hold_is_written_escaped(file: Path) -> None:
    write_scored([vr.ScoredRow(row=0, total=1.0, terms={"t": vr.RewardOutput(score=0.5, reason="\ud83d!")})], file)
    assert json.loads(file.read_text())["terms"]["t"]["reason"] == "\\ud83d!"


ROWS: list[dict[str, Any]] = [
    {"row": 0, "total": 1.5, "terms": {"t": {"score": 1.0, "status": "scored", "details": {"iou": 0.25}}}}
    | {"values": {"t": 1.5}, "completion": "a", "id": "x", "solution": [1, 2], "images": ["p.png", None]},
    {"row": 1, "total": 0.0, "terms": {"t": {"score": None, "status": "abstained", "reason": "none"}}}
    | {"values": {"t": None}, "completion": "", "prompt": "q"},
    {"row": 2, "total": None, "terms": {}, "values": {}, "skipped": "rows.jsonl:3: not valid JSON"},
]


def test_rows_come_back_from_parquet_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "part-00000.parquet").write_bytes(part_of(ROWS[:2], ["t", "other"]))
    (tmp_path / "part-00001.parquet").write_bytes(part_of(ROWS[2:], ["t", "other"]))
    assert list(read_output(tmp_path)) == ROWS


def test_a_text_that_parquet_cannot_hold_is_written_escaped(tmp_path: Path) -> None:
    row = {**ROWS[0], "completion": "\ud83d!", "id": 7, "solution": {"a": "\ud83d"}}
    (tmp_path / "part.parquet").write_bytes(part_of([row], ["t"]))
    (read,) = read_output(tmp_path / "part.parquet")
    assert (read["completion"], read["id"]) == ("\\ud83d!", "7")
