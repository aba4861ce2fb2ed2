"""The short way through the answers that models write most: nothing but whole JSON of boxes with labels."""

from __future__ import annotations

import json
from typing import Any

from vlm_rewards_grounding.formats.keys import BOX as _BOX
from vlm_rewards_grounding.formats.keys import KINDS as _KINDS
from vlm_rewards_grounding.formats.keys import LABEL as _LABEL
from vlm_rewards_grounding.formats.numbers import MAX_COORDINATE
from vlm_rewards_grounding.formats.result import MAX_ITEMS, ParseResult, RawShape

__all__ = ["read_plain_json"]

_LOW, _HIGH = -MAX_COORDINATE, MAX_COORDINATE
_STRICT = json.JSONDecoder().raw_decode


def read_plain_json(text: str) -> ParseResult | None:
    """What a text holds whose only brackets are those of one JSON value; None: read it the long way.

    It gives what `read_json` gives, or None.

    >>> read_plain_json('Here: [{"bbox_2d": [1, 2, 3, 4], "label": "cat"}].').items[0][:2]
    ((1.0, 2.0, 3.0, 4.0), 'cat')
    """
    start, listed = text.find("{"), text.find("[")
    if listed >= 0 and not 0 <= start < listed:
        start = listed
    if start < 0 or text.find("(", 0, start) >= 0:
        return None
    strict = True
    if "'" in text and '"' not in text and "\\" not in text:  # a literal of Python
        strict, text = False, text.replace("'", '"')
    try:
        value, stop = _STRICT(text, start)
    except (ValueError, RecursionError):
        return None
    if text.find("{", stop) >= 0 or text.find("[", stop) >= 0 or text.find("(", stop) >= 0:
        return None
    if type(value) is dict:
        item = _item(value)
        return None if item is None else ParseResult([item], "json", strict, whole=True)
    if len(value) == 4 and (sides := _sides(value)):
        return ParseResult([RawShape(sides)], "list", strict, whole=True)
    items = [_item(node) for node in value[: MAX_ITEMS + 1]]
    found = [item for item in items if item is not None]
    return ParseResult(found, "json", strict, whole=True) if 0 < len(found) == len(value) else None


def _item(node: Any) -> RawShape | None:
    """A mapping of one box of four numbers and no more than one label."""
    if type(node) is not dict:
        return None
    sides = label = None
    for key, value in node.items():
        kind = _KINDS.get(key)
        if kind == _BOX and sides is None and key != "box_2d" and type(value) is list and len(value) == 4:
            sides = None if value[0] == value[2] and value[1] == value[3] else _sides(value)  # in some families a point
        elif kind == _LABEL and label is None and type(value) is str:
            label = value
        else:
            return None
    return RawShape(sides, label) if sides else None


def _sides(values: list[Any]) -> tuple[float, ...] | None:
    """Four numbers of one type, none beyond any image; None for anything else."""
    a, b, c, d = values
    kind = type(a)
    if not (kind is type(b) is type(c) is type(d)) or (kind is not int and kind is not float):
        return None
    if not (_LOW <= a <= _HIGH and _LOW <= b <= _HIGH and _LOW <= c <= _HIGH and _LOW <= d <= _HIGH):
        return None
    return (float(a), float(b), float(c), float(d))
