"""SFT: supervised fine-tuning on demonstrations, the start that reinforcement learning needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards_trl.methods.offline import DEMONSTRATIONS, offline_trainer

if TYPE_CHECKING:
    from trl import SFTTrainer

    from vlm_rewards_trl.recipe.recipe import Recipe

__all__ = ["DEFAULTS", "sft"]

# Cutting a sequence would cut picture tokens off their picture.
DEFAULTS = {"max_length": None}


def sft(recipe: Recipe) -> SFTTrainer:
    """TRL's `SFTTrainer` for a recipe. Raises as `offline_trainer`."""
    from trl import SFTConfig, SFTTrainer

    return offline_trainer(
        recipe, method="sft", trainer=SFTTrainer, config=SFTConfig, defaults=DEFAULTS, columns=DEMONSTRATIONS
    )
