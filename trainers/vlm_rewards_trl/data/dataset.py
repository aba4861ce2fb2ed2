"""Datasets as TRL's trainers take them: conversational prompts and answers, images, every other column kept."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vlm_rewards.config.document import Problem
from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import explain, show
from vlm_rewards_trl.data.images import PLACEHOLDER, in_rgb, undecoded, with_images
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe
from vlm_rewards_trl.trl_compat import split_conversations

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["column_names", "is_stream", "load"]

_PROMPTS = ("prompt", "problem", "question")

#: Columns of answers: a text becomes one turn of the assistant.
_ANSWERS = ("completion", "chosen", "rejected")


def load(recipe: Recipe, part: str = "dataset") -> Dataset:
    """The `dataset` of a recipe, or its `eval_dataset`.

    `problem` or `question` becomes `prompt`; a prompt that is text becomes one user turn (after the `system` turn and
    with the `suffix` of the recipe), an answer that is text one assistant turn. Images are in `images` or `image`, as
    anything from a path to a PIL image, and come out as RGB; TRL puts them into the user turn itself.

    Raises:
        ConfigError: The dataset cannot be loaded.
        ColumnError: It has no prompts, or images do not fit the prompts or cannot be read; the first such row is
            named.
    """
    config: DatasetConfig = getattr(recipe.config, part)
    dataset = undecoded(_read(config, recipe, part), config)
    if (next(iter(dataset), None) is None) if is_stream(dataset) else not len(dataset):
        raise ColumnError(f"The dataset '{config.label}' has no row; choose another file or split.")
    dataset = _rename(dataset, config, recipe, part)
    names = column_names(dataset)
    if "prompt" not in names and "messages" not in names:
        dataset = _prompted(dataset, names, config)
    dataset = with_images(dataset, column_names(dataset), config)
    return in_rgb(_converse(dataset, config), config)


def column_names(dataset: Any) -> list[str]:
    """The columns of a dataset; of a stream that does not know them, those of its first row."""
    return list(dataset.column_names or next(iter(dataset), {}))


def is_stream(dataset: Any) -> bool:
    """Whether the rows of a dataset can only be read in turn."""
    import datasets

    return isinstance(dataset, datasets.IterableDataset)


def _read(config: DatasetConfig, recipe: Recipe, part: str) -> Any:
    import datasets

    try:
        given = config.model_dump(include={"path", "name", "data_files", "data_dir", "split", "streaming"})
        dataset = datasets.load_dataset(**given)
    except Exception as error:
        why = f"'{config.label}' is empty." if isinstance(error, StopIteration) else explain(error)  # of `json`
        if isinstance(error, FileNotFoundError) and (config.data_files or config.data_dir):
            why += ". Relative paths start from the working directory, not from the recipe."
        problem = Problem((part,), f"the dataset cannot be loaded: {why}")
        raise recipe.document.error([problem]) from error
    if config.limit is None:
        return dataset
    return dataset.take(config.limit) if config.streaming else dataset.select(range(min(config.limit, len(dataset))))


def _rename(dataset: Any, config: DatasetConfig, recipe: Recipe, part: str) -> Any:
    names = column_names(dataset)
    missing = [name for name in config.rename if name not in names]
    if missing:
        has = f"it has {', '.join(names)}."
        raise recipe.document.error(
            Problem((part, "rename", name), f"the dataset has no column '{name}'; {has}") for name in missing
        )
    taken = [name for old, name in config.rename.items() if name in names and name not in config.rename and name != old]
    dataset = dataset.remove_columns(taken).rename_columns(config.rename)
    names = column_names(dataset)
    source = next((name for name in _PROMPTS if name in names), "prompt")
    return dataset if source == "prompt" else dataset.rename_column(source, "prompt")


def _prompted(dataset: Any, names: list[str], config: DatasetConfig) -> Any:
    """A dataset whose pairs of whole conversations are split into the prompt they share and the answers."""
    if "chosen" not in names or "rejected" not in names:
        raise ColumnError(
            f"The dataset '{config.label}' has no column 'prompt', 'problem' or 'question', only {', '.join(names)}. "
            f"Name the column of the prompts with `rename: {{COLUMN: prompt}}`."
        )
    return _mapped(dataset, ["chosen", "rejected"], lambda row, _: split_conversations(row))


def _converse(dataset: Any, config: DatasetConfig) -> Any:
    """The dataset with every text of a conversation as a turn of it."""
    first = next(iter(dataset))
    texts = [name for name in ("prompt", *_ANSWERS) if name in first and not isinstance(first[name], list)]
    return _mapped(dataset, texts, functools.partial(_turns, texts=texts, config=config)) if texts else dataset


def _turns(row: Mapping[str, Any], index: int, *, texts: list[str], config: DatasetConfig) -> dict[str, Any]:
    for name in texts:
        if not isinstance(row[name], str):
            held = "prompts" if name == "prompt" else "answers"
            raise ColumnError(
                f"The {name} of row {index} of the dataset '{config.label}' is {show(row[name])}; {held} are texts or "
                f"lists of messages. Name another column with `rename: {{COLUMN: {name}}}`, or leave the row out."
            )
    turns: dict[str, Any] = {name: [{"role": "assistant", "content": row[name]}] for name in texts}
    if "prompt" in texts:
        system = [] if config.system is None else [{"role": "system", "content": config.system}]
        text = row["prompt"].replace(PLACEHOLDER, "").strip() + config.suffix
        turns["prompt"] = [*system, {"role": "user", "content": text}]
    return turns


def _mapped(dataset: Any, columns: list[str], function: Callable[[Any, int], Any]) -> Any:
    """The dataset with columns made anew from some of its columns and the number of the row."""
    if is_stream(dataset):
        return dataset.map(function, with_indices=True)
    import datasets

    # Apart from the images: a mapped dataset is written to disk, and their bytes need not be written again.
    made = dataset.select_columns(columns).map(function, with_indices=True, desc=", ".join(columns))
    return datasets.concatenate_datasets([dataset.remove_columns(columns), made], axis=1)
