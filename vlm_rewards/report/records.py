"""One answer of one model with its rewards: a line of an evaluation's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from pydantic import Field, ValidationError

from vlm_rewards.data.scored import last_turn
from vlm_rewards.data.written import line_of, read_output
from vlm_rewards.errors import ColumnError
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.images import images_of
from vlm_rewards.types.output import ScoredRow, Status

__all__ = ["AnsweredRow", "read_answers", "write_answer"]


class AnsweredRow(ScoredRow):
    """A scored row that also knows who answered what; a plain scored row is one that knows nothing of it."""

    row: int = Field(ge=0, description="Position of the prompt in the dataset, from 0.")
    id: Any = None
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

    def value(self, term: str) -> float | None:
        """What a term counts here; in a plain scored row, its score."""
        if self.values:
            return self.values.get(term)
        output = self.terms.get(term)
        return output.score if output is not None and output.status is Status.SCORED else None


def read_answers(path: Path, *, data: Sequence[Mapping[str, Any]] = ()) -> list[AnsweredRow]:
    """The rows of a file that `evaluate` or `score` wrote.

    Args:
        path: The file, as JSON Lines.
        data: Rows that were scored, for a file without the answers themselves; of these `completion`, `prompt`,
            `solution` and `images` or `image` are taken. A model without a name gets that of the file.

    Raises:
        ColumnError: A line is not a scored row, or belongs to none of the rows of `data`.
    """
    rows = []
    for number, line in enumerate(read_output(path)):
        try:
            row = AnsweredRow.model_validate(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "it"
            raise ColumnError(
                f"{path}, row {number}: no scored row: {place}: {first['msg']}. Give a file that "
                f"`vlm-rewards evaluate` or `vlm-rewards score --output` wrote."
            ) from None
        if data:
            if row.row >= len(data):
                raise ColumnError(f"{path}, row {number}: it is of row {row.row}, and the data have {len(data)} rows.")
            row = row.model_copy(update=_facts(data[row.row]))
        rows.append(row if row.model else row.model_copy(update={"model": path.stem}))
    return rows


def _facts(record: Mapping[str, Any]) -> dict[str, Any]:
    images = images_of(record.get("images", record.get("image")))
    prompt = record.get("prompt", record.get("problem", record.get("question")))
    return {
        "completion": Completion.from_messages(record.get("completion")).text,
        "prompt": None if prompt is None else last_turn(prompt),
        "solution": record.get("solution"),
        "images": tuple(image.source for image in images),
    }


def write_answer(row: AnsweredRow, file: TextIO) -> None:
    """Write one row as one line, at once: what was answered is not lost when a later model fails."""
    file.write(line_of(row.model_dump()).decode())
    file.flush()
