"""What the trainers that learn from a dataset's answers have in common; the adapters differ in the algorithm only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards_trl.checks.dataset import check_lists, held_out
from vlm_rewards_trl.checks.lengths import check_lengths
from vlm_rewards_trl.data.dataset import column_names, load
from vlm_rewards_trl.methods.build import build, load_processor
from vlm_rewards_trl.methods.parameters import adapters
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe

__all__ = ["DEMONSTRATIONS", "PREFERENCES", "offline_trainer"]

#: What the dataset of each kind must have: columns, and what they hold.
DEMONSTRATIONS = {"completion": "demonstrations"}  # or whole conversations in `messages`
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
    dataset, held = load(recipe), held_out(recipe, arguments)
    for rows, source in ((dataset, recipe.config.dataset), (held, recipe.config.eval_dataset)):
        if source is not None:
            found = column_names(rows)
            if columns is not DEMONSTRATIONS or "messages" not in found:
                _check_columns(found, columns, source)
            check_lists(rows, source)
    processor = load_processor(recipe)
    check_lengths(dataset, processor, recipe, answers=[name for name in columns if name in column_names(dataset)])
    return build(
        recipe,
        method,
        trainer,
        args=arguments,
        train_dataset=dataset,
        eval_dataset=held,
        processing_class=processor,
    )


def _check_columns(names: Sequence[str], wanted: Mapping[str, str], config: DatasetConfig) -> None:
    for name, held in wanted.items():
        if name not in names:
            raise ColumnError(
                f"The dataset '{config.label}' has no column '{name}' with {held}, only {', '.join(names)}. Name it "
                f"with `rename: {{COLUMN: {name}}}`."
            )
