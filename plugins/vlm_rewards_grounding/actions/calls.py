"""The one action of an answer, in each of the forms that agents write it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from vlm_rewards_grounding.actions.action import TWICE, Action, action_of
from vlm_rewards_grounding.actions.names import ACTIONS, STRONG, same_type, spelt
from vlm_rewards_grounding.actions.places import UnreadableError
from vlm_rewards_grounding.actions.prose import after_marker, is_denied, is_prose, without_comments
from vlm_rewards_grounding.formats.lenient_json import CALL, REST
from vlm_rewards_grounding.formats.numbers import numbers
from vlm_rewards_grounding.formats.values import read_values

MAX_CALLS = 64
MAX_WORDS = 512  # mappings, and words with a bracket, that may be actions
MAX_LINE_CHARS = 2000
_AROUND = " \t\r`*."
_PLACE = ("<point>", "</point>", "TO ", "to ")


def read_call(text: str, turn: Mapping[str, Any] | None = None) -> Action | None:
    """The action of an answer: of its text, and of the calls that its message carries. None without one.

    Words that happen to have a bracket, as button(s), are not an action beside one that agents have. Raises
    UnreadableError where there are two different actions, or one of them says two things.

    >>> read_call("Thought: fill it in. Action: type(content='cat food')").arguments
    {'text': 'cat food'}
    >>> read_call("I refuse to click(1, 2)."), read_call("<!-- click(1, 2) -->"), read_call("I would click there.")
    (None, None, None)
    """
    text, marked = after_marker(text)
    every = chain(_native(turn or {}), _written(without_comments(text), marked=marked))
    found = list(islice(every, MAX_CALLS + 1))
    if len(found) > MAX_CALLS:
        raise UnreadableError(f"more than {MAX_CALLS} actions")
    sure = [action for action, is_sure in found if is_sure or action.type in ACTIONS]
    actions = sure or [action for action, _ in found]
    distinct = [action for at, action in enumerate(actions) if action not in actions[:at]]
    if len(distinct) > 1:
        raise UnreadableError(f"{len(distinct)} actions where one is asked for")
    return distinct[0] if distinct else None


def _written(text: str, *, marked: bool) -> Iterator[tuple[Action, bool]]:
    """The actions of a text, each with whether it can be nothing else."""
    last = words = 0
    for value in read_values(text, calls=True):
        before, last = text[last : value.start], value.stop
        items = value.value if isinstance(value.value, list) else [value.value]
        calls = [item for item in items if isinstance(item, dict)]
        words += len(calls)
        if words > MAX_WORDS:
            raise UnreadableError(f"more than {MAX_WORDS} words with a bracket")
        calls = [item for item in calls if not (CALL in item and is_prose(before))]
        found = [(action, item) for item in calls if (action := action_of(item)) is not None]
        if not found or is_denied(text, value.start, value.stop):
            continue
        if value.repeated:
            raise UnreadableError(TWICE)
        for action, item in found:
            yield action._replace(whole=value.whole), any(spelt(str(key)) in STRONG for key in item)
    for line in read_lines(text, marked=marked):
        action = action_of(line)
        if action is not None:
            yield action, True


def _native(turn: Mapping[str, Any]) -> Iterator[tuple[Action, bool]]:
    """The calls that a message carries beside its text: those of `tool_calls`, and blocks `tool_use` of its content."""
    calls, content = turn.get("tool_calls"), turn.get("content")
    blocks = content if isinstance(content, Sequence) and not isinstance(content, str) else ()
    used = [block for block in blocks if isinstance(block, Mapping) and block.get("type") == "tool_use"]
    for call in [*(calls if isinstance(calls, Sequence) and not isinstance(calls, str) else ()), *used][:MAX_CALLS]:
        action = action_of(call) if isinstance(call, Mapping) else None
        if action is None:
            raise UnreadableError("a tool call that names no action")
        yield action, True


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
