"""GSPO: GRPO with importance ratios and clipping of whole sequences (arXiv 2507.18071, values of its section 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards_trl.methods.online import online_trainer

if TYPE_CHECKING:
    from trl import GRPOTrainer

    from vlm_rewards_trl.recipe.recipe import Recipe

__all__ = ["DEFAULTS", "gspo"]

DEFAULTS = {
    "beta": 0.0,
    "importance_sampling_level": "sequence",
    "loss_type": "grpo",
    "epsilon": 3e-4,
    "epsilon_high": 4e-4,
    "steps_per_generation": 4,
}


def gspo(recipe: Recipe) -> GRPOTrainer:
    """TRL's `GRPOTrainer` for a recipe, at the level of sequences. Raises as `online_trainer`."""
    from trl import GRPOConfig, GRPOTrainer

    return online_trainer(recipe, method="gspo", trainer=GRPOTrainer, config=GRPOConfig, defaults=DEFAULTS)
