"""`vlm-rewards report`: from what `score` wrote to a page."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from click.testing import Result

from vlm_rewards.report import summarise
from vlm_rewards.report.records import read_together

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
    assert "first: 10 answers to 10 prompts." in text
    (packed,) = re.findall(r'id="texts-0">(.*?)</script>', text)
    answers = json.loads(zlib.decompress(base64.b64decode(packed)))
    assert [one["completion"] for one in answers] == [
        json.loads(line)["completion"] for line in (DIGITS / "sample.jsonl").read_text().splitlines()
    ]


def test_two_files_are_compared_under_their_names(tmp_path: Path, run: Run, scored: Path) -> None:
    other = tmp_path / "second.jsonl"
    other.write_text(scored.read_text())
    assert run("report", scored, other, "-o", tmp_path / "page.html").exit_code == 0
    assert "Differences to first are paired by prompt" in (tmp_path / "page.html").read_text()
    assert "same answer of the same model" in run("report", scored, scored).output


RULES = "version: 1\nrewards:\n  answer: {use: math/answer}\n"


def score(run: Run, folder: Path, name: str, rows: list[dict[str, object]]) -> Path:
    (folder / "rewards.yaml").write_text(RULES)
    (folder / f"{name}-data.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    output = folder / f"{name}.jsonl"
    result = run("score", folder / "rewards.yaml", folder / f"{name}-data.jsonl", "--output", output)
    assert output.exists(), result.output
    return output


def question(number: int, completion: str, **more: object) -> dict[str, object]:
    return {"id": number, "prompt": f"What is {number}?", "solution": str(number), "completion": completion} | more


def test_the_model_that_answers_more_is_the_better_one(tmp_path: Path, run: Run) -> None:
    seldom = [question(number, "\\boxed{0}" if number == 0 else "Hm.") for number in range(10)]
    often = [question(number, f"\\boxed{{{min(number, 8)}}}") for number in range(10)]
    files = [score(run, tmp_path, name, rows) for name, rows in {"seldom": seldom, "often": often}.items()]
    summary = summarise(chain(*read_together(files)))
    assert [summary.of(model, "").terms["answer"].mean for model in ("seldom", "often")] == pytest.approx([0.1, 0.9])


def test_every_answer_is_that_of_its_own_file(tmp_path: Path, run: Run) -> None:
    files = [
        score(run, tmp_path, model, [question(number, f"{model} says {number}") for number in range(2)])
        for model in ("first", "second")
    ]
    rows = list(chain(*read_together(files, data=tmp_path / "first-data.jsonl")))
    assert [row.completion for row in rows] == [f"{row.model} says {row.id}" for row in rows]
    assert {row.model for row in rows} == {"first", "second"}


def test_pictures_start_from_the_folder_of_the_file_that_names_them(tmp_path: Path) -> None:
    for folder in ("a", "b", "data"):
        (tmp_path / folder).mkdir()
        line = {"row": 0, "total": 1.0, "terms": {}, "images": [f"{folder}.png"]}
        (tmp_path / folder / "rows.jsonl").write_text(json.dumps(line if folder != "data" else line | {"id": 1}))
    files = [tmp_path / "a" / "rows.jsonl", tmp_path / "b" / "rows.jsonl"]

    def paths(data: Path | None) -> list[Path | None]:
        return [row.images[0].path for run in read_together(files, data=data) for row in run]

    assert paths(None) == [tmp_path / "a" / "a.png", tmp_path / "b" / "b.png"]
    assert paths(tmp_path / "data" / "rows.jsonl") == [tmp_path / "data" / "data.png"] * 2
    (tmp_path / "data" / "rows.jsonl").write_text('{"prompt": "which?"}')
    assert paths(tmp_path / "data" / "rows.jsonl") == [tmp_path / "a" / "a.png", tmp_path / "b" / "b.png"]


def test_an_answer_that_a_file_does_not_hold_is_not_taken_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "bare.jsonl").write_text('{"row": 0, "total": 1.0, "terms": {}}\n')
    (tmp_path / "data.jsonl").write_text(json.dumps(question(0, "not theirs")))
    ((row,),) = read_together([tmp_path / "bare.jsonl"], data=tmp_path / "data.jsonl")
    assert (row.completion, row.prompt, row.solution) == (None, "What is 0?", "0")


def test_data_of_other_rows_are_refused(tmp_path: Path, run: Run) -> None:
    file = score(run, tmp_path, "first", [question(number, "7") for number in range(2)])
    (tmp_path / "other.jsonl").write_text("".join(f"{json.dumps(question(n, '7'))}\n" for n in (0, 9)))
    result = run("report", file, "--data", tmp_path / "other.jsonl", "-o", tmp_path / "page.html")
    assert result.exit_code == 1
    assert "row 1: the data are of other rows: id 1 against 9" in " ".join(result.output.split())


def test_rows_in_another_order_are_paired_by_their_ids(tmp_path: Path, run: Run) -> None:
    there = [question(number, "\\boxed{0}") for number in range(4)]
    first, second = score(run, tmp_path, "first", there), score(run, tmp_path, "second", there[::-1])
    difference = summarise(chain(*read_together([first, second]))).of("second", "").difference
    assert difference is not None
    assert (difference.low, difference.high, difference.prompts) == (0, 0, 4)


def test_an_id_of_several_questions_pairs_only_the_same_ones(tmp_path: Path, run: Run) -> None:
    asked = [question(number, "\\boxed{1}", id=number // 2) for number in range(4)]
    first, second = score(run, tmp_path, "first", asked), score(run, tmp_path, "second", asked[::-1])
    column = summarise(chain(*read_together([first, second]))).of("second", "")
    assert column.prompts == 4
    assert column.difference is not None
    assert (column.difference.low, column.difference.high, column.difference.prompts) == (0, 0, 4)


def test_answers_to_other_questions_are_not_compared(tmp_path: Path, run: Run) -> None:
    asked = [question(number, "7", id=None) for number in range(4)]
    first, second = score(run, tmp_path, "first", asked), score(run, tmp_path, "second", asked[::-1])
    result = run("report", first, second, "-o", tmp_path / "page.html")
    assert result.exit_code == 1
    assert "row 0: not the question of that row of first: solution '3' against '0'" in " ".join(result.output.split())


def test_a_file_that_does_not_say_what_its_terms_count_is_refused(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "old.jsonl"
    path.write_text('{"row": 0, "total": 1.0, "terms": {"a": {"score": 1.0, "status": "scored"}}}\n')
    result = run("report", path, "-o", tmp_path / "page.html")
    assert result.exit_code == 1
    assert "nothing says what the term 'a' counts" in " ".join(result.output.split())


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
