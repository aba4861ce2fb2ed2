"""Values as plain JSON: what a dataset, an option or a fact of the run becomes on its way to a worker, and there."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel

from vlm_rewards.answers.marks import AnswerMarks
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import FrameSpec, is_pil

K = TypeVar("K")

_BYTES = "$bytes"


def plain(value: Any) -> Any:
    """A value as it would arrive by JSON. Raises TypeError or ValueError for one that cannot travel."""
    return json.loads(json.dumps(value, allow_nan=False, default=_default))


def sendable(values: Mapping[K, Any]) -> dict[K, Any]:
    """The values that can travel as JSON, as they would arrive."""
    found = {}
    for key, value in values.items():
        with contextlib.suppress(TypeError, ValueError, RecursionError):
            found[key] = plain(value)
    return found


def _default(value: Any) -> Any:
    """Arrays as lists, and models as mappings."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is not JSON")


def write_value(value: Any) -> Any:
    """A value of a dataset for a worker; images of Pillow stay, as they travel by path. Raises TypeError for others."""
    if value is None or isinstance(value, str | int | float) or is_pil(value):
        return value
    if isinstance(value, Mapping):
        return {str(key): write_value(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [write_value(part) for part in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return {_BYTES: base64.b64encode(value).decode()}
    if isinstance(value, Decimal):
        return str(value)
    if type(value).__module__ == "numpy":
        return write_value(value.tolist())
    raise TypeError(f"JSON has no {type(value).__name__}")


def read_value(value: Any) -> Any:
    """What `write_value` was given, as far as JSON can tell; lists are changed in place."""
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get(_BYTES), str):
            return base64.b64decode(value[_BYTES])
        return {key: read_value(part) for key, part in value.items()}
    return [read_value(part) for part in value] if isinstance(value, list) else value


class NotSent:
    """What stands in a worker for what did not travel; to touch it is an error that says why."""

    def __init__(self, why: str) -> None:
        self._why = why

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{self._why} (its `{name}` was asked for)")

    def __getitem__(self, key: Any) -> Any:  # which makes it iterable too
        raise RuntimeError(self._why)


def read_context(facts: Mapping[str, Any]) -> Context:
    """A context from its fields as JSON."""
    given = dict(facts)
    frame, marks = given.pop("frame"), AnswerMarks.of(given.pop("marks"))
    given["eos_token_ids"] = tuple(given["eos_token_ids"])
    return Context(**given, frame=None if frame is None else FrameSpec(**frame), marks=marks)
