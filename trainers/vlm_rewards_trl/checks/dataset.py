"""Datasets that TRL's trainers fail on or pass over in silence: reported before a model is loaded."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from vlm_rewards.config.document import Problem
from vlm_rewards.errors import ColumnError
from vlm_rewards_trl.data.dataset import STREAMED, column_names, is_stream, load
from vlm_rewards_trl.data.images import image_column, image_counts
from vlm_rewards_trl.generation import images_in
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe

if TYPE_CHECKING:
    from datasets import Dataset


def held_out(recipe: Recipe, arguments: Any, *, answers: bool) -> Dataset | None:
    """The recipe's held-out rows, whose `answers` are learnt from or not; None when it has none.

    Raises ConfigError where TRL is to evaluate and has nothing to evaluate on, and as `load`.
    """
    if recipe.config.eval_dataset is not None:
        return load(recipe, "eval_dataset", answers=answers)
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


def check_images(dataset: Any, config: DatasetConfig, *, takes_mixed: bool) -> None:
    """Raise ColumnError when only some rows have images, unless the trainer takes both, or one's `image` is empty."""
    column = image_column(column_names(dataset))
    if column is None or (takes_mixed and is_stream(dataset)):
        return
    if is_stream(dataset):
        counts = [len(images_in(row)) for row in islice(dataset, STREAMED)]
    else:
        counts = image_counts(dataset, column)
    if 0 not in counts:
        return
    lacks = f"Row {counts.index(0)} of the dataset '{config.label}' has no image"
    if any(counts) and not takes_mixed:
        raise ColumnError(
            f"{lacks} and others have, and TRL's GRPOTrainer fails on a batch of both. Leave such rows out, give them "
            f"a blank image, or train with `rloo`, which takes both as lists in a column 'images'."
        )
    if column == "image" and not is_stream(dataset):
        raise ColumnError(
            f"{lacks}, which TRL takes only as an empty list in a column 'images'; leave the row out, or make lists of "
            f"the images."
        )
