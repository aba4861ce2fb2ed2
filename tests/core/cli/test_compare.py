"""`vlm-rewards compare`: two scored files on a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def scored(path: Path, totals: Sequence[float | None], **more: object) -> Path:
    rows = [
        {
            "row": number,
            "id": number,
            "total": total,
            "terms": {"a": {"score": total, "status": "scored", "reason": f"reason {total}"}}
            if total is not None
            else {},
            "values": {"a": total} if total is not None else {},
            "completion": "an answer",
        }
        | more
        for number, total in enumerate(totals)
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_figures_and_examples_are_told_within_eighty_columns(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    first, second = scored(tmp_path / "base.jsonl", [0, 0, 1, 1]), scored(tmp_path / "tuned.jsonl", [1, 1, 1, 0, 1])
    result = run("compare", first, second)
    assert result.exit_code == 0, result.output
    assert "4 questions in both, 1 only in tuned" in result.output
    cells = [line.split() for line in result.output.splitlines()]
    (total,) = (line for line in cells if line[:1] == ["total"])
    assert total[:4] == ["total", "0.500", "0.800", "+0.250"]
    assert total[-3:] == ["2", "1", "1"]
    assert result.output.index("Where tuned loses (1 of 4)") < result.output.index("Where tuned wins (2 of 4)")
    assert "a 0.000: reason 0" in result.output
    assert max(map(len, result.output.splitlines())) <= 80


def test_files_of_one_name_are_told_by_their_paths(run: Run, tmp_path: Path) -> None:
    files = [scored(tmp_path / name / "s.jsonl", [total]) for name, total in (("a", 0.0), ("b", 1.0))]
    output = run("compare", *files).output.replace("\n", "")
    assert "b/s.jsonl wins" in output


def test_rows_of_a_group_are_counted_off(run: Run, tmp_path: Path) -> None:
    files = [scored(tmp_path / f"{n}.jsonl", totals) for n, totals in (("a", [0, 1, 0, 1]), ("b", [1, 0, 0, 2]))]
    output = " ".join(run("compare", *files, "--group-size", "2").output.split())
    assert "2 groups: 1 groups rank their answers differently; 2 of 4 advantages change their sign" in output


def test_rows_in_another_order_are_not_counted_off(run: Run, tmp_path: Path) -> None:
    first, second = scored(tmp_path / "a.jsonl", [0, 1, 0, 1]), scored(tmp_path / "b.jsonl", [1, 0, 0, 2])
    second.write_text("".join(second.read_text().replace('"id": ', '"id": 1').splitlines(keepends=True)))
    result = run("compare", first, second, "--group-size", "2")
    assert result.exit_code == 1
    assert "not the question of that row of a: id 10 against 0" in " ".join(result.output.split())


def test_commands_of_a_terminal_in_the_data_are_written_out(run: Run, tmp_path: Path) -> None:
    hostile = "\x1b[2J[red]x[/red]"
    files = [
        scored(tmp_path / f"{name}.jsonl", [total], completion=hostile, prompt=hostile, id=hostile)
        for name, total in (("a", 0.0), ("b", 1.0))
    ]
    output = run("compare", *files).output
    assert "\x1b" not in output
    assert output.count("\\x1b[2J[red]x[/red]") == 4


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([{"row": 5}], "no question in common"),
        ([{"row": 0, "model": "x"}, {"row": 0, "model": "y"}], "several models"),
        ([{"row": 0, "solution": "8"}], "not the question of that row of a: solution '8' against '7'"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    run: Run, tmp_path: Path, lines: list[dict[str, object]], expected: str
) -> None:
    for name, rows in (("a", [{"row": 0, "solution": "7"}]), ("b", lines)):
        whole = [{"total": 1.0, "terms": {}} | row for row in rows]
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in whole))
    result = run("compare", tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert result.exit_code == 1
    assert expected in " ".join(result.output.split())
