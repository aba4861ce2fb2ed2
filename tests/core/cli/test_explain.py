"""`vlm-rewards explain`: one row of a source, wherever it stands and whatever is around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

GROUPED = """\
version: 1
rewards:
  answer: {use: math/answer}
  short: {use: shaping/group_length, depends: {correct: answer}}
"""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    lines = [json.dumps({"completion": f"\\boxed{{{at}}}", "solution": "7", "id": at}) for at in range(5000)]
    lines[3] = "{"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(("row", "total"), [(0, 1), (7, 3), (4999, 1)])
def test_a_row_is_found_wherever_it_stands(run: Run, config: Path, rows: Path, row: int, total: int) -> None:
    told = run("explain", config, rows, "--row", row).output.splitlines()
    assert told[0].endswith(f" = {total}")
    assert told[-1] == f"\\boxed{{»{row}«}}"


@pytest.mark.parametrize(("row", "message"), [(3, "rows.jsonl:4: not valid JSON"), (5000, "there is no row 5000")])
def test_a_row_that_cannot_be_read_is_an_error(run: Run, config: Path, rows: Path, row: int, message: str) -> None:
    result = run("explain", config, rows, "--row", row)
    assert result.exit_code == 1
    assert message in result.output


def test_columns_are_read_under_other_names(run: Run, config: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("response,gold\n\\boxed{7},7\n")
    told = run("explain", config, path, "--row", 0, "--completion", "response", "--column", "solution=gold")
    assert told.output.startswith("total = answer 1 × 2 + form 1 × 1 = 3\n")


def test_rows_of_a_group_are_compared(run: Run, tmp_path: Path) -> None:
    config, path = tmp_path / "rewards.yaml", tmp_path / "rows.jsonl"
    config.write_text(GROUPED)
    given = [("\\boxed{7}", 0), ("So \\boxed{7}", 1), (None, 1), ("It is \\boxed{7}", 1), ("\\boxed{77777}", 2)]
    lines = [json.dumps({"completion": text, "solution": "7", "group_id": group}) for text, group in given]
    lines[2] = json.dumps({"solution": "7", "group_id": 1})  # without a completion
    path.write_text("\n".join(lines))
    assert "-0.5: 15 characters among 12 to 15, right" in run("explain", config, path, "--row", 3).output


def test_the_page_has_the_picture_and_what_was_read(run: Run, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (60, 60)).save(tmp_path / "p.png")
    config, path, page = tmp_path / "rewards.yaml", tmp_path / "rows.jsonl", tmp_path / "why.html"
    config.write_text("version: 1\nrewards:\n  box: {use: grounding/box_iou}\n")
    path.write_text(json.dumps({"completion": "[1, 2, 30, 40]", "solution": [1, 2, 30, 50], "image": "p.png"}))
    assert run("explain", config, path, "--row", 0, "--html", page).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "default-src 'none'" in text
    assert "data:image/png;base64," in text
    assert "IoU 0.79" in text


def test_without_a_row_the_command_line_cannot_be_read(run: Run, config: Path, rows: Path) -> None:
    assert run("explain", config, rows).exit_code == 2
