"""DPO: raise the chosen answer over the rejected one, without a reward model (arXiv 2305.18290)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards_trl.methods.offline import PREFERENCES, offline_trainer

if TYPE_CHECKING:
    from trl import DPOTrainer

    from vlm_rewards_trl.recipe.recipe import Recipe

__all__ = ["DEFAULTS", "dpo"]

# Cutting a sequence would cut picture tokens off their picture.
DEFAULTS = {"max_length": None}


def dpo(recipe: Recipe) -> DPOTrainer:
    """TRL's `DPOTrainer` for a recipe. Raises as `offline_trainer`."""
    from trl import DPOConfig, DPOTrainer

    return offline_trainer(
        recipe, method="dpo", trainer=DPOTrainer, config=DPOConfig, defaults=DEFAULTS, columns=PREFERENCES
    )
