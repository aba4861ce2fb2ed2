"""Two real steps of every method on the embedded model, and TRL's own ways of using our function."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards_trl import METHODS, grpo, gspo, reward_function, sft
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.training.train import train
from vlm_rewards_trl.trl_compat import launch_defaults

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("adapter", [grpo, gspo])
def test_online_methods_take_steps_and_log_every_term(adapter: Callable[[Recipe], Any], recipe: Make) -> None:
    trainer = adapter(Recipe.read(recipe()))
    before = {name: weight.clone() for name, weight in trainer.model.named_parameters()}
    trainer.train()
    logged = {name for entry in trainer.state.log_history for name in entry}
    assert trainer.state.global_step == 2
    assert {"rewards/format/mean", "rewards/vlm_rewards/mean", "reward"} <= logged
    assert logged & {"rewards/answer/mean", "rewards/box/mean"}
    assert all(math.isfinite(weight.sum().item()) for weight in trainer.model.parameters())
    assert any((before[name] != weight).any() for name, weight in trainer.model.named_parameters())


def test_gspo_differs_from_grpo_in_the_algorithm_only(recipe: Make) -> None:
    one, other = (adapter(Recipe.read(recipe())).args.to_dict() for adapter in (grpo, gspo))
    noise, sizes = {"logging_dir", "run_name"}, {"steps_per_generation", "generation_batch_size"}
    assert {name for name in one if one[name] != other[name]} - noise <= set(gspo.defaults) | sizes
    assert other["importance_sampling_level"] == "sequence"


def test_rewards_that_are_normalised_first_are_one_function_each(recipe: Make, tmp_path: Path) -> None:
    made = recipe()
    trainer = grpo(Recipe.read(made, multi_objective_aggregation="normalize_then_sum"))
    assert dict(zip(trainer.reward_func_names, trainer.reward_weights.tolist(), strict=True)) == pytest.approx(
        {"format": 0.2, "answer": 1.0, "box": 1.0}
    )
    trainer.train()
    assert trainer.state.global_step == 2
    (tmp_path / "rewards.yaml").write_text((tmp_path / "rewards.yaml").read_text() + "combine: {clip: [0, 1]}\n")
    with pytest.raises(ConfigError, match="can only be summed"):
        grpo(Recipe.read(made, multi_objective_aggregation="normalize_then_sum"))


@pytest.mark.parametrize("method", ["grpo", "rloo"])
def test_weights_stand_in_the_rewards_file_alone(recipe: Make, method: str) -> None:
    made = recipe()
    with pytest.raises(ConfigError, match=r"--set\.reward_weights: the rewards file has the weights"):
        METHODS[method].check(Recipe.read(made, reward_weights=[1.0, 2.0]))
    made["training"]["reward_weights"] = [1.0, 2.0]
    with pytest.raises(ConfigError, match=r"training\.reward_weights: the rewards file has the weights"):
        METHODS[method].check(Recipe.read(made))


def test_the_verb_trains_and_the_result_loads_like_any_model(recipe: Make) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder = train("sft", recipe("sft"))
    assert AutoProcessor.from_pretrained(folder).tokenizer.padding_side == "left"
    assert AutoModelForImageTextToText.from_pretrained(folder).num_parameters() > 0


def test_sft_names_the_column_it_misses(recipe: Make) -> None:
    prompts_only = recipe("train")["dataset"]
    with pytest.raises(ColumnError, match="no column 'completion' with demonstrations"):
        sft(Recipe.read(recipe("sft", dataset=prompts_only)))


def test_sft_learns_from_whole_conversations(recipe: Make, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (28, 28)).save(tmp_path / "a.png")
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "7"}]
    rows = tmp_path / "rows.jsonl"
    rows.write_text((json.dumps({"messages": turns, "images": ["a.png"]}) + "\n") * 8)
    trainer = sft(Recipe.read(recipe("sft", dataset={"path": "json", "data_files": str(rows)})))
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == 2
    assert losses[1] < losses[0]


def test_held_out_rows_are_evaluated(recipe: Make, digits: dict[str, Path]) -> None:
    made = recipe("sft", eval_dataset={"path": "parquet", "data_files": str(digits["sft"]), "limit": 8})
    made["training"] |= {"eval_strategy": "steps", "eval_steps": 2}
    trainer = sft(Recipe.read(made))
    trainer.train()
    assert any("eval_loss" in entry for entry in trainer.state.log_history)


class TestDisk:
    @pytest.fixture
    def free(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
        def leave(count: int) -> None:
            monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=count))

        return leave

    def test_a_model_that_will_not_fit_is_said_before_it_trains(
        self, recipe: Make, free: Callable[[int], None]
    ) -> None:
        free(1_000_000)
        with pytest.raises(ConfigError, match=r"output_dir: 1.0 MiB are free there, the trained model takes 2.\d MiB"):
            train("sft", recipe("sft"))

    def test_checkpoints_that_will_not_fit_are_a_warning(
        self, recipe: Make, free: Callable[[int], None], caplog: pytest.LogCaptureFixture
    ) -> None:
        free(4_000_000)
        made = recipe("sft")
        made["training"] |= {"max_steps": 1}
        train("sft", made)
        assert not caplog.records
        made["training"] |= {"save_strategy": "steps", "save_only_model": True, "save_total_limit": 2}
        train("sft", made)
        assert "each checkpoint 2." in caplog.text
        assert "save_total_limit" in caplog.text
        caplog.clear()
        made["training"] |= {"save_total_limit": None, "save_steps": 1}
        for steps, fits in ((1, True), (4, False)):
            free(8_000_000)
            train("sft", made, max_steps=steps)
            assert ("each checkpoint" in caplog.text) is not fits


def test_mistakes_show_before_a_model_is_loaded(recipe: Make, tmp_path: Path) -> None:
    made = recipe(model="no/such-model")
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {a: {use: math/anwser}}\n")
    with pytest.raises(ConfigError, match="Did you mean 'math/answer'"):
        grpo(Recipe.read(made))


def test_a_column_that_a_reward_reads_and_the_dataset_lacks_is_named(recipe: Make, tmp_path: Path) -> None:
    made = recipe()
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {a: {use: math/answer, columns: {solution: gold}}}\n")
    with pytest.raises(ColumnError, match=r"'gold' is missing.*columns: \{solution: NAME\}"):
        grpo(Recipe.read(made))


def test_a_trainer_built_by_hand_trains_with_our_function(digits: dict[str, Path], tmp_path: Path) -> None:
    from datasets import load_dataset
    from transformers import AutoProcessor
    from trl import GRPOConfig, GRPOTrainer

    args = GRPOConfig(
        output_dir=str(tmp_path),
        **launch_defaults(GRPOConfig.__dataclass_fields__, {}),
        max_steps=1,
        per_device_train_batch_size=4,
        num_generations=4,
        max_completion_length=8,
        report_to="none",
        save_strategy="no",
        log_completions=True,
        logging_steps=1,
    )
    processor = AutoProcessor.from_pretrained(digits["model"])
    trainer = GRPOTrainer(
        model=str(digits["model"]),
        reward_funcs=reward_function(
            {"version": 1, "rewards": {"format": {"use": "format/tag_count"}}}, processing_class=processor, args=args
        ),
        args=args,
        train_dataset=load_dataset("parquet", data_files=str(digits["train"]), split="train"),
        processing_class=processor,
    )
    trainer.train()
    assert trainer.reward_func_names == ["vlm_rewards"]
    assert set(trainer._logs["extra"]) == {"format", "format_reason"}


def test_trls_own_command_line_takes_a_rewards_file(
    digits: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl.scripts.grpo import main, make_parser

    rewards = tmp_path / "rewards.yaml"
    rewards.write_text("version: 1\nrewards: {format: {use: format/tag_count}}\n")
    monkeypatch.setenv("VLM_REWARDS_CONFIG", str(rewards))
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.parquet").write_bytes(digits["train"].read_bytes())
    options = {
        "model_name_or_path": digits["model"],
        "dataset_name": folder,
        "reward_funcs": "vlm_rewards_trl.functions.from_env",
        "output_dir": tmp_path / "out",
        "max_steps": 1,
        "per_device_train_batch_size": 4,
        "num_generations": 4,
        "max_completion_length": 8,
        "use_cpu": True,
        "bf16": False,
        "report_to": "none",
        "save_strategy": "no",
        "dtype": "float32",
    }
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    parsed = make_parser().parse_args_and_config(args=arguments, fail_with_unknown_args=False)
    main(*parsed)
    assert (tmp_path / "out" / "model.safetensors").exists()
