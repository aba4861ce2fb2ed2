"""Datasets as TRL's trainers take them: conversational prompts, a column `images`, every other column kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_rewards.documents import Problem
from vlm_rewards.errors import ColumnError, explain, show
from vlm_rewards.images import images_of
from vlm_rewards_trl.recipe import Recipe

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["load"]

_PROMPTS = ("problem", "question")

#: Some datasets mark in the text where a picture goes; TRL puts the pictures before the text.
PLACEHOLDER = "<image>"


def load(recipe: Recipe) -> Dataset:
    """The training set of a recipe.

    `problem` or `question` becomes `prompt`; a prompt that is text becomes one user turn (after the `system` turn and
    with the `suffix` of the recipe). TRL puts the pictures of `images` or `image` into the user turn itself.

    Raises:
        ConfigError: The dataset cannot be loaded.
        ColumnError: It has no prompts, or a picture cannot be read; the first such row is named.
    """
    import datasets

    config = recipe.config.dataset
    try:
        dataset = datasets.load_dataset(config.path, config.name, data_files=config.data_files, split=config.split)
    except Exception as error:
        problem = Problem(("dataset",), f"the dataset cannot be loaded: {explain(error)}")
        raise recipe.document.error([problem]) from error
    if config.limit is not None:
        dataset = dataset.select(range(min(config.limit, len(dataset))))
    missing = [name for name in config.rename if name not in dataset.column_names]
    if missing:
        has = f"it has {', '.join(dataset.column_names)}."
        places = [
            Problem(("dataset", "rename", name), f"the dataset has no column '{name}'; {has}") for name in missing
        ]
        raise recipe.document.error(places)
    dataset = dataset.rename_columns(config.rename)
    names = dataset.column_names
    source = next((name for name in ("prompt", *_PROMPTS) if name in names), None)
    if source is None:
        raise ColumnError(
            f"The dataset '{config.path}' has no column 'prompt', 'problem' or 'question', only {', '.join(names)}. "
            f"Name the column of the prompts with `rename: {{COLUMN: prompt}}`."
        )
    if source != "prompt":
        dataset = dataset.rename_column(source, "prompt")
    first = dataset[0]
    _check_pictures(first, config.path)
    if not isinstance(first["prompt"], list):
        if not isinstance(first["prompt"], str):
            raise ColumnError(
                f"The prompt of row 0 is {show(first['prompt'])}; prompts are texts or lists of messages."
            )
        system = [] if config.system is None else [{"role": "system", "content": config.system}]
        suffix = config.suffix

        def converse(row: dict[str, Any]) -> dict[str, Any]:
            text = row["prompt"].replace(PLACEHOLDER, "").strip()
            return {"prompt": [*system, {"role": "user", "content": text + suffix}]}

        dataset = dataset.map(converse, desc="prompts")
    return dataset


def _check_pictures(row: dict[str, Any], path: str) -> None:
    column = next((name for name in ("images", "image") if name in row), None)
    if column is None:
        raise ColumnError(
            f"The dataset '{path}' has no column 'images' or 'image', only {', '.join(row)}. Name the column of the "
            f"pictures with `rename: {{COLUMN: image}}`."
        )
    for picture in images_of(row[column]):
        try:
            _ = picture.size
        except ColumnError as error:
            raise ColumnError(f"Row 0 of the dataset '{path}', column '{column}': {error}") from error
