"""Datasets that TRL's trainers fail on or pass over in silence: reported before a model is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.preflight import Finding, Severity
from vlm_rewards.preflight.findings import about_rows
from vlm_rewards.types.images import images_of
from vlm_rewards.types.pixels import check_area
from vlm_rewards_trl.data.conversations import ANSWERS, turns_of
from vlm_rewards_trl.data.dataset import PROMPTS, STREAMED, column_names, is_stream, load
from vlm_rewards_trl.data.images import ROWS, image_column, image_counts
from vlm_rewards_trl.generation import images_in
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe

if TYPE_CHECKING:
    from datasets import Dataset

#: Prompts as they are, with nothing around them.
_PLAIN = DatasetConfig(path="json")


def held_out(recipe: Recipe, arguments: Any, *, answers: bool) -> Dataset | None:
    """The recipe's held-out rows, whose `answers` are learnt from or not; None when it has none.

    Raises ConfigError where TRL is to evaluate and has nothing to evaluate on, and as `load`.
    """
    if recipe.config.eval_dataset is not None:
        return load(recipe, "eval_dataset", answers=answers)
    if arguments.eval_strategy != "no":
        message = "`eval_strategy` wants held-out rows; name them with `eval_dataset`, or leave it out."
        raise recipe.error(("training",), message)
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
    stream = is_stream(dataset)
    if column is None or (takes_mixed and stream):
        return
    counts = [len(images_in(row)) for row in islice(dataset, STREAMED)] if stream else image_counts(dataset, column)
    if 0 not in counts:
        return
    lacks = f"Row {counts.index(0)} of the dataset '{config.label}' has no image"
    if any(counts) and not takes_mixed:
        raise ColumnError(
            f"{lacks} and others have, and TRL's GRPOTrainer fails on a batch of both. Leave such rows out, give them "
            f"a blank image, or train with `rloo`, which takes both as lists in a column 'images'."
        )
    if column == "image" and not stream:
        raise ColumnError(
            f"{lacks}, which TRL takes only as an empty list in a column 'images'; leave the row out, or make lists of "
            f"the images."
        )


def check_rows(columns: Mapping[str, Sequence[Any]], base: Path | None) -> Iterator[Finding]:
    """A finding about each column of conversations, and one about images, whose first 10,000 rows are opened.

    That about images is a warning: a recipe may have another folder for them. So are those about conversations of rows
    that have a `completion`, which may be there to be scored.
    """
    image = image_column(list(columns))
    prompt = next((name for name in PROMPTS if name in columns), None)
    named = {name: name for name in ANSWERS if name in columns} | ({prompt: "prompt"} if prompt else {})
    is_pair = set(named) == {"chosen", "rejected"}  # with their prompts in them
    unread: dict[int, str] = {}
    wrong: dict[str, dict[int, str]] = {column: {} for column in named}
    count = len(next(iter(columns.values()), ()))
    for row in range(count):
        images = images_of(None if image is None else columns[image][row], base=base)
        try:
            for one in images if row < ROWS else ():
                check_area(one.size, "An image")
        except ColumnError as error:
            unread[row] = str(error)
        beside: Any = () if is_pair else None
        for column, name in named.items():
            value = columns[column][row]
            try:
                turns_of(name, value, _PLAIN, beside=beside, column=image, images=len(images))
            except ColumnError as error:
                wrong[column][row] = str(error)
                break
            beside = value if is_pair else None
    remedy = "correct these rows, or leave them out"
    severity = Severity.WARNING if "completion" in columns else Severity.ERROR
    for column, rows in wrong.items():
        if rows:
            yield replace(_finding(column, rows, count, remedy), severity=severity)
    if unread:
        fix = f"{remedy}; relative paths start from the folder of the data, or from `image_root` of a recipe"
        yield replace(_finding(image, unread, count, fix), severity=Severity.WARNING)


def _finding(column: str | None, rows: Mapping[int, str], among: int, fix: str) -> Finding:
    what = f"a run stops there, e.g. at row {min(rows)}: {rows[min(rows)].removesuffix('.')}"
    return about_rows(f"column {column}", rows, among, what, fix)
