"""Find the values in an answer: JSON, Python literals and calls, anywhere in a text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from vlm_rewards_grounding.formats.lenient_json import Brackets

__all__ = ["Value", "read_values"]

MAX_STRICT_FAILURES = 8  # an error of the strict reader costs a count of lines, so few are made
MAX_NAME_CHARS = 64

_CLOSERS = {"[": "]", "{": "}", "(": ")"}
_IN_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")
_STRICT = json.JSONDecoder().raw_decode


class Value(NamedTuple):
    """One value of a text and where it stands."""

    start: int  # with the name of a call
    stop: int
    value: Any  # dict, list, str, int, float, bool or None
    strict: bool  # it is JSON as the standard has it
    whole: bool  # every bracket and quote that opens in it is closed by its own


def read_values(text: str) -> Iterator[Value]:
    """The outermost values in brackets of a text, in its order; empty brackets are passed over.

    >>> [found.value for found in read_values('cat: {"bbox_2d": [1, 2, 3, 4]} or (5, 6')]
    [{'bbox_2d': [1, 2, 3, 4]}, ['5', None]]
    >>> next(read_values("CLICK(box=[[1,2,3,4]], text='it's')")).value
    {'box': [['1', '2', '3', '4']], 'text': "it's", '()': 'CLICK'}
    """
    tolerant, openers = Brackets(text), text.replace("{", "[").replace("(", "[")
    failures = at = 0
    while (start := openers.find("[", at)) >= 0:
        opener = text[start]
        if text.startswith(_CLOSERS[opener], start + 1):  # nothing inside: nothing to say of it
            at = start + 2
            continue
        value = None
        if opener != "(" and failures < MAX_STRICT_FAILURES:
            value = _strict(text, start)
            failures += value is None
        if value is None:
            named = opener == "(" and text[start - 1] in _IN_NAME
            name = _name_before(text, at, start) if named else ""
            inside, stop = tolerant.read(start, name)
            value = Value(start - len(name), stop, inside, False, tolerant.whole)  # noqa: FBT003 # half the time of names
        yield value
        at = value.stop


def _strict(text: str, start: int) -> Value | None:
    try:
        value, stop = _STRICT(text, start)
    except (ValueError, RecursionError):
        return None
    return Value(start, stop, value, strict=True, whole=True)


def _name_before(text: str, floor: int, stop: int) -> str:
    start = stop
    while start > floor and stop - start < MAX_NAME_CHARS and text[start - 1] in _IN_NAME:
        start -= 1
    return text[start:stop]
