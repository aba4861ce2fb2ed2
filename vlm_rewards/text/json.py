"""Read JSON that a model or a data set wrote.

`read_json` takes what the standard allows and no more, with every size capped. `last_json` finds the value in a text
around it and leaves its numbers to the caller.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, Literal, NoReturn

MAX_DIGITS = 300  # any such integer is still a finite float
MAX_DEPTH = 32
MAX_VALUES = 10_000
FENCE = "```"
_CLOSES = {"{": "}", "[": "]"}

#: Whether the JSON stands in a Markdown fence: either way, always, or never.
Fenced = Literal["auto"] | bool


class NotJSON(ValueError):  # noqa: N818 - it says what the text is
    """The text is not JSON that may be read, with the reason."""


def read_json(text: str) -> Any:
    """The value of a text that is one JSON value and nothing else.

    Raises:
        NotJSON: It is not; or it has NaN, an infinity, a name twice in one object, a number of more than 300
            characters, more than 32 levels, or more than 10,000 values.

    >>> read_json('{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    >>> read_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    vlm_rewards.text.json.NotJSON: the name 'a' twice in one object
    """
    if _is_deep(text):  # first: the C reader would take its stack for it
        raise NotJSON(f"more than {MAX_DEPTH} levels")
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant
        )
    except NotJSON:
        raise
    except ValueError as error:
        raise NotJSON(f"not JSON: {str(error).partition(':')[0]}") from None
    if any(count >= MAX_VALUES for count, _ in enumerate(walk(value))):
        raise NotJSON(f"more than {MAX_VALUES} values")
    return value


def last_json(text: str, *, number: Callable[[str], Any]) -> Any:
    r"""The value of the last object or list at the top level of a text, whatever stands around it.

    Args:
        text: The text.
        number: Gives the value of a number from its characters, of which there may be any number.

    Raises:
        NotJSON: There is none, it is not JSON, or it nests too deeply; the message is for people.

    >>> last_json('Here: ```json\n{"a": 1.50, "b": ["x"]}\n``` Done.', number=str)
    {'a': '1.50', 'b': ['x']}
    >>> last_json('{"a": {"b": 1}} and [', number=int)
    {'a': {'b': 1}}
    """
    span = _last_span(text)
    if span is None:
        raise NotJSON("no JSON object or list in the answer")
    return read_exact_json(text[span[0] : span[1]], number=number)


def read_exact_json(text: str, *, number: Callable[[str], Any]) -> Any:
    """A JSON text, its numbers as `number` reads their characters. Raises NotJSON where it is not, or holds NaN.

    >>> read_exact_json("[1e2]", number=str)
    ['1e2']
    """
    try:
        return json.loads(text, parse_int=number, parse_float=number, parse_constant=_constant)
    except RecursionError:
        raise NotJSON("the JSON is nested too deep") from None
    except ValueError as error:
        raise NotJSON("the JSON cannot be read") from error


def walk(value: Any) -> Iterator[Any]:
    """Every value inside a value, itself included and first; what holds a value comes before it."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        yield item
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def unfenced(text: str, *, fenced: Fenced) -> str:
    r"""The inside of the one Markdown fence that is the whole text, or the text itself where no fence is asked for.

    Raises NotJSON where a fence is missing or not wanted, never ends, or is not marked as JSON.

    >>> unfenced('```json\n[1]\n```', fenced="auto"), unfenced("[1]", fenced="auto")
    ('[1]', '[1]')
    """
    if not text.startswith(FENCE):
        if fenced is True:
            raise NotJSON("no fence around it")
        return text
    if fenced is False:
        raise NotJSON("a fence around it")
    head, _, rest = text.partition("\n")
    if head[len(FENCE) :].strip().lower() not in {"", "json"}:
        raise NotJSON("the fence is not marked as json")
    if not rest.endswith(FENCE):
        raise NotJSON("the fence never ends, or text follows it")
    return rest[: -len(FENCE)].strip()


def _is_deep(text: str) -> bool:
    """Whether brackets outside of strings nest too deeply, in all that a reader could get to before an error."""
    depth = 0
    for part in text.replace("\\\\", "").replace('\\"', "").split('"')[::2]:
        for letter in part:
            if letter in "[{":
                depth += 1
                if depth > MAX_DEPTH:
                    return True
            elif letter in "]}":
                depth -= 1
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in pairs:
        if name in read:
            raise NotJSON(f"the name {name[:40]!r} twice in one object")
        read[name] = value
    return read


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotJSON(f"a number of more than {MAX_DIGITS} characters")
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits) if len(digits) <= MAX_DIGITS else math.inf
    if math.isinf(value):
        raise NotJSON("a number beyond every float")
    return value


def _constant(name: str) -> NoReturn:
    raise NotJSON(f"{name} is not JSON")


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
