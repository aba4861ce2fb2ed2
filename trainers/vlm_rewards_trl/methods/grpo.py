"""GRPO: advantages inside each group of completions (arXiv 2402.03300)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards_trl.methods.online import online_trainer

if TYPE_CHECKING:
    from trl import GRPOTrainer

    from vlm_rewards_trl.recipe.recipe import Recipe

__all__ = ["DEFAULTS", "grpo"]

DEFAULTS = {"beta": 0.0}


def grpo(recipe: Recipe) -> GRPOTrainer:
    """TRL's `GRPOTrainer` for a recipe. Raises as `online_trainer`."""
    from trl import GRPOConfig, GRPOTrainer

    return online_trainer(recipe, method="grpo", trainer=GRPOTrainer, config=GRPOConfig, defaults=DEFAULTS)
