"""Columns that hold both texts and lists: `datasets` keeps these as JSON, and reads the text `007` as a number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["exact", "kind_of_turns", "mixed_columns", "undecoded_texts"]


def mixed_columns(dataset: Any, names: Sequence[str]) -> list[str]:
    """The columns of conversations, or of turns whose contents are, both texts and lists."""
    features = dataset.features or {}
    return [name for name in names if _is_mixed(features.get(name)) or _is_mixed(_content(features.get(name)))]


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


def kind_of_turns(kind: Any) -> Any:
    """The kind of a column of conversations once its texts are turns."""
    import datasets

    if _is_mixed(kind) or _is_mixed(_content(kind)):
        return datasets.List(datasets.Json())  # inside an object a text stays one
    text = datasets.Value("string")
    return datasets.List({"role": text, "content": text}) if isinstance(kind, datasets.Value) else kind


def _is_mixed(kind: Any) -> bool:
    return type(kind).__name__ == "Json"  # which datasets has since 5


def _content(kind: Any) -> Any:
    """The kind of the contents of turns."""
    turn = getattr(kind, "feature", None)
    return turn.get("content") if isinstance(turn, dict) else None


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
