"""Datasets as TRL's trainers take them: conversational prompts and answers, images, every other column kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vlm_rewards.config.document import Problem
from vlm_rewards.data.tables import exact
from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import explain
from vlm_rewards.types.images import images_of
from vlm_rewards_trl.data.conversations import ANSWERS, turns_of
from vlm_rewards_trl.data.images import image_column, image_counts, in_rgb, undecoded, with_frames, with_images
from vlm_rewards_trl.data.mixed import gapless, kind_of_turns, mapped, mixed_columns, undecoded_texts, with_names
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe
from vlm_rewards_trl.trl_compat import split_conversations

if TYPE_CHECKING:
    from datasets import Dataset

#: What a column of prompts may be called; the first that is there counts.
PROMPTS = ("prompt", "problem", "question")

#: Of a stream only the first rows are looked at before a run.
STREAMED = 64


def load(recipe: Recipe, part: str = "dataset", *, answers: bool = True) -> Dataset:
    """The `dataset` of a recipe, or its `eval_dataset`.

    `problem` or `question` becomes `prompt`; a prompt that is text becomes one user turn, an answer that is text one
    assistant turn. A prompt gets the `suffix` of the recipe, and its `system` turn unless it has one. Images are in
    `images` or `image`, as anything from a path to a PIL image, and come out as RGB; TRL puts them into the user turn
    itself. Numbers of classes become their names. Where its `answers` are learnt from, conversations in `messages` will
    do; else there must be prompts.

    Raises ConfigError where it cannot be loaded, and ColumnError where it has no prompts, TRL would fail on a
    conversation, or images do not fit the prompts or cannot be read; the first such row is named, of a stream when it
    is read.
    """
    config: DatasetConfig = getattr(recipe.config, part)
    dataset = undecoded(_loaded(config, recipe, part), config)  # before a stream is renamed, which decodes
    if (next(iter(dataset), None) is None) if is_stream(dataset) else not len(dataset):
        raise ColumnError(f"The dataset '{config.label}' has no row; choose another file or split.")
    dataset = undecoded_texts(dataset, mixed_columns(dataset, _conversations(column_names(dataset), config)))
    dataset = with_names(_rename(dataset, config, recipe, part))
    names = column_names(dataset)
    _check_prompts(names, config, answers=answers)
    mixed, features = mixed_columns(dataset, ("prompt", *ANSWERS)), dataset.features or {}
    if is_stream(dataset):
        _ = list(_converse(dataset.take(STREAMED), features, mixed, config))
    if "videos" in names:
        dataset, names = with_frames(dataset, names, config), [*names, "images"]
    dataset = with_images(dataset, names, config)
    return in_rgb(_converse(dataset, features, mixed, config), config)


def column_names(dataset: Any) -> list[str]:
    """The columns of a dataset; of a stream that does not know them, those of its first row."""
    return list(dataset.column_names or next(iter(dataset), {}))


def is_stream(dataset: Any) -> bool:
    """Whether the rows of a dataset can only be read in turn."""
    import datasets

    return isinstance(dataset, datasets.IterableDataset)


def _loaded(config: DatasetConfig, recipe: Recipe, part: str) -> Any:
    import datasets

    try:
        given = config.model_dump(include={"path", "name", "data_files", "data_dir", "split", "streaming"})
        dataset = datasets.load_dataset(**given)
        _ = config.streaming and next(iter(dataset.with_format("arrow")), None)  # which opens the first file
    except Exception as error:
        why = f"'{config.label}' is empty." if isinstance(error, StopIteration) else explain(error)  # of `json`
        if isinstance(error, FileNotFoundError) and (config.data_files or config.data_dir):
            why += ". Relative paths start from the working directory, not from the recipe."
        raise recipe.error((part,), f"the dataset cannot be loaded: {why}") from error
    if config.limit is None:
        return dataset
    return dataset.take(config.limit) if config.streaming else dataset.select(range(min(config.limit, len(dataset))))


def _rename(dataset: Any, config: DatasetConfig, recipe: Recipe, part: str) -> Any:
    names = column_names(dataset)
    missing, has = [name for name in config.rename if name not in names], f"it has {', '.join(names)}."
    recipe.refuse(Problem((part, "rename", name), f"the dataset has no column '{name}'; {has}") for name in missing)
    taken = [name for old, name in config.rename.items() if name in names and name not in config.rename and name != old]
    dataset = dataset.remove_columns(taken).rename_columns(config.rename)
    names = column_names(dataset)
    source = next((name for name in PROMPTS if name in names), "prompt")
    return dataset if source == "prompt" else dataset.rename_column(source, "prompt")


def _conversations(names: Sequence[str], config: DatasetConfig) -> list[str]:
    """The columns that conversations are read from, by their names in the dataset."""
    new = {name: config.rename.get(name, name) for name in names}
    read = {next((name for name in PROMPTS if name in new.values()), "prompt"), *ANSWERS}
    return [name for name in names if new[name] in read]


def _check_prompts(names: Sequence[str], config: DatasetConfig, *, answers: bool) -> None:
    """Raise ColumnError unless there are prompts, or whole conversations that hold them."""
    if "prompt" in names or (answers and "messages" in names) or {"chosen", "rejected"} <= {*names}:
        return
    whole = ", or that of whole conversations with `rename: {COLUMN: messages}`" if answers else ""
    raise ColumnError(
        f"The dataset '{config.label}' has no column 'prompt', 'problem' or 'question', only {', '.join(names)}. "
        f"Name the column of the prompts with `rename: {{COLUMN: prompt}}`{whole}."
    )


def _converse(dataset: Any, features: Mapping[str, Any], mixed: Sequence[str], config: DatasetConfig) -> Any:
    """The dataset with its conversations as turns that TRL can read, `features` being those that a stream has lost."""
    there = column_names(dataset)
    names, column = [name for name in ("prompt", *ANSWERS) if name in there], image_column(there)
    counts = None if is_stream(dataset) or column is None else image_counts(dataset, column)
    stored = {name: features.get(name) for name in names}
    kinds = {name: kind_of_turns(kind) for name, kind in stored.items()}
    if not {"prompt", "messages"} & kinds.keys():
        kinds["prompt"] = kinds["chosen"]

    def turns(row: Mapping[str, Any], index: int) -> dict[str, Any]:
        images = counts[index] if counts is not None else len(images_of(column and row[column]))
        values = {name: exact(row[name]) if name in mixed else gapless(row[name], stored[name]) for name in names}
        where = f"Row {index} of the dataset '{config.label}'"
        if not {"prompt", "messages"} & values.keys():
            _read(where, "chosen", values["chosen"], config, beside=())
            _read(where, "rejected", values["rejected"], config, beside=values["chosen"])
            values |= split_conversations({name: values[name] for name in ("chosen", "rejected")})
        return {name: _read(where, name, value, config, column=column, images=images) for name, value in values.items()}

    return mapped(dataset, names, turns, kinds)


def _read(where: str, name: str, value: Any, config: DatasetConfig, **options: Any) -> Any:
    try:
        return turns_of(name, value, config, **options)
    except ColumnError as error:
        raise ColumnError(f"{where}, column '{name}': {error}") from error
