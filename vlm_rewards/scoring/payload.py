"""One call of a reward as JSON: written by the process that scores, read in a worker."""

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from vlm_rewards.errors import ColumnError
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.scoring.plain import NotSent, read_keywords, read_value, write_keywords, write_value
from vlm_rewards.text.messages import explain, show
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import ImageRef, is_pil
from vlm_rewards.types.pixels import in_rgb

# Images travel as paths, and prompts hold images.
_NOT_SENT = frozenset({"images", "image", "prompt"})

#: Where something lies in a call: keys and positions, from the outside in.
_Place: TypeAlias = tuple[str | int, ...]

#: How deep an image is looked for: call, part, column, row, turn, content, block, key.
_DEPTH = 9

_MODES_OF_PNG = frozenset({"1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"})


class CallSerializer:
    """Writes the calls of a term as JSON, every column under the name of the parameter that reads it.

    Images travel by path; those without a file get one until it is closed. Those inside messages (a tool's
    screenshot) travel only to a reward that looks at `images` or messages: to write them takes long.
    """

    def __init__(self, calls: Calls) -> None:
        self.batch = batch = calls.batch
        self._folder: Path | None = None  # of images that have no file to travel by
        self._paths: dict[int, str] = {}
        self._columns: dict[str, Mapping[int, Any]] = {}
        term, rows = calls.term, calls.rows
        self._calls = calls
        self._looks = term.info.reads_messages or any(column.name == "images" for column in term.info.columns)
        for parameter, reader, values in zip(term.info.columns, term.columns, calls.arguments, strict=True):
            name = parameter.name
            if name in term.depends or name == "images" or (reader is not None and reader.column in batch.columns):
                self._columns[name] = dict(zip(rows, values, strict=True))
            elif name == "row":
                self._columns |= {
                    column: {row: _written(held[row]) for row in rows}
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
        parts: dict[str, Any] = {"completions": completions, "columns": columns}
        if self._calls.term.info.mode is Mode.TRL:
            parts["trl"] = write_keywords(self._calls.keywords())
        sent = _without_images(parts, (), inside)
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
            if image.root is not None:
                image.check_file()
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


def _written(value: Any) -> Any:
    """A value of a row; one that JSON has not stays, and its call fails."""
    try:
        return write_value(value)
    except (TypeError, RecursionError):
        return value


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


_UNSEEN = (
    "the images of messages were not sent to this reward: take `images` as a parameter, or name `messages` in the "
    "package of the reward"
)


def read_call(item: Mapping[str, Any], context: Context, logged: list[Any]) -> Batch:
    """The batch of one call, from what `CallSerializer.call` wrote. One call is one group; `logged` gets its logs."""
    for place, path in item["images"]:
        holder: Any = item
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = NotSent(_UNSEEN) if path is None else ImageRef(Path(path)).open()
    completions = [Completion(**completion, marks=context.marks) for completion in item["completions"]]
    columns = {name: [read_value(value) for value in values] for name, values in item["columns"].items()}
    trl = read_keywords(item["trl"], logged) if "trl" in item else {}
    return Batch(completions, columns, context, trl, group_keys=[0] * len(completions))
