"""RLOO: each completion against the mean reward of the others of its group (arXiv 2402.14740)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards_trl.methods.online import online_trainer

if TYPE_CHECKING:
    from trl import RLOOTrainer

    from vlm_rewards_trl.recipe.recipe import Recipe

__all__ = ["DEFAULTS", "rloo"]

# As GRPO has it; TRL's own 0.05 keeps a second copy of the model in memory for a KL term.
DEFAULTS = {"beta": 0.0}


def rloo(recipe: Recipe) -> RLOOTrainer:
    """TRL's `RLOOTrainer` for a recipe. Raises as `online_trainer`."""
    from trl import RLOOConfig, RLOOTrainer

    return online_trainer(recipe, method="rloo", trainer=RLOOTrainer, config=RLOOConfig, defaults=DEFAULTS)
