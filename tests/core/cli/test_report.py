"""`vlm-rewards report`: from what `score` wrote to a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
DIGITS = Path(__file__).parents[3] / "examples" / "digits"


@pytest.fixture
def scored(tmp_path: Path, run: Run) -> Path:
    path = tmp_path / "first.jsonl"
    assert run("score", DIGITS / "rewards.yaml", DIGITS / "sample.jsonl", "--output", path).exit_code == 0
    return path


def test_a_scored_file_becomes_a_page_with_the_answers_of_the_data(tmp_path: Path, run: Run, scored: Path) -> None:
    page = tmp_path / "page.html"
    result = run("report", scored, "--data", DIGITS / "sample.jsonl", "-o", page, "--title", "Ten answers")
    assert result.exit_code == 0, result.output
    text = page.read_text()
    assert "<h1>Ten answers</h1>" in text
    assert "&lt;think&gt;3+4&lt;/think&gt;&lt;answer&gt;\\boxed{7}&lt;/answer&gt;" in text
    assert "Means of terms are over scored answers alone" not in text


def test_two_files_are_compared_under_their_names(tmp_path: Path, run: Run, scored: Path) -> None:
    other = tmp_path / "second.jsonl"
    other.write_text(scored.read_text())
    assert run("report", scored, other, "-o", tmp_path / "page.html").exit_code == 0
    assert "total − first" in (tmp_path / "page.html").read_text()
    assert "same answer of the same model" in run("report", scored, scored).output


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"completion": "7"}', "row 0: no scored row: row: Field required"),
        ('{"row": 99, "total": 1, "terms": {}}', "it is of row 99, and the data have 10 rows"),
    ],
)
def test_a_line_that_is_no_scored_row_is_named(tmp_path: Path, run: Run, line: str, expected: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line)
    result = run("report", path, "--data", DIGITS / "sample.jsonl")
    assert result.exit_code == 1
    assert expected in result.output


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, run: Run, scored: Path) -> None:
    result = run("report", scored, "-o", tmp_path / "none" / "page.html")
    assert result.exit_code == 1
    assert "No such file" in result.output


def test_rows_of_a_file_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    from vlm_rewards import RewardOutput
    from vlm_rewards.report import AnsweredRow, read_answers, write_answer

    rows = [
        AnsweredRow(row=0, total=0.5, terms={"a": RewardOutput(score=0.5)}, model="m", values={"a": 0.5}, success=True),
        AnsweredRow(row=1, total=None, terms={}, model="m", solution=[1, 2], completion="</script>", images=("a.png",)),
    ]
    path = tmp_path / "answers.jsonl"
    with path.open("w") as file:
        for row in rows:
            write_answer(row, file)
        write_answer(rows[0].model_copy(update={"solution": object(), "completion": "half \ud800"}), file)
    assert read_answers(path)[:2] == rows
    last = read_answers(path)[2]
    assert "object object" in last.solution
    assert last.completion == "half \ud800"


def test_a_folder_of_parquet_files_makes_the_same_page(tmp_path: Path, run: Run, scored: Path) -> None:
    run("score", DIGITS / "rewards.yaml", DIGITS / "sample.jsonl", "--output", tmp_path / "first")
    pages = []
    for name in ("first.jsonl", "first"):
        assert run("report", tmp_path / name, "-o", tmp_path / "page.html").exit_code == 0
        pages.append((tmp_path / "page.html").read_text())
    assert pages[0] == pages[1]
