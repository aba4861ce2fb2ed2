"""`vlm-rewards evaluate`: the answers of several models on held-out rows, and what is kept of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from vlm_rewards import Batch, RewardOutput, ScoredRow, load_scorer
from vlm_rewards.cli import main
from vlm_rewards.errors import ConfigError
from vlm_rewards.report import AnsweredRow, read_answers
from vlm_rewards_trl.evaluation.compare import Settings, answered, compare
from vlm_rewards_trl.evaluation.evaluate import ANSWERS, REPORT, SUMMARY, evaluate, held_out, models_of
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.success import Success

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]

REWARDS = {
    "version": 1,
    "rewards": {
        "format": {"use": "format/tag_count", "weight": 0.2},
        "answer": {"use": "math/answer", "when": {"column": "task", "in": ["sum"]}},
        "coco": {"use": "grounding/detection_ap", "weight": 0, "when": {"column": "task", "in": ["box"]}},
        "seen": {"use": "grounding/box_iou", "weight": 0, "when": {"column": "task", "in": ["box"]}},
    },
}


def file_of(recipe: dict[str, Any], folder: Path) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe))  # JSON is YAML
    return path


def verb(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


@pytest.fixture(scope="module")
def two_models(digits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the verb writes about two untrained models."""
    folder = tmp_path_factory.mktemp("evaluation")
    (folder / "rewards.yaml").write_text(json.dumps(REWARDS))
    recipe = {
        "model": str(digits["model"]),
        "dataset": {"path": "parquet", "data_files": str(digits["train"])},
        "rewards": str(folder / "rewards.yaml"),
        "output_dir": str(folder / "out"),
    }
    models = f"first={digits['model']},second={digits['model']}"
    options = ["--k", "3", "--limit", "5", "--batch-size", "4", "--max-tokens", "6", "--examples", "2"]
    result = verb(file_of(recipe, folder), "--models", models, "--data", digits["test"], *options)
    assert result.exit_code == 0, result.output
    assert "pass@3" in result.output
    assert "AR 100" in result.output
    return folder / "out" / "evaluation"


def test_every_answer_is_kept_with_what_it_earned(two_models: Path, digits: dict[str, Path]) -> None:
    from datasets import load_dataset

    rows = read_answers(two_models / ANSWERS)
    assert len(rows) == 2 * 5 * (1 + 3)
    assert {(row.model, row.mode) for row in rows} == {
        (m, n) for m in ("first", "second") for n in ("greedy", "sampled")
    }
    data = load_dataset("parquet", data_files=str(digits["test"]), split="train")
    records = [{**data[row.row], "completion": row.completion} for row in rows]
    scored = load_scorer(REWARDS).score(Batch.from_rows(records))
    assert [row.total for row in rows] == scored.totals
    assert [row.solution for row in rows] == [record["solution"] for record in records]
    assert rows[0].values == {name: term.values[0] for name, term in scored.terms.items()}


def test_one_model_twice_differs_by_nothing_and_samples_differ_among_themselves(two_models: Path) -> None:
    summary = json.loads((two_models / SUMMARY).read_text())
    same = [column["difference"] for column in summary["columns"] if column["model"] == "second"]
    assert [(figure["mean"], figure["low"], figure["high"]) for figure in same] == [(0, 0, 0)] * 2
    rows = read_answers(two_models / ANSWERS)
    of = {(row.model, row.mode, row.row, row.sample): row.completion for row in rows}
    assert all(of["first", mode, row, n] == of["second", mode, row, n] for _, mode, row, n in of)
    assert len({of["first", "sampled", 0, sample] for sample in range(3)}) > 1


def test_the_report_shows_the_first_prompts_with_their_pictures(two_models: Path) -> None:
    page = (two_models / REPORT).read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "Right is an answer where format scores at least 1 and answer scores at least 1;" in page
    assert sorted(path.name for path in (two_models / "images").iterdir()) == ["0-0.png", "1-0.png"]


