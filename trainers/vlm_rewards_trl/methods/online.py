"""What the trainers that sample and score have in common; the adapters differ in the algorithm only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vlm_rewards import load_scorer
from vlm_rewards_trl.checks.dataset import check_enough, check_lists, check_mixed, held_out
from vlm_rewards_trl.checks.lengths import check_lengths
from vlm_rewards_trl.checks.rewards import inspect
from vlm_rewards_trl.data.dataset import column_names, load
from vlm_rewards_trl.methods.build import build, load_processor
from vlm_rewards_trl.methods.parameters import adapters
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.factory import reward_function

__all__ = ["DEFAULTS", "online_trainer"]

# The table of completions with a column per term goes to files; printed, it would be a wall of text.
DEFAULTS = {"log_completions": True, "num_completions_to_print": 0}


def online_trainer(
    recipe: Recipe, *, method: str, trainer: type[Any], config: type[Any], defaults: Mapping[str, Any]
) -> Any:
    """A trainer of TRL that samples completions and scores them with the recipe's rewards.

    Everything that can be wrong with the recipe, the rewards file and the dataset is found before a model is loaded.

    Args:
        recipe: What is trained, on what, with which rewards.
        method: Name of the method.
        trainer: TRL's trainer class.
        config: Its config class.
        defaults: Arguments that make the algorithm, for what the recipe leaves open.

    Raises:
        ConfigError: The recipe or the rewards file is wrong.
        ColumnError: The dataset lacks what a reward reads, or the preflight found an error in it.
    """
    arguments = recipe.arguments(config, {**DEFAULTS, **defaults})
    adapters(recipe)  # mistakes of the recipe and the rewards file come before the dataset's download
    load_scorer(recipe.rewards, context=None).close()
    dataset = load(recipe)
    processor = load_processor(recipe)
    rewards = reward_function(recipe.rewards, processing_class=processor, args=arguments)
    rewards.scorer.check_columns(column_names(dataset))
    inspect(rewards.scorer, dataset, processor, recipe)
    check_lengths(dataset, processor, recipe, room=arguments.max_completion_length)
    check_enough(dataset, arguments, recipe.config.dataset)
    held = held_out(recipe, arguments)
    if held is not None:
        rewards.scorer.check_columns(column_names(held))
    for rows, source in ((dataset, recipe.config.dataset), (held, recipe.config.eval_dataset)):
        if source is not None:
            if method != "rloo":
                check_mixed(rows, source)
            check_lists(rows, source)
    return build(
        recipe,
        method,
        trainer,
        reward_funcs=rewards,
        args=arguments,
        train_dataset=dataset,
        eval_dataset=held,
        processing_class=processor,
    )
