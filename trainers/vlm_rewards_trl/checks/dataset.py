"""Datasets that TRL's trainers fail on or pass over in silence: reported before a model is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from vlm_rewards.config.document import Problem
from vlm_rewards.errors import ColumnError
from vlm_rewards_trl.data.dataset import column_names, is_stream, load
from vlm_rewards_trl.data.images import image_column, image_counts
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["check_empty_images", "check_mixed_images", "check_row_count", "held_out"]

# Of a stream only the first rows are looked at.
_STREAMED = 64


def held_out(recipe: Recipe, arguments: Any) -> Dataset | None:
    """The recipe's held-out rows; None when it has none.

    Raises:
        ConfigError: TRL is to evaluate, and there is nothing to evaluate on; or the rows cannot be loaded.
        ColumnError: They lack prompts or images.
    """
    if recipe.config.eval_dataset is not None:
        return load(recipe, "eval_dataset")
    if arguments.eval_strategy != "no":
        message = "`eval_strategy` wants held-out rows; name them with `eval_dataset`, or leave it out."
        raise recipe.document.error([Problem(("training",), message)])
    return None


def check_row_count(dataset: Any, arguments: Any, config: DatasetConfig) -> None:
    """Raise ColumnError when one generation needs more prompts than there are: TRL would train no step."""
    prompts = arguments.generation_batch_size // arguments.num_generations
    if not is_stream(dataset) and len(dataset) < prompts:
        raise ColumnError(
            f"The dataset '{config.label}' has {len(dataset)} rows, and one generation takes {prompts} prompts "
            f"({arguments.generation_batch_size} completions, {arguments.num_generations} to a prompt), so no step "
            f"would be trained. Add rows, or lower per_device_train_batch_size."
        )


def check_mixed_images(dataset: Any, config: DatasetConfig) -> None:
    """Raise ColumnError when only some rows have images: TRL's GRPO fails on a batch of both (RLOO does not)."""
    counts = _counts(dataset)
    if 0 in counts and any(counts):
        raise ColumnError(
            f"Row {counts.index(0)} of the dataset '{config.label}' has no image and others have, and TRL's "
            f"GRPOTrainer fails on a batch of both. Leave such rows out, give them a blank image, or train with "
            f"`rloo`, which takes both as lists in a column 'images'."
        )


def check_empty_images(dataset: Any, config: DatasetConfig) -> None:
    """Raise ColumnError when a row of the column `image` is empty: TRL takes that as an empty list only."""
    names = column_names(dataset)
    if "image" not in names or "images" in names or is_stream(dataset):
        return
    counts = image_counts(dataset, "image")
    if 0 in counts:
        raise ColumnError(
            f"Row {counts.index(0)} of the dataset '{config.label}' has no image, which TRL takes only "
            f"as an empty list in a column 'images'; leave the row out, or make lists of the images."
        )


def _counts(dataset: Any) -> Sequence[int]:
    """How many images the rows have."""
    column = image_column(column_names(dataset))
    if column is None:
        return []
    if not is_stream(dataset):
        return image_counts(dataset, column)
    values = [row[column] for row in islice(dataset, _STREAMED)]
    return [len(value) if isinstance(value, list) else int(value is not None) for value in values]
