"""One call of a reward as JSON: written by the process that scores, run in a worker by a Scorer of that one term."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards.answers.marks import AnswerMarks
from vlm_rewards.scoring.binding import ColumnReader
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import FrameSpec, ImageRef
from vlm_rewards.types.output import RewardOutput

if TYPE_CHECKING:
    from vlm_rewards.scoring.term import Term

__all__ = ["TERM", "Parcels", "RemoteTerm"]

TERM = "term"

# Pictures travel as paths, and prompts hold pictures.
_NOT_SENT = frozenset({"images", "image", "prompt"})


class Parcels:
    """Writes the calls of a term as JSON, every column under the name of the parameter that reads it.

    Pictures travel by path; those without a file get one until the parcels are closed.

    Args:
        term: The term.
        batch: The batch that the calls are about.
        rows: The rows of all calls.
        arguments: Values of the reward's column parameters, each aligned with `rows`.
    """

    def __init__(self, term: Term, batch: Batch, rows: Sequence[int], arguments: Sequence[Sequence[Any]]) -> None:
        self.batch = batch
        self._folder: Path | None = None
        self._paths: dict[int, str] = {}
        self._columns: dict[str, Mapping[int, Any]] = {}
        for parameter, reader, values in zip(term.spec.columns, term.columns, arguments, strict=True):
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
        """One call for some rows. Raises ColumnError for a picture that cannot be read."""
        columns = {name: [held[row] for row in rows] for name, held in self._columns.items()}
        if "images" in columns:
            columns["images"] = [[self._path(picture) for picture in pictures] for pictures in columns["images"]]
        return {
            "completions": [_completion(self.batch.completions[row]) for row in rows],
            "columns": columns,
            "context": dataclasses.asdict(self.batch.context),
        }

    def close(self) -> None:
        """Remove the files of pictures."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, picture: ImageRef) -> str:
        path = picture.path
        if path is not None:
            return str(path.resolve())
        key = id(picture.source)
        if key not in self._paths:
            self._folder = self._folder or Path(tempfile.mkdtemp(prefix="vlm-rewards-"))
            self._paths[key] = str(self._folder / f"{len(self._paths)}.png")
            picture.open().save(self._paths[key])
        return self._paths[key]


def _completion(completion: Completion) -> dict[str, Any]:
    return {
        "text": completion.text,
        "messages": [dict(turn) for turn in completion.messages],
        "reasoning_field": completion.reasoning_field,
        "token_ids": None if completion.token_ids is None else [int(token) for token in completion.token_ids],
        "starts_in_reasoning": completion.starts_in_reasoning,
    }


class _Outputs(ColumnReader):
    """Reads outcomes of another term that travelled as JSON; they are handed on as they were, None included."""

    def __init__(self, reader: ColumnReader) -> None:
        self.parameter, self.column = reader.parameter, reader.column

    def read(self, values: Sequence[Any] | None, rows: Sequence[int]) -> tuple[list[Any], dict[int, str]]:
        assert values is not None
        return [None if values[row] is None else RewardOutput.model_validate(values[row]) for row in rows], {}


class RemoteTerm:
    """A term rebuilt in a worker from the registry; calling it scores one call.

    Args:
        config: A rewards file with this one term; under `outputs` the parameters that get outcomes of other terms.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        from vlm_rewards.loading.load import load_scorer

        file = dict(config)
        outputs = file.pop("outputs")
        scorer = load_scorer(file, context=None)
        (term,) = scorer.terms
        readers = (
            _Outputs(reader) if reader is not None and reader.parameter.name in outputs else reader
            for reader in term.columns
        )
        self.scorer = dataclasses.replace(scorer, terms=[dataclasses.replace(term, columns=tuple(readers))])

    def __call__(self, item: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The outcome of every row of the call."""
        facts = dict(item["context"])
        frame, marks = facts.pop("frame"), AnswerMarks.of(facts.pop("marks"))
        completions = [Completion(**completion, marks=marks) for completion in item["completions"]]
        facts["eos_token_ids"] = tuple(facts["eos_token_ids"])
        context = Context(**facts, frame=None if frame is None else FrameSpec(**frame), marks=marks)
        batch = Batch(completions, item["columns"], context)
        batch.groups = [0] * len(completions)  # a call is one group; a column would show up in `row`
        outcomes = self.scorer.score(batch).terms[TERM].outcomes
        return [output.model_dump(mode="json") for row in range(len(completions)) if (output := outcomes.at(row))]
