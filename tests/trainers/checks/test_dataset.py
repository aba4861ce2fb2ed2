"""What TRL would fail on, or pass over in silence, is said before a model is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from transformers import LlamaConfig

from tests.trainers.tiny_models import tiny_text, tiny_tokenizer
from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards_trl import grpo, rloo, sft
from vlm_rewards_trl.checks.loading import unloadable
from vlm_rewards_trl.methods.method import Method
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.training.train import train

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]
Rows = Callable[..., dict[str, Any]]


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """A function that writes rows with one picture each, some values replaced, and returns the dataset of a recipe."""

    def write(count: int, changes: dict[int, dict[str, Any]] | None = None, **common: Any) -> dict[str, Any]:
        Image.new("RGB", (28, 28)).save(tmp_path / "a.png")
        plain = {"prompt": "?", "solution": "7", "task": "sum", "images": ["a.png"], **common}
        made = [{**plain, **(changes or {}).get(row, {})} for row in range(count)]
        path = tmp_path / f"rows{len(list(tmp_path.glob('rows*')))}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in made))
        return {"path": "json", "data_files": str(path)}

    return write


@pytest.fixture
def plain(recipe: Make, tmp_path: Path) -> Make:
    """A function that makes a recipe whose only term takes any row."""

    def make(dataset: dict[str, Any], **changes: Any) -> dict[str, Any]:
        made = recipe(dataset=dataset, **changes)
        (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {answer: {use: math/answer}}\n")
        return made

    return make


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Method, "build", lambda *_, **__: pytest.fail("a model was loaded"))


@pytest.mark.usefixtures("no_model")
class TestRows:
    @pytest.mark.parametrize("streaming", [False, True])
    @pytest.mark.parametrize("part", ["dataset", "eval_dataset"])
    def test_grpo_is_not_given_rows_with_and_without_pictures(
        self, plain: Make, rows: Rows, part: str, *, streaming: bool
    ) -> None:
        mixed = {**rows(8, {2: {"images": []}}), "streaming": streaming}
        with pytest.raises(ColumnError, match=r"Row 2 of the dataset '.*jsonl' has no image and others have.*`rloo`"):
            grpo(Recipe.read({**plain(rows(8)), part: mixed}))

    def test_a_lone_picture_may_not_be_missing(self, plain: Make, rows: Rows) -> None:
        lone = rows(8, {3: {"image": None}}, images=None, image="a.png")
        path = Path(lone["data_files"])
        path.write_text(path.read_text().replace('"images": null, ', ""))
        with pytest.raises(ColumnError, match=r"Row 3 .* has no image, which TRL takes only as an empty list"):
            rloo(Recipe.read(plain(lone)))

    def test_fewer_prompts_than_one_generation_takes(self, plain: Make, rows: Rows) -> None:
        expected = r"has 1 rows, and one generation takes 2 prompts \(8 completions, 4 to a prompt\)"
        with pytest.raises(ColumnError, match=expected):
            grpo(Recipe.read(plain(rows(1))))

    def test_held_out_rows_need_the_columns_too(self, plain: Make, rows: Rows, tmp_path: Path) -> None:
        bare = tmp_path / "bare.jsonl"
        bare.write_text('{"prompt": "?", "images": ["a.png"]}\n')
        held = {"path": "json", "data_files": str(bare)}
        with pytest.raises(ColumnError, match="Dataset column 'solution' is missing"):
            grpo(Recipe.read(plain(rows(8), eval_dataset=held)))
        answered = rows(8, completion="7")
        with pytest.raises(ColumnError, match=r"bare.jsonl' has no column 'completion'"):
            sft(Recipe.read({**plain(answered, eval_dataset=held), "training": {"report_to": "none"}}))

    def test_an_evaluation_needs_rows(self, plain: Make, rows: Rows) -> None:
        made = plain(rows(8))
        made["training"] |= {"eval_strategy": "steps", "eval_steps": 1}
        with pytest.raises(ConfigError, match=r"`eval_strategy` wants held-out rows; name them with `eval_dataset`"):
            grpo(Recipe.read(made))


@pytest.mark.usefixtures("no_model")
class TestModels:
    def test_a_model_of_text_alone(self, plain: Make, rows: Rows, tmp_path: Path) -> None:
        tokenizer = tiny_tokenizer("<image>")
        LlamaConfig(**tiny_text(tokenizer)).save_pretrained(tmp_path / "text")
        tokenizer.save_pretrained(tmp_path / "text")
        with pytest.raises(ConfigError, match=r"model: '.*text' has a tokenizer and nothing that reads images"):
            grpo(Recipe.read(plain(rows(8), model=str(tmp_path / "text"))))

    def test_a_folder_that_is_not_there(self, plain: Make, rows: Rows, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"none' cannot be loaded: there is no such folder"):
            grpo(Recipe.read(plain(rows(8), model=str(tmp_path / "none"))))

    def test_what_may_be_a_folder_or_a_name_of_the_hub(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "runs/sft").mkdir(parents=True)
        (tmp_path / "runs/sft/config.json").touch()
        monkeypatch.chdir(tmp_path)
        assert unloadable("runs/stf", OSError("no")) == (
            "there is no such folder ('runs' holds sft); as a name of the hub: OSError: no"
        )
        assert unloadable("google/gemma", OSError("no")) == "OSError: no"


def test_rloo_takes_rows_with_and_without_pictures(plain: Make, rows: Rows) -> None:
    trainer = rloo(Recipe.read(plain(rows(4, {0: {"images": []}}))))
    trainer.train()
    assert trainer.state.global_step == 2


def test_what_trl_refuses_is_told_with_its_place(plain: Make, rows: Rows) -> None:
    with pytest.raises(ConfigError, match=r"training: GRPOTrainer of TRL cannot be built: ValueError: `router_aux_lo"):
        grpo(Recipe.read(plain(rows(8)), router_aux_loss_coef=0.1))


def test_a_reporter_that_is_none_is_told_before_a_model_is_loaded(
    plain: Make, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transformers.AutoModelForImageTextToText.from_pretrained", lambda *_, **__: pytest.fail("it"))
    with pytest.raises(ConfigError, match=r"--set\.report_to: 'nobody' is not a reporter of transformers, which has "):
        grpo(Recipe.read(plain(rows(8)), report_to="nobody"))


def test_a_folder_that_cannot_be_written_to_is_said_first(plain: Make, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"output_dir: '.*file/out' cannot be written to: NotADirectoryError"):
        train("grpo", plain(rows(8), output_dir=str(tmp_path / "file" / "out"), model="no/such-model"))
