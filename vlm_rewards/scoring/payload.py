"""One call of a reward as JSON: written by the process that scores, read in a worker."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from vlm_rewards.answers.marks import AnswerMarks
from vlm_rewards.errors import ColumnError
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.text.messages import explain, show
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import FrameSpec, ImageRef, is_pil
from vlm_rewards.types.pixels import in_rgb

__all__ = ["CallSerializer", "read_call", "read_context"]

# Images travel as paths, and prompts hold images.
_NOT_SENT = frozenset({"images", "image", "prompt"})

#: Where something lies in a call: keys and positions, from the outside in.
_Place: TypeAlias = tuple[str | int, ...]

#: How deep an image is looked for: call, column, row, turn, content, block, key.
_DEPTH = 8

_MODES_OF_PNG = frozenset({"1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"})


class CallSerializer:
    """Writes the calls of a term as JSON, every column under the name of the parameter that reads it.

    Images travel by path; those without a file get one until the serializer is closed. Those inside messages (a tool's
    screenshot) travel only to a reward that looks at `images` or messages: to write them takes long.
    """

    def __init__(self, calls: Calls) -> None:
        self.batch = batch = calls.batch
        self._folder: Path | None = None  # of images that have no file to travel by
        self._paths: dict[int, str] = {}
        self._columns: dict[str, Mapping[int, Any]] = {}
        term, rows = calls.term, calls.rows
        takes_images = any(parameter.name == "images" for parameter in term.spec.columns)
        self._looks = takes_images or _reads_messages(term.spec.target)
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
        completions = [_completion(self.batch.completions[row]) for row in rows]
        inside: list[tuple[_Place, Any]] = []
        sent = _without_images({"completions": completions, "columns": columns}, (), inside)
        images = [(place, self._path(ImageRef(image)) if self._looks else None) for place, image in inside]
        return {**sent, "images": images}

    def context(self) -> dict[str, Any]:
        """The facts of the run, which are the same for all calls."""
        return dataclasses.asdict(self.batch.context)

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
            opened = image.open()
            path = self._folder / f"{len(self._paths)}.png"
            try:
                (opened if opened.mode in _MODES_OF_PNG else in_rgb(opened)).save(path, compress_level=1)
            except Exception as error:  # an image of Pillow may be read only now, and its decoders raise what they like
                raise ColumnError(f"Image {show(image.source)} cannot be written: {explain(error)}.") from error
            self._paths[key] = str(path)
        return self._paths[key]


def _completion(completion: Completion) -> dict[str, Any]:
    return {
        "text": completion.text,
        "messages": [dict(turn) for turn in completion.messages],
        "reasoning_field": completion.reasoning_field,
        "token_ids": None if completion.token_ids is None else [int(token) for token in completion.token_ids],
        "starts_in_reasoning": completion.starts_in_reasoning,
    }


def _without_images(value: Any, place: _Place, found: list[tuple[_Place, Any]]) -> Any:
    """A value with None where it holds an image of Pillow, which goes to `found` with its place."""
    if value is None or isinstance(value, str | int | float):
        return value
    if is_pil(value):
        found.append((place, value))
        return None
    if len(place) < _DEPTH:
        if isinstance(value, Mapping):
            return {key: _without_images(part, (*place, key), found) for key, part in value.items()}
        if isinstance(value, list | tuple) and value and not isinstance(value[0], str | int | float):
            return [_without_images(part, (*place, number), found) for number, part in enumerate(value)]
    return value


@functools.cache
def _reads_messages(function: Callable[..., Any]) -> bool:
    """Whether the loaded modules of a reward's package speak of `messages`; without their source, it is taken to."""
    package = (function.__module__ or "").partition(".")[0]
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == package]
    try:
        return not modules or any("messages" in inspect.getsource(module) for module in modules if module is not None)
    except (OSError, TypeError):
        return True


class _NotSent:
    """What stands in a worker for an image that its reward did not seem to look at; to touch it is an error."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(
            f"the images of messages were not sent to this reward (its `{name}` was asked for): take `images` as a "
            f"parameter, or name `messages` in the package of the reward"
        )


def read_context(facts: Mapping[str, Any]) -> Context:
    """The facts of the run, from what `CallSerializer.context` wrote."""
    plain = {name: value for name, value in facts.items() if name not in {"frame", "marks", "eos_token_ids"}}
    frame = None if facts["frame"] is None else FrameSpec(**facts["frame"])
    marks, ends = AnswerMarks.of(facts["marks"]), tuple(facts["eos_token_ids"])
    return Context(**plain, frame=frame, marks=marks, eos_token_ids=ends)


def read_call(item: Mapping[str, Any], context: Context) -> Batch:
    """The batch of one call, from what `CallSerializer.call` wrote. One call is one group."""
    for place, path in item["images"]:
        holder: Any = item
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = _NotSent() if path is None else ImageRef(Path(path)).open()
    completions = [Completion(**completion, marks=context.marks) for completion in item["completions"]]
    return Batch(completions, item["columns"], context, group_keys=[0] * len(completions))
