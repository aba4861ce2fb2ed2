"""The tool calls of a completion: those of its messages, or those that a text writes between tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import vlm_rewards as vr
from vlm_rewards.text import read_json

#: Calls of one completion that are read; more of them are no use of a tool.
MOST = 64

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"


class Call(NamedTuple):
    """One call: the name of the tool, and its arguments by name."""

    name: str
    arguments: Mapping[str, Any]


def calls_of(completion: vr.Completion) -> list[Call | None]:
    """The calls of a completion, in their order; None for one that cannot be read. At most `MOST` + 1 are looked at."""
    found: list[Call | None] = []
    for given in _given(completion):
        found.append(read_call(given))
        if len(found) > MOST:
            break
    return found


def read_call(given: object) -> Call | None:
    """A call as messages and datasets hold it, with its arguments as a mapping or as JSON; None where it is none."""
    held = given.get("function", given) if isinstance(given, Mapping) else None
    if not isinstance(held, Mapping):
        return None
    name, arguments = held.get("name"), held.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = read_json(arguments)
        except ValueError:
            return None
    arguments = {} if arguments is None else arguments
    return Call(name, arguments) if isinstance(name, str) and isinstance(arguments, Mapping) else None


def _given(completion: vr.Completion) -> Iterator[object]:
    turns = [turn for turn in completion.messages if turn.get("role") == "assistant"]
    structured = [turn["tool_calls"] for turn in turns if isinstance(turn.get("tool_calls"), list)]
    if structured or any(turn.get("role") == "tool" for turn in completion.messages):
        for held in structured:
            yield from held
        return
    for part in completion.response.split(_OPEN)[1:]:  # a model that was not parsed writes its calls into the text
        body, closed, _ = part.partition(_CLOSE)
        try:
            yield read_json(body.strip()) if closed else None
        except ValueError:
            yield None
