"""What a GUI agent says it does: the type of the action and its arguments, from JSON or the form of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vlm_rewards_grounding.formats.lenient_json import CALL, REST
from vlm_rewards_grounding.formats.values import Value, read_values

__all__ = ["Action", "Call", "action_of", "read_call", "same_type"]

# Names of one action in the action spaces of UI-TARS, Qwen2.5-VL's computer use, OS-Atlas, Holo and pyautogui.
_NAMES = {
    "click": ("left_click", "tap", "click_absolute", "left_single", "leftclick", "single_click", "press_element"),
    "double_click": ("left_double", "doubleclick"),
    "right_click": ("right_single", "rightclick"),
    "long_press": ("longpress", "long_click"),
    "type": ("write", "input", "input_text", "typewrite", "type_text", "enter_text"),
    "press": ("key", "hotkey", "press_key", "press_hotkey", "keypress"),
    "scroll": ("swipe",),
    "drag": ("left_click_drag", "drag_to", "dragto"),
    "move": ("mouse_move", "move_to", "moveto", "hover"),
    "open": ("open_app", "launch", "launch_app"),
    "back": ("press_back", "navigate_back"),
    "home": ("press_home", "navigate_home"),
    "wait": ("sleep",),
    "finished": ("finish", "done", "complete", "completed", "terminate", "status", "answer"),
}
_CANONICAL = {name: canonical for canonical, names in _NAMES.items() for name in names}
_TYPE_KEYS = (CALL, "action", "action_type", "name", "type", "function")
_INSIDE = ("arguments", "args", "parameters", "action_inputs", "params")
_ARGUMENTS = {
    **dict.fromkeys(("text", "content", "value", "message", "input_text"), "text"),
    **dict.fromkeys(("key", "keys", "hotkey"), "key"),
    **dict.fromkeys(("app", "app_name"), "app"),
    "direction": "direction",
    "button": "button",
    "status": "status",
}
_TOOL_NAMES = frozenset({"computer_use", "mobile_use", "computer", "browser"})
MAX_NAME_CHARS = 40
MAX_ARGUMENTS = 32


class Action(NamedTuple):
    """One action: its name in one spelling for all agents, and its arguments as texts."""

    type: str
    arguments: dict[str, str]  # `text`, `key`, `app`, `direction`, `button`, `status`


class Call(NamedTuple):
    """An action of an answer, and the mapping that it was read from."""

    action: Action
    value: Mapping[str, object]
    alone: bool  # the answer has no other action


def same_type(name: str) -> str:
    """The one spelling of an action's name.

    >>> same_type("LEFT_CLICK"), same_type("pyautogui.write"), same_type("scroll")
    ('click', 'type', 'scroll')
    """
    plain = name.strip().lower().rpartition(".")[2].replace(" ", "_").replace("-", "_")
    return _CANONICAL.get(plain, plain)


def read_call(text: str) -> Call | None:
    """The last action of an answer, with the value that it was read from; None without one.

    >>> call = read_call("Thought: fill it in. Action: type(content='cat food')")
    >>> call.action, call.alone
    (Action(type='type', arguments={'text': 'cat food'}), True)
    >>> read_call("I would click there.") is None
    True
    """
    calls: list[tuple[Action, Mapping[str, object]]] = []
    for value in read_values(text.replace("()", "( )")):  # the reader passes empty brackets over: wait()
        calls += calls_of(value.value)
    # Words that happen to have a bracket, as button(s), stand behind actions that agents have.
    calls = [call for call in calls if call[0].type in _NAMES] or calls
    return Call(*calls[-1], alone=len(calls) == 1) if calls else None


def calls_of(value: object) -> list[tuple[Action, Mapping[str, object]]]:
    """The actions of a value, a mapping or a list of mappings, each with its mapping."""
    items = value[-MAX_ARGUMENTS:] if isinstance(value, list) else [value]
    found = [(action_of(item), item) for item in items if isinstance(item, Mapping)]
    return [(action, item) for action, item in found if action is not None]


def action_of(value: Mapping[str, object]) -> Action | None:
    """The action that a mapping describes; None when it names none."""
    name = next((found for key in _TYPE_KEYS if isinstance(found := value.get(key), str)), None)
    inner = next((found for key in _INSIDE if (found := _as_mapping(value.get(key))) is not None), None)
    if inner is not None and (name is None or name in _TOOL_NAMES):  # a tool call: the action is its argument
        return action_of(inner)
    if name is None:
        nested = value.get("action")
        return action_of(nested) if isinstance(nested, Mapping) and "action" not in nested else None
    return Action(same_type(name[:MAX_NAME_CHARS]), arguments_of({**value, **(inner or {})}))


def _as_mapping(value: object) -> Mapping[str, object] | None:
    """The arguments of a call, which may be the JSON text of a mapping."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = next(read_values(value), Value(0, 0, None, strict=False, whole=False)).value
    return value if isinstance(value, Mapping) else None


def arguments_of(value: Mapping[str, object]) -> dict[str, str]:
    """The arguments that are texts, under one name each; values of a call without a key are its text, or its keys."""
    found: dict[str, str] = {}
    alone = "key" if same_type(str(value.get(CALL))) == "press" else "text"
    for key, item in list(value.items())[:MAX_ARGUMENTS]:
        name = alone if key == REST else _ARGUMENTS.get(str(key).lower())
        parts = item if isinstance(item, list) else [item]  # a hotkey may be a list of keys
        texts = [part for part in parts if isinstance(part, str)]
        if name is not None and texts and len(texts) == len(parts):
            found[name] = " ".join(texts)
    if "key" in found:  # ctrl+c is ctrl c
        found["key"] = found["key"].replace("+", " ").strip() or found["key"]
    return found
