"""One answer of one model with its rewards: a line of an evaluation's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from pydantic import Field, ValidationError

from vlm_rewards.data.lines import parse
from vlm_rewards.data.scored import last_turn
from vlm_rewards.data.source import open_source
from vlm_rewards.data.written import as_text, line_of, read_output
from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import show
from vlm_rewards.types.images import ImageRef, images_of
from vlm_rewards.types.output import ScoredRow


class AnsweredRow(ScoredRow):
    """A scored row that also knows who answered what; a plain scored row is one that knows nothing of it."""

    row: int = Field(ge=0, description="Position of the prompt in the dataset, from 0.")
    id: Any = None
    group_id: Any = None
    skipped: str | None = Field(default=None, description="Why the row was not scored at all, with its line.")
    model: str = Field(default="", description="Name of the model.")
    mode: str = Field(default="", description="How it answered: `greedy` or `sampled`.")
    sample: int = Field(default=0, ge=0, description="Which of its answers to the prompt, from 0.")
    prompt: str | None = None
    solution: Any = None
    completion: str | None = None
    images: tuple[Any, ...] = Field(default=(), description="Files of the images, from the folder of this file.")
    values: dict[str, float | None] = Field(default_factory=dict, description="What each term counts, before weights.")
    success: bool | None = Field(default=None, description="Whether the answer is right; null when nobody can tell.")

    @property
    def question(self) -> str | int:
        """What answers to one prompt share: the group, else the id, with the solution; else the row."""
        key = self.id if self.group_id is None else self.group_id
        return self.row if key is None else f"{as_text(key)}\n{as_text(self.solution)}"

    def value(self, term: str) -> float | None:
        """What a term counts here."""
        return self.values.get(term)


def read_answers(path: Path, *, data: Sequence[Mapping[str, Any]] = ()) -> list[AnsweredRow]:
    """The rows of a file that `evaluate` or `score` wrote.

    Args:
        path: The file, or the folder of parquet files. A model without a name gets that of the file.
        data: Rows that were scored: they give the images, and prompts and solutions that the file has not. Answers
            are the file's own.

    Raises:
        ColumnError: A line is not a scored row, does not say what its terms count, or belongs to none of the rows of
            `data`.
    """
    rows = []
    for number, line in enumerate(read_output(path)):
        where = f"{path}, row {number}"
        try:
            row = AnsweredRow.model_validate(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "it"
            raise ColumnError(
                f"{where}: no scored row: {place}: {first['msg']}. Give a file that "
                f"`vlm-rewards evaluate` or `vlm-rewards score --output` wrote."
            ) from None
        for term in row.terms.keys() - row.values.keys():
            raise ColumnError(
                f"{where}: nothing says what the term '{term}' counts (`values`), and a mean of scores leaves out what "
                f"has none; score the answers again."
            )
        if data:
            if row.row >= len(data):
                raise ColumnError(f"{where}: it is of row {row.row}, and the data have {len(data)} rows.")
            row = row.model_copy(update=_facts(row, data[row.row], where))
        rows.append(row if row.model else row.model_copy(update={"model": path.stem}))
    return rows


def _facts(row: AnsweredRow, record: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What the data add to a row. Raises ColumnError when they are another row's."""
    prompt = record.get("prompt", record.get("problem", record.get("question")))
    facts = {"id": record.get("id"), "prompt": None if prompt is None else last_turn(prompt)}
    if (differs := _difference(row, facts)) is not None:
        raise ColumnError(f"{where}: the data are of other rows: {differs}.")
    images = images_of(record.get("images", record.get("image")))
    facts |= {"solution": record.get("solution")}
    added = {name: value for name, value in facts.items() if getattr(row, name) is None}
    return added | ({"images": tuple(image.source for image in images)} if images else {})


def _difference(row: AnsweredRow, facts: Mapping[str, Any]) -> str | None:
    """The first fact that both have, in a few words, when they do not agree on it."""
    for name, other in facts.items():
        own = getattr(row, name)
        if own is not None and other is not None:
            return None if as_text(own) == as_text(other) else f"{name} {show(own)} against {show(other)}"
    return None


#: What tells questions apart, in the order of its weight.
_ASKED = ("id", "solution", "prompt")


def read_together(
    files: Sequence[Path], *, data: Path | None = None, group_size: int | None = None
) -> list[list[AnsweredRow]]:
    """The rows of each of several files that answer the same questions; images with the folders they start from.

    `evaluate` or `score` wrote them; of files with one name the models have that of the path. `data` are the rows that
    were scored, of which `group_size` after one another answer one question. Raises ColumnError as `read_answers`, and
    where an answer is there twice, or rows of one number are of several questions.
    """
    columns = [] if data is None else [_columns(parse(held), data) for _, held in open_source(data).records()]
    stems = [file.stem for file in files]
    known: set[tuple[str, str, int, int]] = set()
    questions: dict[int, AnsweredRow] = {}
    runs: list[list[AnsweredRow]] = []
    for file in files:
        runs.append([])
        for row in read_answers(file, data=columns):
            images = tuple(image if isinstance(image, ImageRef) else _picture(image, file) for image in row.images)
            model = str(file) if row.model == file.stem and stems.count(file.stem) > 1 else row.model
            group = row.group_id if group_size is None else f"{row.row // group_size}"
            runs[-1].append(row.model_copy(update={"images": images, "model": model, "group_id": group}))
            first = questions.setdefault(row.row, row) if group_size or row.question == row.row else row
            if (differs := _difference(row, {name: getattr(first, name) for name in _ASKED})) is not None:
                raise ColumnError(
                    f"{file}, row {row.row}: not the question of that row of {first.model}: {differs}. Give them ids."
                )
            known.add((model, row.mode, row.row, row.sample))
    if len(known) < sum(map(len, runs)):
        raise ColumnError("Two rows are the same answer of the same model; give each file once.")
    return runs


def _columns(row: Mapping[str, Any] | str, data: Path) -> Mapping[str, Any]:
    """A row of data with its images; a line that cannot be read gives nothing."""
    if isinstance(row, str):
        return {}
    images = images_of(row.get("images", row.get("image")))
    return {**row, "images": [_picture(image.source, data) for image in images]}


def _picture(image: object, file: Path) -> ImageRef:
    return ImageRef(image, base=file if file.is_dir() else file.parent)


def write_answer(row: AnsweredRow, file: TextIO) -> None:
    """Write one row as one line, at once: what was answered is not lost when a later model fails."""
    file.write(line_of(row.model_dump()).decode())
    file.flush()
