"""Find the JSON value in a text and read it: a fenced block, or the last balanced braces or brackets; one pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction

from vlm_rewards_vqa.text.numerals import whole_number

__all__ = ["last_json", "leaves", "read_json"]

MAX_DEPTH = 64
MAX_NUMBER_CHARS = 100
_CLOSES = {"{": "}", "[": "]"}

Path = tuple[str | int, ...]


def last_json(text: str) -> object:
    r"""The value of the last top-level object or list in a text.

    Raises:
        ValueError: There is none, or it is no JSON, or it is nested too deep; the message is for people.

    >>> last_json('Here: ```json\n{"a": 1.50, "b": ["x"]}\n``` Done.')
    {'a': Fraction(3, 2), 'b': ['x']}
    >>> last_json('{"a": {"b": 1}} and [')
    {'a': {'b': Fraction(1, 1)}}
    """
    span = _last_span(text)
    if span is None:
        raise ValueError("no JSON object or list in the answer")
    return read_json(text[span[0] : span[1]])


def read_json(text: str) -> object:
    """A JSON text with its numbers as exact fractions. Raises ValueError where it is none, or holds NaN.

    >>> read_json("1e2"), read_json("9" * 200) == "9" * 200
    (Fraction(100, 1), True)
    """
    try:
        return json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("the JSON is nested too deep") from None
    except ValueError as error:
        raise ValueError("the JSON cannot be read") from error


def leaves(value: object, path: Path = (), depth: int = 0) -> Iterator[tuple[Path, object]]:
    """Each value that is no object or list, with its path; None is as good as absent. Raises ValueError at 64 levels.

    >>> list(leaves({"a": {"b": 1}, "c": ["x", None, "y"]}))
    [(('a', 'b'), 1), (('c', 0), 'x'), (('c', 2), 'y')]
    """
    if depth > MAX_DEPTH:
        raise ValueError("the JSON is nested too deep")
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, str(key)), depth + 1)
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from leaves(item, (*path, at), depth + 1)
    elif value is not None:
        yield path, value


def _number(text: str) -> Fraction | str:
    number = whole_number(text) if len(text) <= MAX_NUMBER_CHARS else None
    return text if number is None else number.shown


def _refuse(text: str) -> object:
    raise ValueError(f"{text} is no JSON")


def _last_span(text: str) -> tuple[int, int] | None:
    """Where the last balanced top-level braces or brackets stand; strings inside them are stepped over."""
    span: tuple[int, int] | None = None
    stack: list[str] = []
    start = at = 0
    quoted = False
    while at < len(text):
        sign = text[at]
        if quoted:
            if sign == "\\":
                at += 1
            quoted = sign != '"'
        elif sign in _CLOSES:
            if not stack:
                start = at
            stack.append(_CLOSES[sign])
        elif stack and sign == '"':
            quoted = True
        elif stack and sign == stack[-1]:
            stack.pop()
            if not stack:
                span = (start, at + 1)
        at += 1
    return span
