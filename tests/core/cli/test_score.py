"""`vlm-rewards score`: completions in a file, scored under a rewards file; bad input is named."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import Result

import vlm_rewards as vr
from vlm_rewards.report import AnsweredRow

if TYPE_CHECKING:
    from tests.core.cli.conftest import Install

Run = Callable[..., Result]
ROOT = Path(__file__).parents[3]
DIGITS = ROOT / "examples" / "digits"

ECHO = """
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def echo(completion):
    return vr.RewardOutput(score=0.5, reason=completion.text)

@vr.hookimpl
def vlm_rewards_register():
    return [echo]
"""

READS = """
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def reads(completion):
    return vr.RewardOutput(score=0.5, details=completion.final_answer.details())

@vr.hookimpl
def vlm_rewards_register():
    return [reads]
"""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"completion": "\\\\boxed{7}", "solution": "7"}\n'
        '{"completion": "\\\\boxed{8}", "solution": 7}\n'
        '{"completion": "<think>seven", "solution": "7"}\n'
        '{"completion": "\\\\boxed{7}", "solution": null}\n'
    )
    return path


def table(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.output.splitlines()]


class TestTheExample:
    def test_the_digits_print_their_totals_and_the_terms_below_the_top(self, run: Run) -> None:
        lines = table(run("score", DIGITS / "rewards.yaml", DIGITS / "sample.jsonl"))
        assert lines[0] == ["row", "total", "terms"]
        assert lines[1] == ["0", "1.200", "2", "at", "the", "top"]
        assert lines[2][:4] == ["1", "0.200", "answer", "0.000"]
        assert lines[3] == ["1", "at", "the", "top"]
        assert lines[4:6] == [
            ["2", "0.000", "format", "0.000", "no", "<think>"],
            ["answer", "0.000", "gate_shut:", "format"],
        ]
        assert any(line[:4] == ["9", "none", "box", "bad_reference"] for line in lines)
        assert ["format", "format/think_answer", "0.2", "0.900", "10", "scored"] in lines
        assert ["answer", "math/answer", "1", "0.400"] in [line[:4] for line in lines]
        assert lines[-1][0] == "total"
        assert lines[-1][-4:] == ["1", "without", "a", "total"]


class TestScoring:
    def test_rows_and_a_summary_are_printed(self, run: Run, config: Path, rows: Path) -> None:
        lines = table(run("score", config, rows))
        assert lines[0] == ["row", "total", "terms"]
        totals = [line[:2] for line in lines[1:] if line and line[0].isdigit() and line[1] != "at"]
        assert totals == [["0", "3.000"], ["1", "1.000"], ["2", "0.000"], ["3", "none"]]
        summary = lines[lines.index(["term", "reward", "weight", "mean", "rows", "by", "status"]) :]
        assert summary[1][:4] == ["answer", "math/answer", "2", "0.333"]
        assert summary[2] == ["form", "format/boxed", "1", "0.750", "4", "scored"]
        assert summary[3] == ["total", "1.333", "1", "without", "a", "total"]

    def test_every_row_is_written_as_json(self, run: Run, config: Path, rows: Path, tmp_path: Path) -> None:
        output = tmp_path / "scored.jsonl"
        assert run("score", config, rows, "--output", output).exit_code == 0
        scored = [AnsweredRow.model_validate_json(line) for line in output.read_text().splitlines()]
        assert [row.total for row in scored] == [3.0, 1.0, 0.0, None]
        assert scored[2].terms["answer"].status is vr.Status.UNPARSEABLE
        assert [row.row for row in scored] == [0, 1, 2, 3]
        assert [row.values for row in scored[:2]] == [{"answer": 1, "form": 1}, {"answer": 0, "form": 1}]
        assert scored[2].values == {"answer": 0, "form": 0}
        assert [row.completion for row in scored[1:3]] == ["\\boxed{8}", "<think>seven"]
        assert [row.solution for row in scored] == ["7", 7, "7", None]

    def test_many_rows_are_cut_and_their_number_told(self, run: Run, config: Path, rows: Path, tmp_path: Path) -> None:
        lines = table(run("score", config, rows, "--rows", "1"))
        assert [line[0] for line in lines[:3]] == ["row", "0", "..."]
        assert "3 more rows; --output FILE writes all of them" in " ".join(lines[2])
        lines = table(run("score", config, rows, "--rows", "1", "--output", tmp_path / "all.jsonl"))
        assert " ".join(lines[2]) == "... 3 more rows"

    def test_the_answer_may_stand_in_another_column(self, run: Run, config: Path, tmp_path: Path) -> None:
        path = tmp_path / "rows.jsonl"
        path.write_text(json.dumps({"response": "\\boxed{7}", "solution": "7"}))
        assert table(run("score", config, path, "--completion", "response"))[1][:2] == ["0", "3.000"]

    def test_images_are_found_beside_the_file(self, run: Run, tmp_path: Path) -> None:
        image = pytest.importorskip("PIL.Image")
        image.new("RGB", (200, 100)).save(tmp_path / "p.png")
        config = tmp_path / "rewards.yaml"
        config.write_text("version: 1\nrewards:\n  box: {use: grounding/box_iou, params: {space: per_1000}}\n")
        path = tmp_path / "rows.jsonl"
        path.write_text(
            '{"completion": "[0, 0, 500, 500]", "solution": [0, 0, 100, 50], "image": "p.png"}\n'
            '{"completion": "[0, 0, 500, 500]", "solution": [0, 0, 100, 50], "image": "gone.png"}\n'
        )
        lines = table(run("score", config, path))
        assert lines[1] == ["0", "1.000", "1", "at", "the", "top"]
        assert lines[2][:4] == ["1", "none", "box", "bad_reference"]
        assert "gone.png does not exist" in " ".join(lines[2])

    def test_the_answer_that_was_read_stands_beside_the_score(self, run: Run, install: Install, tmp_path: Path) -> None:
        install(READS)
        config, path = tmp_path / "rewards.yaml", tmp_path / "rows.jsonl"
        config.write_text("version: 1\nrewards:\n  t: {use: acme/reads}\n")
        path.write_text(json.dumps({"completion": "So \\boxed{[red]7}"}))
        assert "0.500 '[red]7' (box)" in run("score", config, path).output

    def test_text_of_a_model_is_no_markup(self, run: Run, install: Install, tmp_path: Path) -> None:
        install(ECHO)
        config = tmp_path / "rewards.yaml"
        config.write_text("version: 1\nrewards:\n  t: {use: acme/echo}\n")
        path = tmp_path / "rows.jsonl"
        texts = ["[/bold]", "[red]x[/red]", "ends in \\", "[link=http://x]y"]
        path.write_text("".join(json.dumps({"completion": text}) + "\n" for text in texts))
        output = run("score", config, path).output
        for text in texts:
            assert text in output

    def test_text_of_a_model_is_no_terminal_command(self, run: Run, install: Install, tmp_path: Path) -> None:
        install(ECHO)
        config = tmp_path / "rewards.yaml"
        config.write_text("version: 1\nrewards:\n  t: {use: acme/echo}\n")
        path, written = tmp_path / "rows.jsonl", tmp_path / "scored.jsonl"
        path.write_text(json.dumps({"completion": "a\x1b[2Jb \ud83d c"}))
        result = run("score", config, path, "--output", written)
        assert "a\\x1b[2Jb \\ud83d c" in result.output
        assert json.loads(written.read_text())["terms"]["t"]["reason"] == "a\\x1b[2Jb \\ud83d c"


class TestTheCommand:
    def test_a_bad_line_costs_its_row_and_is_told(self, run: Run, config: Path, rows: Path) -> None:
        rows.write_text('{"completion": "x", "solution": "7"}\n{"completion": \n')
        lines = table(run("score", config, rows))
        assert lines[1][:2] == ["0", "0.000"]
        assert ["1", "none", "skipped"] in lines
        assert any(line[:3] == ["skipped", "1:", "1"] and "not valid JSON" in " ".join(line) for line in lines)

    def test_what_could_not_be_scored_is_listed_by_reason_with_its_rows(
        self, run: Run, config: Path, rows: Path
    ) -> None:
        rows.write_text(rows.read_text() + '{"completion": "y", "solution": "7"}\n' * 6)
        told = [" ".join(line) for line in table(run("score", config, rows, "--rows", "0"))]
        assert any(line.startswith("answer bad_reference 1: 3 column 'solution' holds None") for line in told)
        assert any(line.startswith("answer unparseable") for line in told)

    @pytest.mark.parametrize(("least", "code"), [("1.3", 0), ("1.4", 1)])
    def test_a_mean_that_is_too_low_is_an_exit_code(
        self, run: Run, config: Path, rows: Path, least: str, code: int
    ) -> None:
        assert run("score", config, rows, "--fail-under", least).exit_code == code

    def test_no_total_at_all_is_an_exit_code(self, run: Run, config: Path, rows: Path) -> None:
        rows.write_text('{"completion": "\\\\boxed{7}", "solution": null}\n')
        assert run("score", config, rows).exit_code == 1

    def test_columns_are_read_under_other_names(self, run: Run, config: Path, rows: Path) -> None:
        rows.write_text('{"text": "\\\\boxed{7}", "gold": "7"}\n')
        lines = table(run("score", config, rows, "--column", "completion=text", "--column", "solution=gold"))
        assert lines[1][:2] == ["0", "3.000"]
        assert run("score", config, rows, "--column", "completion").exit_code == 2

    @pytest.mark.parametrize("name", ["completion", "solution", "id"])
    def test_a_column_that_is_in_no_row_is_an_error_and_no_other_takes_its_place(
        self, run: Run, config: Path, rows: Path, name: str
    ) -> None:
        result = run("score", config, rows, "--column", f"{name}=gold")
        assert result.exit_code == 1
        assert "column 'gold'" in result.output

    def test_a_row_without_the_column_that_is_named_has_no_other_in_its_place(
        self, run: Run, config: Path, rows: Path
    ) -> None:
        rows.write_text(
            '{"completion": "\\\\boxed{7}", "solution": "7"}\n{"completion": "\\\\boxed{7}", "gold": "7"}\n'
        )
        lines = table(run("score", config, rows, "--column", "solution=gold"))
        assert lines[1][:4] == ["0", "none", "answer", "bad_reference"]
        assert ["1", "3.000"] in [line[:2] for line in lines]

    def test_of_many_reasons_the_most_frequent_are_told_apart(self, run: Run, config: Path, rows: Path) -> None:
        numbers = [*range(50), *[1000] * 9, *range(50, 300)]
        rows.write_text("".join(json.dumps({"completion": number, "solution": "7"}) + "\n" for number in numbers))
        told = [" ".join(line) for line in table(run("score", config, rows, "--rows", "0"))]
        faults = [line for line in told if line.startswith("answer unparseable")]
        assert len(faults) <= 6
        assert faults[0].startswith("answer unparseable 9: 50, 51, 52, 53, 54, ... unexpected completion 1000")
        assert faults[-1] == f"answer unparseable {309 - 9 - 4} other reasons"

    def test_ids_that_come_twice_are_told(self, run: Run, config: Path, rows: Path) -> None:
        row = {"completion": "\\boxed{7}", "solution": "7"}
        rows.write_text("".join(json.dumps({**row, "id": name}) + "\n" for name in "abcb"))
        assert "2 rows have an id that another row has: 1, 3" in run("score", config, rows).output

    def test_paths_of_pictures_start_from_the_folder_of_the_output(
        self, run: Run, config: Path, rows: Path, tmp_path: Path
    ) -> None:
        images = ["a/p.png", "/q.png", "data:image/png;base64,AAAA", "https://a.b/c.png"]
        rows.write_text(json.dumps({"completion": "7", "solution": "7", "images": images}))
        (tmp_path / "out").mkdir()
        run("score", config, rows, "--output", tmp_path / "out" / "scored.jsonl")
        written = json.loads((tmp_path / "out" / "scored.jsonl").read_text())
        assert written["images"] == ["../a/p.png", "/q.png", None, "https://a.b/c.png"]

    def test_an_interrupted_run_says_how_to_go_on(self, run: Run, config: Path, tmp_path: Path) -> None:
        rows, output = tmp_path / "many.jsonl", tmp_path / "scored.jsonl"
        rows.write_text('{"completion": "\\\\boxed{7}", "solution": "7"}\n' * 5000)
        command = [sys.executable, "-m", "vlm_rewards", "score", str(config), "-", "--output", str(output)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(rows.read_bytes()[:-100])  # it waits for the rest when it is interrupted
        process.stdin.flush()
        while process.poll() is None and (not output.exists() or not output.stat().st_size):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
        assert process.returncode == 1
        assert f"Error: Stopped; the rows until then are in {output}, and --resume goes on." in told.decode()
        assert 0 < len(output.read_text().splitlines()) < 5000
        assert run("score", config, rows, "--output", output, "--resume", "--rows", "1").exit_code == 0
        assert [json.loads(line)["row"] for line in output.read_text().splitlines()] == list(range(5000))

    @pytest.mark.parametrize("options", [(), ("--resume",)])
    def test_the_source_is_never_written_over(
        self, run: Run, config: Path, rows: Path, options: tuple[str, ...]
    ) -> None:
        before = rows.read_text()
        assert run("score", config, rows, "--output", rows, *options).exit_code == 2
        assert rows.read_text() == before

    def test_a_mistake_keeps_the_output_of_before(self, run: Run, config: Path, rows: Path, tmp_path: Path) -> None:
        output = tmp_path / "scored.jsonl"
        output.write_text("precious\n")
        rows.write_text('{"completion": "x"}\n')
        assert "Dataset column 'solution' is missing" in run("score", config, rows, "--output", output).output
        assert output.read_text() == "precious\n"

    def test_going_on_needs_the_output(self, run: Run, config: Path, rows: Path) -> None:
        assert run("score", config, rows, "--resume").exit_code == 2

    def test_an_empty_file_is_scored_as_nothing(self, run: Run, config: Path, rows: Path, tmp_path: Path) -> None:
        rows.write_text("")
        result = run("score", config, rows, "--output", tmp_path / "scored.jsonl")
        assert result.exit_code == 0
        assert "none routed" in result.output

    def test_eighty_columns_are_enough(
        self, run: Run, config: Path, rows: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        rows.write_text(json.dumps({"completion": "\\boxed{" + "8" * 50 + "}", "solution": "7" * 50}) + "\n")
        lines = run("score", config, rows).output.splitlines()
        assert max(map(len, lines)) <= 80
        assert any("'" + "8" * 50 + "'" in line for line in lines)


class TestBadInput:
    @pytest.mark.parametrize(
        ("term", "message"),
        [
            ("{use: math/anwser}", "rewards.t.use: Pack 'math' (vlm-rewards "),
            ("{use: math/anwser}", "Did you mean 'math/answer'?"),
            ("{use: grounding/box_iou, params: {treshold: 1}}", "Did you mean 'threshold'?"),
            ("{use: grounding/box_iou, params: {space: qwen2_5_vl}}", "how the processor resizes is not known"),
            ("{use: math/answer, wieght: 1}", "Did you mean 'weight'?"),
            ("{use: acme/brevity}", "No installed pack is named 'acme'"),
        ],
    )
    def test_a_mistake_of_the_config_is_shown_in_its_place(
        self, run: Run, rows: Path, tmp_path: Path, term: str, message: str
    ) -> None:
        config = tmp_path / "rewards.yaml"
        config.write_text(f"version: 1\nrewards:\n  t: {term}\n")
        result = run("score", config, rows)
        assert result.exit_code == 1
        assert result.output.startswith(f"Error: {config}: 1 problem\n{config}:3:")
        assert message in result.output
        assert f"  3 |   t: {term}\n" in result.output

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ('{"completion": \n{"completion": \n', "rows.jsonl:1: not valid JSON"),
            ('{"completion": "x"}\n', "Dataset column 'solution' is missing: the parameter `solution` of reward "),
            (
                '{"answer": "x", "solution": "7"}\n',
                "rows.jsonl:1: no column 'completion'; its columns are answer, solution",
            ),
            ("[1]\n", "rows.jsonl:1: [1] is not a JSON object"),
        ],
    )
    def test_a_mistake_of_the_file_is_named(
        self, run: Run, config: Path, rows: Path, content: str, message: str
    ) -> None:
        rows.write_text(content)
        result = run("score", config, rows)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
        assert message in result.output

    def test_a_missing_file_is_a_usage_error(self, run: Run, config: Path, tmp_path: Path) -> None:
        result = run("score", config, tmp_path / "gone.jsonl")
        assert result.exit_code == 2
        assert "gone.jsonl' does not exist" in result.output

    def test_an_output_that_cannot_be_written_is_a_message(
        self, run: Run, config: Path, rows: Path, tmp_path: Path
    ) -> None:
        result = run("score", config, rows, "--output", tmp_path / "no" / "folder.jsonl")
        assert result.exit_code == 1
        assert "No such file or directory" in result.output
        assert "folder.jsonl" in result.output

    def test_completions_of_an_unexpected_shape_are_unparseable(self, run: Run, config: Path, rows: Path) -> None:
        shapes = [7, None, [], ["7"], {"role": "user", "content": "7"}, [{"role": "assistant", "content": 7}]]
        rows.write_text("".join(json.dumps({"completion": shape, "solution": "7"}) + "\n" for shape in shapes))
        lines = table(run("score", config, rows))
        assert [line[1] for line in lines[1:13:2]] == ["0.000"] * 6
        assert all("unparseable" in line for line in lines[1:7])

    def test_a_blocked_pack_fails_early_and_says_what_to_do(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VLM_REWARDS_BLOCK", "math")
        result = run("score", DIGITS / "rewards.yaml", DIGITS / "sample.jsonl")
        assert result.exit_code == 1
        assert "is installed but blocked by VLM_REWARDS_BLOCK; take 'math' out of that variable" in result.output


def test_a_file_of_mixed_tasks_is_scored_in_one_command(run: Run, tmp_path: Path) -> None:
    example = DIGITS.parent / "mixed"
    run("score", str(example / "rewards.yaml"), str(example / "sample.jsonl"), "--output", str(tmp_path / "out.jsonl"))
    totals = [json.loads(line)["total"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert totals == pytest.approx([1.1, 0.1, 1.1, 0.1, 1.1, 0.989, 1.1, -0.095], abs=1e-3)


def test_boxes_are_scored_with_nothing_installed_but_the_dependencies_of_the_base() -> None:
    """The command of the README, where no module of an extra can be imported."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting, installed = [_name(needed) for needed in project["dependencies"]], {"vlm-rewards"}
    while waiting:
        name = waiting.pop()
        if name not in installed:
            installed.add(name)
            needs = distribution(name).requires or []
            waiting += [_name(needed) for needed in needs if ";" not in needed]
    modules = packages_distributions()
    missing = [name for name, owners in modules.items() if not installed & {_name(owner) for owner in owners}]
    assert {"torch", "datasets", "transformers", "trl"} <= set(missing)

    code = (
        f"import sys\nsys.modules.update(dict.fromkeys({missing!r}))\n"
        "from vlm_rewards.cli import main\nsys.argv[1:] = ['score', *sys.argv[1:]]\nmain()\n"
    )
    files = ["examples/mixed/rewards.yaml", "examples/mixed/sample.jsonl"]
    ended = subprocess.run([sys.executable, "-c", code, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "grounding/box_iou      1       0.500   2 scored" in ended.stdout


def _name(requirement: str) -> str:
    """The name of a distribution in a requirement, as the index spells it."""
    name = "".join(letter if letter.isalnum() or letter in "-_." else " " for letter in requirement).split()[0]
    return name.lower().replace("_", "-").replace(".", "-")
