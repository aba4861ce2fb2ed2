"""One action of a GUI agent, from the mapping or the call that describes it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from vlm_rewards_grounding.actions import names
from vlm_rewards_grounding.actions.names import ARGUMENT_OF, same_type, spelt
from vlm_rewards_grounding.actions.places import Places, UnreadableError, is_place, places_of
from vlm_rewards_grounding.formats.lenient_json import CALL, REST
from vlm_rewards_grounding.formats.numbers import coordinate, number
from vlm_rewards_grounding.formats.values import read_values

#: The argument that a text without a key of its own is.
_MAIN = {"press": "key", "scroll": "direction", "open": "app", "goto": "url"}
_BUTTONS = {"right": "right_click", "middle": "middle_click", "left": "click"}
TWICE = "a key stands twice in the action"
MAX_KEYS = 64
MAX_DEPTH = 4
MAX_TEXT_CHARS = 100_000


class Action(NamedTuple):
    """One action, of an answer or of a reference, in one spelling for all agents."""

    type: str
    arguments: dict[str, str]  # texts: `text`, `key`, `app`, `url`, `direction`, `amount`, `button`, `status`, `time`
    places: Places = Places()
    unread: frozenset[str] = frozenset()  # arguments that are given as what they cannot be, as a list of texts
    whole: bool = True  # every bracket and quote of it is closed
    swipes: bool = False  # a direction is that of the finger: by scrolling down, it moves up


def action_of(value: Mapping[Any, Any]) -> Action | None:
    """The action that a mapping describes; None when it names none.

    Raises UnreadableError where it names two actions, or gives one argument or place in two ways.

    >>> action_of({"name": "mobile_use", "arguments": {"action": "system_button", "button": "Back"}}).type
    'back'
    >>> action_of({"()": "do", "action": "Type", "text": "cat food"}).arguments
    {'text': 'cat food'}
    """
    fields = fields_of(value)
    name = _name(fields)
    if name is None:
        return None
    kind = same_type(name)
    arguments, unread = _arguments(fields, kind)
    button = arguments.get("button", "").strip().lower()
    if kind == "system_button" and button:
        kind = same_type(arguments.pop("button"))
    elif kind == "click" and button in _BUTTONS:
        kind = _BUTTONS[button]
        del arguments["button"]
    if kind == "click" and "amount" in arguments:  # pyautogui.click(x=1, y=2, clicks=2)
        kind = {"2": "double_click", "3": "triple_click"}.get(arguments.pop("amount"), kind)
    if kind == "enter":
        kind, arguments = "press", {"key": "enter", **arguments}
    spelling = spelt(name.rpartition(".")[2])
    swipes = kind != "scroll" or "swipe" in spelling
    places = places_of(fields, kind, to_end=spelling in names.DRAGS_TO)
    return Action(kind, arguments, places, unread, swipes=swipes)


def fields_of(value: Mapping[Any, Any], depth: int = 0) -> dict[str, Any]:
    """The keys of a mapping and of the mappings that belong to it, in one spelling.

    Raises UnreadableError where one key has two values, or a list holds several actions.
    """
    fields: dict[str, Any] = {}
    for key, item in list(value.items())[:MAX_KEYS]:
        name = key if key in (CALL, REST) else spelt(str(key))
        inner = _nested(name, item) if name in names.NESTS and depth < MAX_DEPTH else None
        if inner is not None:
            for inner_name, inner_item in fields_of(inner, depth + 1).items():
                _put(fields, inner_name, inner_item)
        elif not (
            isinstance(item, str) and name in (CALL, *names.STRONG, *names.WEAK) and spelt(item) in names.WRAPPERS
        ):
            _put(fields, name, item)
    return fields


def _put(fields: dict[str, Any], name: str, item: Any) -> None:
    if name in fields and not is_empty(item) and not is_empty(fields[name]) and fields[name] != item:
        raise UnreadableError(f"`{name}` has two values")
    if name not in fields or is_empty(fields[name]):
        fields[name] = item


def _nested(name: str, item: Any) -> Mapping[Any, Any] | None:
    """The mapping that belongs to an action, or that the JSON or the call in a text is; None for all else."""
    if isinstance(item, str) and (item.lstrip().startswith("{") or (name == "action" and "(" in item)):
        value = next(iter(read_values(item[:MAX_TEXT_CHARS], calls=True)), None)
        if value is not None:
            if value.repeated:
                raise UnreadableError(TWICE)
            item = value.value
    if isinstance(item, list) and item and all(isinstance(one, Mapping) for one in item):
        if len(item) > 1:
            raise UnreadableError(f"{len(item)} actions where one is asked for")
        item = item[0]
    return item if isinstance(item, Mapping) else None


def is_empty(value: Any) -> bool:
    """Whether a value is what an empty field of a flat table holds.

    >>> [is_empty(value) for value in ("", None, [], float("nan"), [-100, -100], 0, "x")]
    [True, True, True, True, True, False, False]
    """
    if isinstance(value, Mapping):  # of columns that other rows have
        return all(item is None for item in value.values())
    if isinstance(value, list | tuple):
        return all(side is None or (type(side) in (int, float) and side == -100) for side in value)
    if isinstance(value, float):
        return value != value  # noqa: PLR0124 # NaN
    return value is None or (isinstance(value, str) and not value.strip())


def _name(fields: Mapping[str, Any]) -> str | None:
    """What names the action: a key that can mean nothing else, or else another one that names one."""
    for keys in ((CALL, *names.STRONG), names.WEAK):
        given = [name for key in keys if isinstance(name := fields.get(key), str) and name.strip()]
        known = [name for name in given if keys is not names.WEAK or same_type(name) in names.ACTIONS]
        if len({same_type(name) for name in known}) > 1:
            raise UnreadableError(f"two actions: {' and '.join(name[:40] for name in known)}")
        if given:
            return (known or given)[0]
    return None


def _arguments(fields: Mapping[str, Any], kind: str) -> tuple[dict[str, str], frozenset[str]]:
    """The arguments under one name each, and the names of those that cannot be read."""
    found: dict[str, str] = {}
    unread = set()
    for name, item in _given(fields, kind):
        if is_empty(item) and item != []:
            continue
        text = _text(name, item)
        if text is None:
            unread.add(name)
        elif found.setdefault(name, text) != text:
            raise UnreadableError(f"`{name}` has two values")
    main = _MAIN.get(kind)
    if main is not None and main not in found and "text" in found:
        found[main] = _text(main, found.pop("text")) or ""
    return found, frozenset(unread)


def _given(fields: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Any]]:
    for key, item in fields.items():
        name = ARGUMENT_OF.get(key)
        if name is not None:
            yield name, _upward(item) if key in names.WHEEL else item
    rest = fields.get(REST)
    if not isinstance(rest, list) or kind in names.POINTED:
        return
    if kind == "scroll":
        if len(rest) == 1 and not isinstance(rest[0], list) and not is_place(rest[0]):
            yield "direction", rest[0]
        elif len(rest) == 1 and number(str(rest[0])) is not None:
            yield "amount", rest[0]
    elif rest:
        yield _MAIN.get(kind, "text"), rest[0] if len(rest) == 1 else rest


def _upward(item: Any) -> Any:
    """What counts down as what counts up; nothing for 0, which agents give for the other direction."""
    figure = coordinate(item)
    return item if figure is None else -figure or None


def _text(name: str, item: Any) -> str | None:
    """An argument as text; None where it is not one. A hotkey may be a list of keys."""
    if name == "key" and isinstance(item, list) and all(isinstance(key, str) for key in item):
        item = " ".join(item)
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, int | float):
        item = f"{item:.12g}" if isinstance(item, float) else str(item)[:MAX_TEXT_CHARS]
    if not isinstance(item, str):
        return None
    if name == "key":  # ctrl+c is ctrl c
        return item.replace("+", " ").strip() or item
    if name in ("amount", "across", "time"):
        figure = number(item.split()[0]) if item.split() else None
        return None if figure is None else f"{figure:.12g}"
    return item