def test_what_the_first_model_answered_is_not_lost_when_the_second_fails(
    recipe: Make, digits: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vlm_rewards_trl.generation import Sampler

    class Fails(Sampler):
        made = 0

        def __init__(self, *given: Any, **more: Any) -> None:
            Fails.made += 1
            if Fails.made == 2:
                raise OSError("no weights")
            super().__init__(*given, **more)

    monkeypatch.setattr("vlm_rewards_trl.evaluation.compare.Sampler", Fails)
    read = Recipe.read(recipe("test"))
    rows = held_out(read, limit=2)
    models = {"first": str(digits["model"]), "second": str(digits["model"])}
    with pytest.raises(OSError, match="no weights"):
        evaluate(read, models, rows, tmp_path / "kept", Settings(max_tokens=4))
    assert len(read_answers(tmp_path / "kept" / ANSWERS)) == 4


def test_a_comparison_prints_its_table_and_answers(recipe: Make, digits: dict[str, Path]) -> None:
    rows = held_out(Recipe.read(recipe("test")), limit=3)
    with load_scorer(REWARDS) as scorer:
        made = compare({"one": digits["model"]}, rows, scorer, max_tokens=4)
        assert {row.mode for row in answered({"one": digits["model"]}, rows, scorer, Settings(4, samples=0))} == {
            "greedy"
        }
    console = Console(record=True, width=100, file=io.StringIO())
    made.print(console, examples=2)
    shown = console.export_text()
    assert "Mean rewards on 3 held-out rows" in shown
    assert shown.count("What is the sum") + shown.count("How many digits") == 2
    assert made.summary.of("one", "sampled").prompts == 3


def test_training_rows_are_evaluated_with_a_warning_and_held_out_rows_without(
    recipe: Make, digits: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    made = recipe()
    assert len(held_out(Recipe.read(made), limit=3)) == 3
    assert "these are its training rows" in caplog.text
    caplog.clear()
    held = {"path": "parquet", "data_files": str(digits["test"])}
    assert len(held_out(Recipe.read(made | {"eval_dataset": held}))) == 12
    assert len(held_out(Recipe.read(made), **held, split="train[:5]")) == 5
    assert caplog.text == ""


def test_models_have_names(recipe: Make) -> None:
    read = Recipe.read(recipe())
    base = read.config.model
    assert models_of(read, None) == {"base": base, "trained": read.config.output_dir}
    assert models_of(read, "base,a=runs/x,org/model-3b,runs/y/") == {
        "base": base,
        "a": "runs/x",
        "model-3b": "org/model-3b",
        "y": "runs/y/",
    }
    for wrong, expected in {
        "a=x,a=y": "two models are called 'a'",
        "a=": "names no model",
        "": "names no model",
    }.items():
        with pytest.raises(ConfigError, match=expected):
            models_of(read, wrong)


@pytest.mark.parametrize("models", ["base,", ",base", "base,,a=x"])
def test_an_empty_name_is_told_before_rows_are_loaded(recipe: Make, tmp_path: Path, models: str) -> None:
    result = verb(file_of(recipe(dataset={"path": "json", "data_files": "none.jsonl"}), tmp_path), "--models", models)
    assert result.exit_code == 1
    assert f"--models {models}: '' names no model; write NAME=PATH,NAME=PATH." in result.output


def test_a_word_alone_is_a_folder_here_or_beside_the_trained_model(
    recipe: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Recipe.read(recipe(output_dir=str(tmp_path / "runs/grpo")))
    for name in ("sft", "grpo"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.json").touch()
    sft, grpo = str(tmp_path / "runs/sft"), str(tmp_path / "runs/grpo")
    assert models_of(read, "base,sft,grpo") == {"base": read.config.model, "sft": sft, "grpo": grpo}
    with pytest.raises(
        ConfigError, match=r"'stf' is not a folder here.*models there are grpo, sft.*Did you mean 'sft'"
    ):
        models_of(read, "base,stf")

    (tmp_path / "runs/base").mkdir()
    assert models_of(read, "base")["base"] == str(tmp_path / "runs/base")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sft").mkdir()
    assert models_of(read, "sft") == {"sft": "sft"}


class TestSuccess:
    def right(self, asked: tuple[str, float | None] | None = None, **terms: RewardOutput) -> bool | None:
        return Success(load_scorer(REWARDS), asked).of(ScoredRow(row=0, total=0, terms=terms))

    def test_all_terms_that_count_must_reach_their_top(self) -> None:
        full, half, none = RewardOutput(score=1.0), RewardOutput(score=0.5), RewardOutput.unparseable("?")
        assert self.right(format=full, answer=full) is True
        assert self.right(format=full, seen=half) is True  # of weight 0
        assert self.right(format=full, answer=none) is False
        assert self.right(format=half, answer=full) is False

    def test_a_term_may_be_named_with_its_threshold(self) -> None:
        assert self.right(("seen", 0.5), seen=RewardOutput(score=0.5), format=RewardOutput(score=0.0)) is True
        assert self.right(("seen", None), seen=RewardOutput(score=0.9)) is False
        assert self.right(("seen", None), answer=RewardOutput(score=1.0)) is None  # of another task

    def test_nobody_can_tell_of_faults_and_abstentions(self) -> None:
        full = RewardOutput(score=1.0)
        assert self.right(format=full, answer=RewardOutput.bad_reference("?")) is None
        assert self.right(answer=RewardOutput.abstained("?")) is None
        assert self.right(format=full, answer=RewardOutput.abstained("?")) is True

    def test_an_unknown_term_is_named(self) -> None:
        with pytest.raises(ConfigError, match=r"'anwser' is not a term.*Did you mean 'answer'"):
            self.right(("anwser", None))


class TestMistakesComeBeforeAnyAnswer:
    def failed(self, recipe: Path, *arguments: str | Path) -> str:
        result = verb(recipe, *arguments)
        assert result.exit_code != 0
        return result.output

    def test_a_model_that_is_not_there(self, recipe: Make, tmp_path: Path) -> None:
        assert "no/such" in self.failed(file_of(recipe("test"), tmp_path), "--models", "base,no/such")

    def test_a_column_that_a_reward_reads(self, recipe: Make, tmp_path: Path, digits: dict[str, Path]) -> None:
        output = self.failed(file_of(recipe("test"), tmp_path), "--data", digits["sft"], "--models", "base")
        assert "'solution' is missing" in output

    def test_earlier_answers_outlive_a_mistake(self, recipe: Make, tmp_path: Path) -> None:
        (tmp_path / ANSWERS).write_text("earlier")
        path = file_of(recipe("test"), tmp_path)
        output = self.failed(path, "--models", "base", "--success", "anwser", "--output", tmp_path)
        assert "'anwser' is not a term" in output
        assert (tmp_path / ANSWERS).read_text() == "earlier"

    def test_two_sources_and_unknown_kinds_of_files(
        self, recipe: Make, tmp_path: Path, digits: dict[str, Path]
    ) -> None:
        path = file_of(recipe("test"), tmp_path)
        assert "give one" in self.failed(path, "--data", digits["test"], "--dataset", "x")
        assert "the ending tells" in self.failed(path, "--data", path)
        assert "is not a number" in self.failed(path, "--success", "answer=x")

    @pytest.mark.parametrize("length", [0, "many", 1.5])
    def test_a_length_that_cuts_no_answer(self, recipe: Make, tmp_path: Path, length: object) -> None:
        made = recipe("test")
        path = file_of({**made, "training": {**made["training"], "max_completion_length": length}}, tmp_path)
        output = self.failed(path, "--models", "base")
        assert "training.max_completion_length: The recipe: Input should be" in output
        assert str(length) in output


def test_a_row_knows_what_its_terms_count() -> None:
    outputs = {"a": RewardOutput.unparseable("?")}
    assert AnsweredRow(row=0, total=0, terms=outputs, values={"a": -1.0}).value("a") == -1.0
    assert AnsweredRow(row=0, total=0, terms=outputs).value("a") is None


def test_a_recipe_without_rewards_shows_answers_alone(recipe: Make, tmp_path: Path) -> None:
    made = recipe()
    del made["rewards"]
    (tmp_path / "recipe.yaml").write_text(json.dumps(made))
    call = ["evaluate", str(tmp_path / "recipe.yaml"), "--models", f"one={made['model']}", "--limit", "2"]
    shown = CliRunner().invoke(main, [*call, "--max-tokens", "4", "--output", str(tmp_path / "out")])
    assert shown.exit_code == 0, shown.output
    assert "Answers side by side" in shown.output
    assert "reward" not in shown.output.split("Report:")[0].lower().replace("vlm_rewards", "")
    rows = list(read_answers(tmp_path / "out" / ANSWERS))
    assert {row.row for row in rows} == {0, 1}
    assert all(row.total is None and not row.terms for row in rows)
    refused = CliRunner().invoke(main, [*call, "--success", "answer"])
    assert "has no `rewards: FILE`" in refused.output
