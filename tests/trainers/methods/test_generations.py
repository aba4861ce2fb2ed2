"""How many completions a generation has, how often each is used, and where a run can be resumed exactly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards_trl import METHODS, Recipe, grpo, gspo

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]


def arguments(make: Make, method: str, **given: Any) -> Any:
    return METHODS[method].check(Recipe.read(make(), **given))


@pytest.mark.parametrize("accumulated", [1, 3, 8])
def test_gspo_updates_four_times_on_as_many_completions_as_grpo(recipe: Make, accumulated: int) -> None:
    one, other = (arguments(recipe, name, gradient_accumulation_steps=accumulated) for name in ("grpo", "gspo"))
    assert other.generation_batch_size == 4 * one.generation_batch_size
    assert other.gradient_accumulation_steps == one.gradient_accumulation_steps == accumulated
    assert other.num_iterations == 1


@pytest.mark.parametrize("given", [{"generation_batch_size": 16}, {"steps_per_generation": 2}])
def test_a_recipe_may_size_generations_itself(recipe: Make, given: dict[str, Any]) -> None:
    assert arguments(recipe, "gspo", **given).generation_batch_size == 16


@pytest.mark.parametrize(
    ("steps", "iterations", "accumulated", "warned"),
    [(4, 1, 4, True), (4, 1, 8, True), (2, 2, 4, True), (8, 1, 4, False), (4, 2, 4, False), (6, 1, 4, False)],
)
def test_generations_that_leave_gspo_nothing_to_clip_are_warned(
    recipe: Make, caplog: pytest.LogCaptureFixture, steps: int, iterations: int, accumulated: int, *, warned: bool
) -> None:
    given = {"num_iterations": iterations, "gradient_accumulation_steps": accumulated}
    for method in ("gspo", "grpo"):  # grpo is on-policy by default, and means to be
        caplog.clear()
        arguments(recipe, method, steps_per_generation=steps, **given)
        assert ("nothing to clip" in caplog.text) == (warned and method == "gspo")


def test_what_gspo_fills_in_clips(recipe: Make) -> None:
    trainer = gspo(Recipe.read(recipe(), max_steps=4, learning_rate=1e-2, lr_scheduler_type="constant"))
    trainer.train()
    first, *rest = [entry["clip_ratio/region_mean"] for entry in trainer.state.log_history if "loss" in entry]
    assert first == 0  # its policy is the one that sampled
    assert max(rest) > 0


@pytest.mark.parametrize(
    ("given", "saved"),
    [
        ({"steps_per_generation": 4, "save_steps": 6}, 8),
        ({"steps_per_generation": 4, "save_steps": 8}, 8),
        ({"steps_per_generation": 3, "gradient_accumulation_steps": 2, "save_steps": 4}, 6),
        ({"num_iterations": 5, "save_steps": 1}, 5),
        ({"save_steps": 7}, 7),
        ({"steps_per_generation": 4, "save_steps": 0.1, "max_steps": 60}, 8),
        ({"save_steps": 0.1, "max_steps": 60}, 0.1),
        ({"save_steps": 0.1, "max_steps": -1}, 0.1),
    ],
)
def test_checkpoints_are_written_where_a_generation_ends(
    recipe: Make, caplog: pytest.LogCaptureFixture, given: dict[str, Any], saved: int
) -> None:
    assert arguments(recipe, "grpo", save_strategy="steps", **given).save_steps == saved
    assert ("`save_steps` is" in caplog.text) == (saved != given["save_steps"])


def test_the_best_model_is_saved_where_it_is_evaluated(recipe: Make) -> None:
    given = {"save_strategy": "steps", "eval_strategy": "steps", "load_best_model_at_end": True, "max_steps": 60}
    share = {"steps_per_generation": 4, "eval_steps": 0.1, "save_steps": 0.1}
    assert arguments(recipe, "grpo", **given, **share).save_steps == 12


def test_a_share_of_a_run_in_epochs_is_rounded_when_its_length_is_known(
    recipe: Make, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    # 16 prompts, 4 answers to each, 8 answers an update: 8 updates, of which 0.6 are 5.
    made = recipe()
    made["dataset"]["limit"] = 16
    share = {"max_steps": -1, "num_train_epochs": 1, "steps_per_generation": 4, "save_strategy": "steps"}
    trainer = grpo(Recipe.read(made, **share, save_steps=0.6, save_only_model=True, max_completion_length=1))
    assert "`save_steps` is" not in caplog.text
    trainer.train()
    assert trainer.state.max_steps == 8
    assert "every 4 updates: `save_steps` is 8, not 5" in caplog.text
    assert {path.name for path in tmp_path.glob("out/checkpoint-*")} == {"checkpoint-8"}
