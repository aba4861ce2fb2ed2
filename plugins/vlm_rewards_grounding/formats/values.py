"""Find the values in an answer: JSON, Python literals and calls, anywhere in a text."""

import json
from typing import Any, NamedTuple

from vlm_rewards_grounding.formats.lenient_json import CALL, CLOSES, Brackets

MAX_STRICT_FAILURES = 8  # an error of the strict reader costs a count of lines, so few are made
MAX_NAME_CHARS = 64
MAX_VALUES = 1024

_IN_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in a mapping")  # the tolerant reader says so of the value
    return found


#: Reads one value of JSON at a position; ValueError where there is none, or where a key stands twice in a mapping.
_strictly = json.JSONDecoder(object_pairs_hook=_without_repeats).raw_decode


class Value(NamedTuple):
    """One value of a text and where it stands."""

    start: int  # with the name of a call
    stop: int
    value: Any  # dict, list, str, int, float, bool or None
    strict: bool  # it is JSON as the standard has it
    whole: bool  # every bracket and quote that opens in it is closed by its own
    repeated: bool = False  # a key stands twice in a mapping of it


def read_values(text: str, *, calls: bool = False) -> list[Value]:
    """The outermost values in brackets of a text, in its order; of more than 1024 the first 1025.

    Empty ones are passed over, but for `calls` like `wait()`.

    >>> [found.value for found in read_values('cat: {"bbox_2d": [1, 2, 3, 4]} or (5, 6')]
    [{'bbox_2d': [1, 2, 3, 4]}, ['5', None]]
    >>> read_values("CLICK(box=[[1,2,3,4]], text='it's')")[0].value
    {'box': [['1', '2', '3', '4']], 'text': "it's", '()': 'CLICK'}
    """
    tolerant, openers = Brackets(text), text.replace("{", "[").replace("(", "[")
    found: list[Value] = []
    failures = at = 0
    while (start := openers.find("[", at)) >= 0 and len(found) <= MAX_VALUES:
        opener = text[start]
        if text.startswith(CLOSES[opener], start + 1):  # nothing inside: nothing to say of it
            if calls and opener == "(" and start and text[start - 1] in _IN_NAME:
                name = _name_before(text, at, start)
                found.append(Value(start - len(name), start + 2, {CALL: name}, strict=False, whole=True))
            at = start + 2
            continue
        value = None
        if opener != "(" and failures < MAX_STRICT_FAILURES:
            try:
                inside, stop = _strictly(text, start)
                value = Value(start, stop, inside, strict=True, whole=True)
            except (ValueError, RecursionError):
                failures += 1
        if value is None:
            named = opener == "(" and text[start - 1] in _IN_NAME
            name = _name_before(text, at, start) if named else ""
            inside, stop = tolerant.read(start, name)
            value = Value(start - len(name), stop, inside, False, tolerant.whole, tolerant.repeated)  # noqa: FBT003 # half the time of names
        found.append(value)
        at = value.stop
    return found


def _name_before(text: str, floor: int, stop: int) -> str:
    start = stop
    while start > floor and stop - start < MAX_NAME_CHARS and text[start - 1] in _IN_NAME:
        start -= 1
    return text[start:stop]
