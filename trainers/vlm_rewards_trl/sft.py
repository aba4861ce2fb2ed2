"""SFT: supervised fine-tuning on demonstrations, the start that reinforcement learning needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards.errors import ColumnError
from vlm_rewards_trl.data import load

if TYPE_CHECKING:
    from trl import SFTTrainer

    from vlm_rewards_trl.recipe import Recipe

__all__ = ["DEFAULTS", "sft"]

# Cutting a sequence would cut picture tokens off their picture.
DEFAULTS = {"max_length": None}


def sft(recipe: Recipe) -> SFTTrainer:
    """TRL's `SFTTrainer` for a recipe.

    Raises:
        ConfigError: The recipe is wrong.
        ColumnError: The dataset has no demonstrations.
    """
    from trl import SFTConfig, SFTTrainer

    arguments = recipe.arguments(SFTConfig, DEFAULTS)
    dataset = load(recipe)
    if "completion" not in dataset.column_names:
        raise ColumnError(
            f"The dataset '{recipe.config.dataset.path}' has no column 'completion' with demonstrations, only "
            f"{', '.join(dataset.column_names)}. Name it with `rename: {{COLUMN: completion}}`."
        )
    return SFTTrainer(model=recipe.config.model, args=arguments, train_dataset=dataset)
