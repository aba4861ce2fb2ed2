"""Two steps of every method on a model of every family."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import vlm_rewards_trl
from vlm_rewards_trl.methods.registry import METHODS
from vlm_rewards_trl.recipe.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]
REWARDS = """\
version: 1
allow_imports: true
rewards:
  late: {use: "trl:tests.trainers.tiny_models.upper_half", range: [0, 1], isolation: inline}
"""
DATA = {"sft": "sft", "dpo": "pairs", "mpo": "pairs"}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_at_the_front_door_too(method: str) -> None:
    assert getattr(vlm_rewards_trl, method) is METHODS[method]


@pytest.mark.parametrize("method", METHODS)
def test_two_steps_move_the_weights(method: str, tiny_model: Path, recipe: Make, tmp_path: Path) -> None:
    made = recipe(DATA.get(method, "train"), model=str(tiny_model))
    (tmp_path / "rewards.yaml").write_text(REWARDS)  # noise never earns the rewards of the digits
    made["training"] |= {"per_device_train_batch_size": 4, "learning_rate": 1e-3}
    trainer = METHODS[method](Recipe.read(made))
    before = {name: weight.clone() for name, weight in trainer.model.named_parameters()}
    trainer.train()
    after = dict(trainer.model.named_parameters())
    moved = {name.split(".")[1] for name in before if (before[name] != after[name]).any()}
    assert trainer.state.global_step == 2
    assert all(math.isfinite(weight.sum().item()) for weight in after.values())
    assert any("language" in name or "text" in name for name in moved), moved
    assert any("vision" in name for name in moved), moved


def test_mpo_is_dpo_with_the_losses_of_the_paper(recipe: Make) -> None:
    trainers = [METHODS[method](Recipe.read(recipe("pairs"))) for method in ("dpo", "mpo")]
    dpo, mpo = (trainer.args.to_dict() for trainer in trainers)
    assert type(trainers[0]) is type(trainers[1])
    assert {name for name in dpo if dpo[name] != mpo[name]} - {"run_name"} == {"loss_type", "loss_weights"}
    assert dict(zip(mpo["loss_type"], mpo["loss_weights"], strict=True)) == {"sigmoid": 0.8, "bco_pair": 0.2, "sft": 1}
