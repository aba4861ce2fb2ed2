"""Values as plain JSON: what a dataset, an option or a fact of the run becomes on its way to a worker, and there.

So do the keywords of a function of TRL's convention, and what it logs back.
"""

import base64
import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
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


_STATE = "trainer_state"
_LOGGERS = ("log_metric", "log_extra")
_WHY = "`{}` cannot be sent to a worker; write `isolation: inline` in the term"


def write_keywords(given: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords for a worker, with the names of those that are logged to, and of those that cannot be sent."""
    values: dict[str, Any] = {}
    loggers, left = [], []
    for name, value in given.items():
        if name in _LOGGERS and callable(value):
            loggers.append(name)
        elif name == _STATE and value is not None:
            values[name] = sendable(getattr(value, "__dict__", {}))
        else:
            try:
                values[name] = write_value(value)
            except (TypeError, RecursionError):
                left.append(name)
    return {"values": values, "loggers": loggers, "left": left}


def read_keywords(sent: Mapping[str, Any], logged: list[Any]) -> dict[str, Any]:
    """The keywords in a worker; what the function logs goes to a list."""
    given = {name: read_value(value) for name, value in sent["values"].items()}
    if given.get(_STATE) is not None:
        given[_STATE] = _State(**given[_STATE])
    recorders = {name: partial(_record, logged, name) for name in sent["loggers"]}
    return {**given, **recorders, **{name: NotSent(_WHY.format(name)) for name in sent["left"]}}


def replay(logged: list[Any], given: Mapping[str, Callable[..., Any]]) -> None:
    """Log what a function logged in a worker."""
    for name, args, keywords in logged:
        given[name](*args, **keywords)


def _record(logged: list[Any], name: str, *args: Any, **keywords: Any) -> None:
    logged.append(json.loads(json.dumps([name, args, keywords], default=_as_list)))


def _as_list(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else write_value(value)


class _State(SimpleNamespace):
    """The plain fields of the trainer's state."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(NotSent(_WHY.format(f"{_STATE}.{name}")), name)
