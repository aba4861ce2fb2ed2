"""Thin adapters over TRL: one composed reward function, trainers from one recipe, preferences and evaluation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlm_rewards_trl.evaluation.compare import Comparison, Settings, compare
    from vlm_rewards_trl.evaluation.evaluate import evaluate, held_out
    from vlm_rewards_trl.methods.dpo import dpo
    from vlm_rewards_trl.methods.grpo import grpo
    from vlm_rewards_trl.methods.gspo import gspo
    from vlm_rewards_trl.methods.mpo import mpo
    from vlm_rewards_trl.methods.registry import METHODS
    from vlm_rewards_trl.methods.rloo import rloo
    from vlm_rewards_trl.methods.sft import sft
    from vlm_rewards_trl.preferences.prefer import Preferences, prefer
    from vlm_rewards_trl.recipe.recipe import Recipe
    from vlm_rewards_trl.reward.factory import reward_function
    from vlm_rewards_trl.reward.function import RewardFunction
    from vlm_rewards_trl.training.train import check, train

__all__ = [
    "METHODS",
    "Comparison",
    "Preferences",
    "Recipe",
    "RewardFunction",
    "Settings",
    "check",
    "compare",
    "dpo",
    "evaluate",
    "grpo",
    "gspo",
    "held_out",
    "mpo",
    "prefer",
    "reward_function",
    "rloo",
    "sft",
    "train",
]

# Names resolve on first use, so that the command line imports no more than the verb that is called.
_HOME = {
    "METHODS": "methods.registry",
    "Comparison": "evaluation.compare",
    "Preferences": "preferences.prefer",
    "Recipe": "recipe.recipe",
    "RewardFunction": "reward.function",
    "Settings": "evaluation.compare",
    "check": "training.train",
    "compare": "evaluation.compare",
    "dpo": "methods.dpo",
    "evaluate": "evaluation.evaluate",
    "grpo": "methods.grpo",
    "gspo": "methods.gspo",
    "held_out": "evaluation.evaluate",
    "mpo": "methods.mpo",
    "prefer": "preferences.prefer",
    "reward_function": "reward.factory",
    "rloo": "methods.rloo",
    "sft": "methods.sft",
    "train": "training.train",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'vlm_rewards_trl' has no attribute {name!r}")
    value = getattr(import_module(f"vlm_rewards_trl.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
