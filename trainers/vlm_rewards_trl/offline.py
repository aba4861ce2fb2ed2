"""What the trainers that learn from a dataset's answers have in common; the adapters differ in the algorithm only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards_trl.build import build, load_processor
from vlm_rewards_trl.data import column_names, is_stream, load
from vlm_rewards_trl.lengths import check_lengths
from vlm_rewards_trl.pictures import picture_counts
from vlm_rewards_trl.recipe import Recipe
from vlm_rewards_trl.weights import adapters

__all__ = ["DEMONSTRATIONS", "PREFERENCES", "offline_trainer"]

#: What the dataset of each kind must have: columns, and what they hold.
DEMONSTRATIONS = {"completion": "demonstrations"}
PREFERENCES = {"chosen": "the better answers", "rejected": "the worse answers"}


def offline_trainer(
    recipe: Recipe,
    *,
    method: str,
    trainer: type[Any],
    config: type[Any],
    defaults: Mapping[str, Any],
    columns: Mapping[str, str],
) -> Any:
    """A trainer of TRL that learns from answers in the dataset.

    Everything that can be wrong with the recipe and the columns is found before a model is loaded.

    Args:
        recipe: What is trained, on what.
        method: Name of the method.
        trainer: TRL's trainer class.
        config: Its config class.
        defaults: Arguments that make the algorithm, for what the recipe leaves open.
        columns: Columns of answers that the method learns from, and what they hold.

    Raises:
        ConfigError: The recipe is wrong.
        ColumnError: The dataset lacks prompts, pictures or answers.
    """
    arguments = recipe.arguments(config, defaults)
    adapters(recipe)  # mistakes of the recipe come before the dataset's download
    dataset = load(recipe)
    names = column_names(dataset)
    for name, held in columns.items():
        if name not in names:
            raise ColumnError(
                f"The dataset '{recipe.config.dataset.path}' has no column '{name}' with {held}, only "
                f"{', '.join(names)}. Name it with `rename: {{COLUMN: {name}}}`."
            )
    if (
        "image" in names
        and "images" not in names
        and not is_stream(dataset)
        and 0 in (counts := picture_counts(dataset, "image"))
    ):
        raise ColumnError(
            f"Row {counts.index(0)} of the dataset '{recipe.config.dataset.path}' has no picture, which TRL takes only "
            f"as an empty list in a column 'images'; leave the row out, or make lists of the pictures."
        )
    processor = load_processor(recipe)
    check_lengths(dataset, processor, recipe, answers=tuple(columns))
    return build(
        recipe,
        method,
        trainer,
        args=arguments,
        train_dataset=dataset,
        eval_dataset=load(recipe, "eval_dataset"),
        processing_class=processor,
    )
