"""A chunk under a rewards file: the rows that are written of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from vlm_rewards.data.chunks import Chunk
from vlm_rewards.data.lines import columns_of
from vlm_rewards.errors import ColumnError, ScoringError
from vlm_rewards.scoring.cache import json_key
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.text.messages import show
from vlm_rewards.types.batch import GROUP_ID, Batch
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import ImageRef, images_of

#: An output row, as docs/scoring.md describes it.
Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """How a source is scored, for this process or another."""

    config: Path  # the rewards file
    label: str  # what the source is called in messages
    base: Path | None = None  # folder that relative paths of images start from
    renames: Mapping[str, str] = field(default_factory=dict)  # the source's column for a name
    group_size: int | None = None  # rows of a group, when no column says it
    image_root: Path = Path()  # the way to `base` from where the output lies, for paths of images
    as_parts: bool | None = None  # whether rows are written as parquet, not as lines; None when they are not written
    shown: int = 0  # how many rows of the beginning are kept to be shown


def score_chunk(scorer: Scorer, chunk: Chunk, job: Job) -> list[Row]:
    """The output rows of a chunk. Raises ScoringError where a reward failed under `on_error: fail`.

    Raises ColumnError where no row of the first chunk can be read, or a column that a term or the job names is in none.
    """
    read, batch = batch_of(scorer, chunk, job)
    rows = [columns for columns in read if not isinstance(columns, str)]
    if not rows and chunk.number == 0:
        raise ColumnError(f"{job.label}{chunk.places[0]}: {read[0]}")
    for name, column in job.renames.items() if chunk.number == 0 else ():
        if not any(name in columns for columns in rows):
            raise ColumnError(f"{job.label}: no row has the column '{column}', which is to be read as '{name}'.")
    written = iter(_rows(scorer, batch, rows, job, where=f"{job.label}{chunk.places[0]} or behind it"))
    output: list[Row] = []
    for number, columns in enumerate(read, chunk.start):
        if isinstance(columns, str):
            skipped = f"{job.label}{chunk.places[number - chunk.start]}: {columns}"
            output.append({"row": number, "total": None, "terms": {}, "skipped": skipped})
        else:
            output.append({"row": number, **next(written)})
    return output


def batch_of(scorer: Scorer, chunk: Chunk, job: Job) -> tuple[list[Row | str], Batch]:
    """The columns of each row of a chunk, or why it has none; and those that have some as a batch."""
    read = [columns_of(held, chunk.renames) for held in chunk.held]
    rows = [columns for columns in read if not isinstance(columns, str)]
    batch = Batch.from_rows(rows, base=job.base, context=Context(group_size=job.group_size))
    if chunk.groups is not None:
        keys = zip(read, chunk.groups, strict=True)
        batch = replace(batch, group_keys=[group for columns, group in keys if not isinstance(columns, str)])
        if job.group_size:
            _check_groups(rows, batch.groups, job)
    if chunk.number:  # a column that the source has need not be in these rows
        empty = dict.fromkeys(_columns(scorer, batch.columns), [None] * len(batch))
        batch = replace(batch, columns={**empty, **batch.columns})
    return read, batch


def _check_groups(rows: Sequence[Row], groups: Sequence[Any], job: Job) -> None:
    """Raise ColumnError for a group whose answers have several prompts or references."""
    for before, after, one, other in zip(rows, rows[1:], groups, groups[1:], strict=False):
        for name in ("prompt", "solution"):
            if one == other and json_key(before.get(name)) != json_key(after.get(name)):
                raise ColumnError(
                    f"{job.label}: --group-size {job.group_size} puts answers into one group whose '{name}' differs: "
                    f"{show(before.get(name))} and {show(after.get(name))}. Give the number of answers to one prompt."
                )


def _columns(scorer: Scorer, there: Collection[str]) -> Iterator[str]:
    """The columns that terms may read."""
    for term in scorer.terms:
        yield from (reader.column for reader in term.columns if reader is not None)
        if term.when is not None:
            yield term.when.column
        if any(column.name == "images" for column in term.info.columns):
            yield term.images or ("image" if "image" in there else "images")


def _rows(scorer: Scorer, batch: Batch, rows: Sequence[Row], job: Job, *, where: str) -> list[Row]:
    """The output rows of a batch, without their numbers."""
    try:
        scored = scorer.score(batch)
    except ScoringError as error:
        raise ScoringError(f"{where}: {error}") from error
    output = [
        {"total": total, "terms": {}, "values": {}, "completion": completion.text, **_facts(columns, job)}
        for columns, completion, total in zip(rows, batch.completions, scored.totals, strict=True)
    ]
    for name, term in scored.terms.items():
        held = term.outcomes
        columns = (output, held.scores, held.statuses, held.reasons, held.details, term.values)
        for row, score, status, reason, details, value in zip(*columns, strict=True):
            if status is None:
                continue
            row["values"][name] = value
            row["terms"][name] = outcome = {"score": score, "status": status.value}
            if reason:
                outcome["reason"] = reason
            if details:
                outcome["details"] = details
    return output


def _facts(columns: Row, job: Job) -> Row:
    """What an output row repeats of its source."""
    facts: Row = {name: columns[name] for name in ("id", GROUP_ID, "solution") if columns.get(name) is not None}
    if columns.get("prompt") is not None:
        facts["prompt"] = last_turn(columns["prompt"])
    images = columns.get("images", columns.get("image"))
    if images is not None:
        facts["images"] = [_reference(image, job) for image in images_of(images)]
    return facts


def _reference(image: ImageRef, job: Job) -> str | None:
    """Where an image is, from the output; None for one that the data hold."""
    path = image.path
    return image.address if path is None else str(path if path.is_absolute() else job.image_root / path)


def last_turn(prompt: object) -> str:
    """The text of a prompt's last turn, for a reader."""
    if isinstance(prompt, str):
        return prompt
    if isinstance(prompt, Sequence) and prompt and isinstance(prompt[-1], Mapping):
        return Completion.from_messages({**prompt[-1], "role": "assistant"}).text
    return show(prompt)
