"""Actions that are a line each, as OS-Atlas writes them: `CLICK <point>[[x, y]]</point>`, `TYPE [..]`, `PRESS_BACK`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vlm_rewards_grounding.actions.names import ACTIONS, same_type
from vlm_rewards_grounding.formats.lenient_json import CALL, REST
from vlm_rewards_grounding.formats.numbers import numbers

MAX_LINE_CHARS = 2000
_AROUND = " \t\r`*."
_PLACE = ("<point>", "</point>", "TO ", "to ")


def read_lines(text: str, *, marked: bool) -> Iterator[dict[str, Any]]:
    """The lines of a text that are an action and nothing else, as the reader of calls gives calls.

    The name stands in capitals; in the first line it may be in any letters where the text is `marked` as an action.

    >>> list(read_lines("SCROLL [DOWN]", marked=False))
    [{'()': 'SCROLL', '': ['DOWN']}]
    >>> list(read_lines("LONG_PRESS <point>[[1, 2]]</point>", marked=False))
    [{'()': 'LONG_PRESS', 'point': [[1.0, 2.0]]}]
    >>> list(read_lines("I TYPE [it]", marked=False)), list(read_lines("press_back", marked=True))
    ([], [{'()': 'press_back'}])
    """
    for line in text.strip().split("\n"):
        plain = line.strip(_AROUND)
        name, _, rest = plain.partition(" ")
        if len(plain) <= MAX_LINE_CHARS and (marked or name.isupper()) and same_type(name) in ACTIONS:
            rest = rest.strip()
            place = _place(rest)
            if not rest:
                yield {CALL: name}
            elif place:
                yield {CALL: name, "point": place}
            elif rest[0] == "[" and rest[-1] == "]":
                yield {CALL: name, REST: [rest[1:-1]]}
        marked = False


def _place(rest: str) -> list[list[float]]:
    """One point, two, or a box; nothing for a text."""
    for mark in _PLACE:
        rest = rest.replace(mark, " ")
    sides = numbers(rest) or [] if "[[" in rest or "(" in rest else []
    return [sides[at : at + 2] for at in (0, 2)][: len(sides) // 2] if len(sides) in (2, 4) else []
