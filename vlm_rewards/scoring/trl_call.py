"""The call of a function of TRL's convention as JSON: its keywords there, and what it logs back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

from vlm_rewards.scoring.plain import NotSent, read_value, sendable, write_value

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
