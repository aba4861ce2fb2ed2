"""One call of a reward as JSON: written by the process that scores, read in a worker."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vlm_rewards.answers.marks import AnswerMarks
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import FrameSpec, ImageRef

__all__ = ["CallSerializer", "read_call"]

# Images travel as paths, and prompts hold images.
_NOT_SENT = frozenset({"images", "image", "prompt"})


class CallSerializer:
    """Writes the calls of a term as JSON, every column under the name of the parameter that reads it."""

    def __init__(self, calls: Calls) -> None:
        self.batch = batch = calls.batch
        self._folder: Path | None = None  # of images that have no file to travel by
        self._paths: dict[int, str] = {}
        self._columns: dict[str, Mapping[int, Any]] = {}
        term, rows = calls.term, calls.rows
        for parameter, reader, values in zip(term.spec.columns, term.columns, calls.arguments, strict=True):
            name = parameter.name
            if name in term.depends:
                dumped = (None if value is None else value.model_dump(mode="json") for value in values)
                self._columns[name] = dict(zip(rows, dumped, strict=True))
            elif reader is not None and reader.column in batch.columns:
                self._columns[name] = {row: batch.columns[reader.column][row] for row in rows}
            elif name == "images":
                self._columns[name] = dict(zip(rows, values, strict=True))
            elif name == "row":
                self._columns |= {
                    column: {row: held[row] for row in rows}
                    for column, held in batch.columns.items()
                    if column not in _NOT_SENT and column not in self._columns
                }

    def call(self, rows: Sequence[int]) -> dict[str, Any]:
        """One call for some rows. Raises ColumnError for an image that cannot be read."""
        columns = {name: [held[row] for row in rows] for name, held in self._columns.items()}
        if "images" in columns:
            columns["images"] = [[self._path(image) for image in images] for images in columns["images"]]
        return {
            "completions": [_completion(self.batch.completions[row]) for row in rows],
            "columns": columns,
            "context": dataclasses.asdict(self.batch.context),
        }

    def close(self) -> None:
        """Remove the files of images."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, image: ImageRef) -> str:
        path = image.path
        if path is not None:
            return str(path.resolve())
        key = id(image.source)
        if key not in self._paths:
            self._folder = self._folder or Path(tempfile.mkdtemp(prefix="vlm-rewards-"))
            self._paths[key] = str(self._folder / f"{len(self._paths)}.png")
            image.open().save(self._paths[key])
        return self._paths[key]


def _completion(completion: Completion) -> dict[str, Any]:
    return {
        "text": completion.text,
        "messages": [dict(turn) for turn in completion.messages],
        "reasoning_field": completion.reasoning_field,
        "token_ids": None if completion.token_ids is None else [int(token) for token in completion.token_ids],
        "starts_in_reasoning": completion.starts_in_reasoning,
    }


def read_call(item: Mapping[str, Any]) -> Batch:
    """The batch of one call, from what `CallSerializer.call` wrote. One call is one group."""
    facts = dict(item["context"])
    frame, marks = facts.pop("frame"), AnswerMarks.of(facts.pop("marks"))
    completions = [Completion(**completion, marks=marks) for completion in item["completions"]]
    facts["eos_token_ids"] = tuple(facts["eos_token_ids"])
    context = Context(**facts, frame=None if frame is None else FrameSpec(**frame), marks=marks)
    return Batch(completions, item["columns"], context, group_keys=[0] * len(completions))
