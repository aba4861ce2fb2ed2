"""Thin adapters over TRL: one composed reward function, trainers from one recipe, preferences and evaluation."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlm_rewards_trl.evaluation.compare import Comparison, Settings, compare
    from vlm_rewards_trl.evaluation.evaluate import evaluate, held_out
    from vlm_rewards_trl.methods.registry import METHODS, dpo, grpo, gspo, mpo, rloo, sft
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
    "evaluation.compare": {"Comparison", "Settings", "compare"},
    "evaluation.evaluate": {"evaluate", "held_out"},
    "methods.registry": {"METHODS", "dpo", "grpo", "gspo", "mpo", "rloo", "sft"},
    "preferences.prefer": {"Preferences", "prefer"},
    "recipe.recipe": {"Recipe"},
    "reward.factory": {"reward_function"},
    "reward.function": {"RewardFunction"},
    "training.train": {"check", "train"},
}


def __getattr__(name: str) -> object:
    home = next((home for home, names in _HOME.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'vlm_rewards_trl' has no attribute {name!r}")
    value = getattr(import_module(f"vlm_rewards_trl.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
