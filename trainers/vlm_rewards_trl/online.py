"""What the trainers that sample and score have in common; the adapters differ in the algorithm only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vlm_rewards import load_scorer
from vlm_rewards_trl.data import load
from vlm_rewards_trl.recipe import Recipe
from vlm_rewards_trl.rewards import reward_function

__all__ = ["online_trainer"]


def online_trainer(recipe: Recipe, *, trainer: type[Any], config: type[Any], defaults: Mapping[str, Any]) -> Any:
    """A trainer of TRL that samples completions and scores them with the recipe's rewards.

    Everything that can be wrong with the recipe, the rewards file and the columns is found before a model is loaded.

    Args:
        recipe: What is trained, on what, with which rewards.
        trainer: TRL's trainer class.
        config: Its config class.
        defaults: Arguments that make the algorithm, for what the recipe leaves open.

    Raises:
        ConfigError: The recipe or the rewards file is wrong.
        ColumnError: The dataset lacks what a reward reads.
    """
    from transformers import AutoProcessor

    arguments = recipe.arguments(config, defaults)
    load_scorer(recipe.rewards, context=None)  # mistakes of the file come before the dataset's download
    dataset = load(recipe)
    processor = AutoProcessor.from_pretrained(recipe.config.model, padding_side="left", truncation_side="left")
    rewards = reward_function(recipe.rewards, processing_class=processor, args=arguments)
    rewards.scorer.check_columns(dataset.column_names)
    return trainer(
        model=recipe.config.model,
        reward_funcs=rewards,
        args=arguments,
        train_dataset=dataset,
        processing_class=processor,
    )
