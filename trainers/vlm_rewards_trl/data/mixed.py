"""Columns whose rows are of different kinds: `datasets` keeps texts and lists as JSON, where `007` is a number.

Arrow gives all arguments of tool calls the same keys, and None where a call has no such argument.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["exact", "gapless", "kind_of_turns", "mixed_columns", "undecoded_texts"]


def mixed_columns(dataset: Any, names: Sequence[str]) -> list[str]:
    """The columns of conversations, or of turns whose contents are, both texts and lists."""
    features = dataset.features or {}
    return [
        name for name in names if _is_mixed(features.get(name)) or _is_mixed(_of_turns(features.get(name), "content"))
    ]


def undecoded_texts(dataset: Any, names: Sequence[str]) -> Any:
    """The dataset with mixed columns as they are stored, which `exact` reads."""
    import datasets

    for name in names:
        kind = dataset.features[name]
        stored = datasets.Json(decode=False)
        whole = stored if _is_mixed(kind) else type(kind)({**kind.feature, "content": stored})
        dataset = dataset.cast_column(name, whole)
    return dataset


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


def gapless(turns: Any, kind: Any) -> Any:
    """The turns of a column of this kind, with tool calls as they were before Arrow gave them the same keys."""
    calls = _of_turns(kind, "tool_calls")
    if calls is None or not turns:
        return turns
    return [turn and {**turn, "tool_calls": _without_gaps(turn["tool_calls"], calls)} for turn in turns]


def _without_gaps(value: Any, kind: Any) -> Any:
    if isinstance(value, list):
        return [_without_gaps(item, kind.feature) for item in value]
    if isinstance(value, dict) and isinstance(kind, dict):
        return {key: _without_gaps(held, kind[key]) for key, held in value.items() if held is not None}
    return value


def kind_of_turns(kind: Any) -> Any:
    """The kind of a column of conversations once its texts are turns."""
    import datasets

    calls = _of_turns(kind, "tool_calls") and hasattr(datasets, "Json")
    if calls or _is_mixed(kind) or _is_mixed(_of_turns(kind, "content")):
        return datasets.List(datasets.Json())  # inside an object a text stays one
    text = datasets.Value("string")
    return datasets.List({"role": text, "content": text}) if isinstance(kind, datasets.Value) else kind


def _is_mixed(kind: Any) -> bool:
    return type(kind).__name__ == "Json"  # which datasets has since 5


def _of_turns(kind: Any, key: str) -> Any:
    """The kind of what turns have under a key."""
    turn = getattr(kind, "feature", None)
    return turn.get(key) if isinstance(turn, dict) else None


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
