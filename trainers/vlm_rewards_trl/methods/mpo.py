"""MPO: DPO mixed with a loss on each answer's quality and one that imitates the chosen answer (arXiv 2411.10442)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards_trl.methods.offline import PREFERENCES, offline_trainer

if TYPE_CHECKING:
    from trl import DPOTrainer

    from vlm_rewards_trl.recipe.recipe import Recipe

__all__ = ["DEFAULTS", "mpo"]

# The losses and their weights are the paper's. Cutting a sequence would cut picture tokens off their picture.
DEFAULTS = {"loss_type": ["sigmoid", "bco_pair", "sft"], "loss_weights": [0.8, 0.2, 1.0], "max_length": None}


def mpo(recipe: Recipe) -> DPOTrainer:
    """TRL's `DPOTrainer` for a recipe, with the mixed loss. Raises as `offline_trainer`."""
    from trl import DPOConfig, DPOTrainer

    return offline_trainer(
        recipe, method="mpo", trainer=DPOTrainer, config=DPOConfig, defaults=DEFAULTS, columns=PREFERENCES
    )
