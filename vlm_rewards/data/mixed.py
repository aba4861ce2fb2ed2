"""Columns whose rows are of different kinds, which `datasets` stores as JSON texts, where `007` is a number."""

from __future__ import annotations

import json
from typing import Any


def is_mixed(kind: Any) -> bool:
    """Whether a column of this kind, or the contents of turns in it, are both texts and lists."""
    return is_json(kind) or is_json(of_turns(kind, "content"))


def is_json(kind: Any) -> bool:
    """Whether values of this kind are stored as JSON."""
    return type(kind).__name__ == "Json"  # which datasets has since 5


def of_turns(kind: Any, key: str) -> Any:
    """The kind of what turns have under a key."""
    turn = getattr(kind, "feature", None)
    return turn.get(key) if isinstance(turn, dict) else None


def exact(value: Any) -> Any:
    """The text or the turns of a mixed column as it is stored.

    >>> exact("007"), exact('"seven"'), exact('[{"role": "user", "content": "007"}]'), exact("[1,2]")
    ('007', 'seven', [{'role': 'user', 'content': '007'}], [1, 2])
    >>> exact([{"role": "assistant", "content": "[1,2]"}, {"role": "user", "content": '[{"type":"image"}]'}])
    [{'role': 'assistant', 'content': '[1,2]'}, {'role': 'user', 'content': [{'type': 'image'}]}]
    """
    if isinstance(value, str):
        return _read(value, ("role", "from"))
    return value and [_with_content(turn) for turn in value]


def _with_content(turn: Any) -> Any:
    content = turn and turn.get("content")
    if not isinstance(content, str):
        return turn
    return {**turn, "content": _read(content, ("type",), answers=turn.get("role") == "assistant")}


def _read(text: str, keys: tuple[str, ...], *, answers: bool = False) -> Any:
    """A stored text, or what is none: objects with one of these keys, and what but an answer is stored like a list."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(read, str):
        return read
    held = read if isinstance(read, list) else [read]
    if held and all(isinstance(item, dict) and not item.keys().isdisjoint(keys) for item in held):
        return read
    stored = isinstance(read, list | dict) and json.dumps(read, separators=(",", ":")) == text
    return read if stored and not answers else text
