"""What would make a run fail, or learn the wrong thing, stops it before its model is loaded."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Image, List, load_dataset
from PIL import Image as Pictures

from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards_trl import METHODS, grpo, sft
from vlm_rewards_trl.methods.method import Method
from vlm_rewards_trl.recipe.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Method, "build", lambda *_, **__: pytest.fail("a model was loaded"))


@pytest.fixture
def changed(digits: dict[str, Path], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """A function that writes the training prompts with some values of a column replaced."""

    def make(column: str, values: dict[int, Any], rows: int = 24) -> dict[str, Any]:
        data = load_dataset("parquet", data_files=str(digits["train"]), split="train").take(rows)
        held = list(data[column])
        for row, value in values.items():
            held[row] = value
        path = tmp_path / "changed.parquet"
        features = data.features
        data.remove_columns(column).add_column(column, held, feature=features[column]).to_parquet(path)
        return {"path": "parquet", "data_files": str(path)}

    return make


@pytest.mark.parametrize("streaming", [False, True])
def test_references_that_no_reward_can_use(recipe: Make, changed: Make, *, streaming: bool) -> None:
    data = changed("solution", {0: "", 3: "no number"})
    with pytest.raises(
        ColumnError, match=r"preflight found .*\n.*rewards.answer: 1 of 16 rows \(0\): math/answer cannot"
    ):
        grpo(Recipe.read(recipe(dataset={**data, "streaming": streaming})))


def test_a_route_that_no_row_takes(recipe: Make, tmp_path: Path) -> None:
    made = recipe()
    (tmp_path / "rewards.yaml").write_text(
        "version: 1\nrewards:\n  answer: {use: math/answer, when: {column: task, in: [math]}}\n"
    )
    with pytest.raises(ColumnError, match=r"rewards.answer"):
        grpo(Recipe.read(made))


@pytest.mark.parametrize("part", [{"limit": 24}, {"split": "train[:24]"}, {"streaming": True}])
def test_a_route_that_no_row_of_a_part_takes_is_a_warning(
    recipe: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture, part: dict[str, Any]
) -> None:
    made = recipe()
    made["dataset"] |= part
    (tmp_path / "rewards.yaml").write_text(
        "version: 1\nrewards:\n  form: {use: format/think_answer}\n"
        "  answer: {use: math/answer, when: {column: task, in: [math]}}\n"
    )
    with caplog.at_level(logging.WARNING), pytest.raises(pytest.fail.Exception, match="a model was loaded"):
        grpo(Recipe.read(made))
    assert "rewards.answer.when: the route matches no row" in caplog.text


def test_pictures_may_not_shrink_under_rewards_that_look_at_them(recipe: Make) -> None:
    made = recipe()
    made["dataset"]["max_pixels"] = 100
    with pytest.raises(ConfigError, match=r"dataset.max_pixels: the rewards box look at the images.*processor:"):
        grpo(Recipe.read(made))


class TestLengths:
    def test_prompts_that_fit_nowhere_are_an_error(self, recipe: Make, changed: Make) -> None:
        long = [{"role": "user", "content": "7 " * 600}]
        data = changed("prompt", {2: long, 5: long})
        expected = r"2 of 24 rows do not fit the context of 512 tokens .*: row 2 takes about \d+, beside 8 tokens"
        with pytest.raises(ColumnError, match=expected):
            grpo(Recipe.read(recipe(dataset=data)))

    def test_a_few_are_a_warning(
        self, recipe: Make, changed: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.undo()
        data = changed("prompt", {2: [{"role": "user", "content": "7 " * 600}]})
        with caplog.at_level(logging.WARNING):
            grpo(Recipe.read(recipe(dataset=data)))
        assert "1 of 24 rows do not fit" in caplog.text

    def test_a_picture_and_an_answer_take_room_too(self, recipe: Make, changed: Make) -> None:
        # The picture takes 9 tokens and the template 2; 512 - 8 are left beside the completion.
        for digits, fits in ((480, True), (500, False)):
            data = changed("prompt", {row: [{"role": "user", "content": "7" * digits}] for row in range(24)})
            with pytest.raises(pytest.fail.Exception if fits else ColumnError):
                grpo(Recipe.read(recipe(dataset=data)))

    def test_a_first_row_without_a_picture_does_not_hide_what_pictures_take(
        self, recipe: Make, digits: dict[str, Path], tmp_path: Path
    ) -> None:
        rows = load_dataset("parquet", data_files=str(digits["sft"]), split="train").take(4)
        pictures = [[], *(given * 60 for given in rows["images"][1:])]  # of 9 tokens each
        made = Dataset.from_dict({**rows.remove_columns("images").to_dict(), "images": pictures})
        made.cast_column("images", List(Image())).to_parquet(tmp_path / "many.parquet")
        with pytest.raises(ColumnError, match=r"3 of 4 rows do not fit .* row 1 takes about 5\d\d"):
            sft(Recipe.read(recipe("sft", dataset={"path": "parquet", "data_files": str(tmp_path / "many.parquet")})))

    def test_answers_of_the_dataset_count(self, recipe: Make, digits: dict[str, Path], tmp_path: Path) -> None:
        rows = load_dataset("parquet", data_files=str(digits["sft"]), split="train").take(4)
        answers = [[{"role": "assistant", "content": "7" * 600}]] * 4
        path = tmp_path / "long.parquet"
        rows.remove_columns("completion").add_column("completion", answers).to_parquet(path)
        with pytest.raises(ColumnError, match=r"4 of 4 rows do not fit"):
            sft(Recipe.read(recipe("sft", dataset={"path": "parquet", "data_files": str(path)})))


class TestMaxLength:
    """A picture takes 9 tokens: cut off, they no longer fit it, and TRL fails in the middle of a run."""

    @pytest.fixture
    def rows(self, tmp_path: Path) -> Callable[..., dict[str, Any]]:
        def write(count: int = 8, **columns: Any) -> dict[str, Any]:
            Pictures.new("RGB", (28, 28)).save(tmp_path / "a.png")
            path = tmp_path / f"{'-'.join(columns)}{count}.jsonl"
            path.write_text((json.dumps({**columns, "images": ["a.png"]}) + "\n") * count)
            return {"path": "json", "data_files": str(path)}

        return write

    @pytest.mark.parametrize("streaming", [False, True])
    @pytest.mark.parametrize(
        ("method", "columns"),
        [
            ("dpo", {"prompt": "3+4?", "chosen": "7", "rejected": "8"}),
            ("sft", {"prompt": "3+4?", "completion": "7"}),
            ("sft", {"messages": [{"role": "user", "content": "3+4?"}, {"role": "assistant", "content": "7"}]}),
        ],
    )
    def test_that_cuts_pictures_off_is_refused(
        self, recipe: Make, rows: Make, method: str, columns: dict[str, Any], *, streaming: bool
    ) -> None:
        made = recipe("sft", dataset={**rows(**columns), "streaming": streaming})
        made["training"] |= {"max_length": 9}
        expected = r"Row 0 .*: its prompt takes about 1\d tokens with its images, and `max_length: 9` cuts them off"
        with pytest.raises(ColumnError, match=expected):
            METHODS[method](Recipe.read(made))
        made["training"] |= {"max_length": 40}
        with pytest.raises(pytest.fail.Exception, match="a model was loaded"):
            METHODS[method](Recipe.read(made))

    def test_of_held_out_rows_too(self, recipe: Make, rows: Make) -> None:
        held = rows(2, prompt="3+4?" * 20, completion="7")
        made = recipe("sft", dataset=rows(prompt="3+4?", completion="7"), eval_dataset=held)
        made["training"] |= {"max_length": 40}
        with pytest.raises(ColumnError, match=r"Row 0 of the dataset '.*completion2.jsonl': its prompt takes about"):
            sft(Recipe.read(made))

    def test_that_cuts_answers_alone_trains(self, recipe: Make, rows: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        turns = [{"role": "user", "content": "3+4?"}, {"role": "assistant", "content": "7" * 60}]
        made = recipe("sft", dataset=rows(messages=turns))
        made["training"] |= {"max_length": 40}
        trainer = sft(Recipe.read(made))
        trainer.train()
        assert trainer.state.global_step == 2


def test_a_processor_that_cannot_be_loaded_is_named(recipe: Make) -> None:
    with pytest.raises(ConfigError, match=r"model: the processor of 'no/such-model' cannot be loaded"):
        grpo(Recipe.read(recipe(model="no/such-model")))
