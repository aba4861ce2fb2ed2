"""The names that agents and data give to actions, their arguments and their places, and one spelling for each."""

from functools import lru_cache
from typing import Final

from vlm_rewards_grounding.formats.keys import BOXES, POINTS

#: Names of one action in the action spaces of UI-TARS, Qwen's computer and mobile use, OS-Atlas, AndroidControl,
#: Open-AutoGLM, UI-Venus, Holo and pyautogui.
ACTIONS: Final = {
    "click": (
        *("left_click", "tap", "click_absolute", "left_single", "leftclick", "single_click", "press_element"),
        *("mouse_click", "touch"),
    ),
    "double_click": ("left_double", "doubleclick", "double_tap"),
    "triple_click": ("left_triple", "tripleclick"),
    "right_click": ("right_single", "rightclick"),
    "middle_click": ("middleclick",),
    "long_press": ("longpress", "long_click", "press_and_hold"),
    "type": ("write", "input", "input_text", "typewrite", "type_text", "enter_text", "type_name"),
    "press": ("key", "hotkey", "press_key", "press_hotkey", "keypress", "key_press"),
    "scroll": ("swipe",),
    "drag": ("left_click_drag", "drag_to", "dragto", "drag_and_drop"),
    "move": ("mouse_move", "move_to", "moveto", "hover"),
    "select": ("select_option",),
    "open": ("open_app", "launch", "launch_app"),
    "goto": ("go_to", "open_url", "visit_url", "goto_url"),
    "back": ("press_back", "navigate_back", "go_back"),
    "home": ("press_home", "navigate_home", "go_home"),
    "recent": ("press_recent", "recents", "press_recents"),
    "enter": ("press_enter", "keyboard_enter"),
    "menu": ("press_menu",),
    "wait": ("sleep",),
    "finished": (
        *("finish", "done", "complete", "completed", "terminate", "status", "answer", "task_complete"),
        *("press_task_complete", "press_complete"),
    ),
    "impossible": ("infeasible", "fail", "task_impossible", "press_task_impossible"),
    "call_user": ("calluser", "ask_user", "take_over", "interact"),
    "system_button": ("press_system_button", "system_key"),
}
#: Actions that go from one place to another.
TWO_POINTS: Final = {"drag", "scroll"}
#: Names of drags that say only where to: one place is the second one.
DRAGS_TO: Final = {"left_click_drag", "drag_to", "dragto"}
#: Actions whose values without a key are a place.
POINTED: Final = {"click", "double_click", "triple_click", "right_click", "middle_click", "long_press", "move", "drag"}
#: Arguments, and the keys that they stand under.
ARGUMENTS: Final = {
    "text": ("text", "content", "value", "message", "input_text", "input", "option", "answer", "typed_text"),
    "key": ("key", "keys", "hotkey"),
    "app": ("app", "app_name", "package", "package_name"),
    "url": ("url", "link", "website_url"),
    "direction": ("direction", "scroll_direction", "swipe_direction"),
    "amount": ("pixels", "amount", "scroll_amount", "clicks", "distance", "num_scrolls", "scroll_y", "delta_y"),
    "across": ("scroll_x", "delta_x"),
    "button": ("button", "mouse_button"),
    "status": ("status", "goal_status"),
    "time": ("time", "duration", "seconds"),
}
#: Keys of amounts that count as a wheel does, down and to the right; all others count up.
WHEEL: Final = {"scroll_x", "scroll_y", "delta_x", "delta_y"}
#: Places: the first one, the second one, and those that are the first where it is not said otherwise.
PLACES: Final = {
    "start": (
        *("start", "start_box", "start_point", "start_coordinate", "start_coordinates", "start_coords"),
        *("start_position", "from", "from_coordinate", "from_point", "touch_point", "coordinate1", "point1"),
    ),
    "end": (
        *("end", "end_box", "end_point", "end_coordinate", "end_coordinates", "end_coords", "end_position", "to"),
        *("to_coordinate", "to_point", "lift_point", "coordinate2", "point2", "destination"),
    ),
    "point": (*POINTS, "positions", "locations", "target", "element", "path"),
    "box": (*BOXES, "bounds", "target_box"),
}
#: Keys that name the action, and keys that do so where none of the others is there.
STRONG: Final = ("action", "action_type", "action_name", "op")
WEAK: Final = ("name", "type", "function")
#: Names of what an action is wrapped in: tools and kinds of calls.
WRAPPERS: Final = {
    *("computer_use", "mobile_use", "computer", "browser", "browser_use", "mobile", "do", "act", "action"),
    *("function", "tool_call", "tool_use", "call"),
}
#: Keys of a mapping, or of its JSON text, that belongs to the action.
NESTS: Final = (
    *("arguments", "args", "parameters", "params", "action_inputs", "action_input", "kwargs", "input", "inputs"),
    *("function", "action", "actions", "operation", "tool_call", "tool_calls"),
)
#: Keys of a reference that say what is acted on in other ways than by its place.
ELEMENTS: Final = {
    *("element", "element_id", "target", "index", "bid", "node", "node_id", "label", "category", "name", "type"),
    *("function", "ref", "selector", "xpath", "css", "mark", "mark_id", "target_element"),
}
#: Keys of a reference that say nothing of what to do.
BOOKKEEPING: Final = {
    *("id", "image_id", "category_id", "area", "iscrowd", "score", "confidence", "uid", "uuid", "idx", "step"),
    *("step_id", "step_index", "num_steps", "episode_id", "episode_length", "annotation_id", "action_uid"),
    *("split", "source", "dataset", "data_source", "data_type", "task", "task_id", "task_type", "group", "os"),
    *("platform", "domain", "subdomain", "website", "application", "language", "difficulty", "ui_type"),
    *("element_type", "element_info", "original_op", "instruction", "step_instruction", "goal", "query"),
    *("low_level_instruction", "high_level_instruction", "history", "previous_actions", "thought", "thoughts"),
    *("thinking", "reasoning", "explanation", "observation", "summary", "description", "conclusion", "image"),
    *("images", "image_path", "img_filename", "filename", "file_name", "screenshot", "width", "height"),
    *("image_width", "image_height", "image_size", "img_size", "resolution", "action_reprs", "role"),
    *("target_action_index", "target_action_reprs", "confirmed_task", "raw_html", "cleaned_html", "title"),
}
#: What a flat table of GUI-R1 has for an action without text.
NO_TEXT: Final = "no input text"
MAX_NAME_CHARS = 40
_MODULES = {
    *("pyautogui", "pag", "computer", "mobile", "browser", "device", "agent", "page", "mouse", "keyboard"),
    *("functions", "tools", "actions", "action", "self", "env", "driver"),
}
_CANONICAL = {name: canonical for canonical, names in ACTIONS.items() for name in names}
#: The argument that stands under a key.
ARGUMENT_OF = {key: name for name, keys in ARGUMENTS.items() for key in keys}
#: The role of the place that stands under a key.
ROLE_OF = {key: role for role, keys in PLACES.items() for key in keys}


def spelt(name: str) -> str:
    """A name in small letters with underscores between its words.

    >>> spelt("LEFT_CLICK"), spelt("PressBack"), spelt("Long Press")
    ('left_click', 'press_back', 'long_press')
    """
    return _spelt(name.strip()[:MAX_NAME_CHARS])


@lru_cache(1024)
def _spelt(name: str) -> str:
    if not (name.islower() or name.isupper()):
        parts = [f"_{char}" if char.isupper() and name[at - 1 : at].islower() else char for at, char in enumerate(name)]
        name = "".join(parts)
    return name.lower().replace(" ", "_").replace("-", "_")


def same_type(name: str) -> str:
    """The one spelling of an action's name; of a module only one that has actions is passed over.

    >>> same_type("LEFT_CLICK"), same_type("pyautogui.write"), same_type("PressBack"), same_type("no.click")
    ('click', 'type', 'back', 'no.click')
    """
    module, _, action = name.strip().rpartition(".")
    plain = spelt(action if module.lower().rpartition(".")[2] in _MODULES else name)
    return _CANONICAL.get(plain, plain)
