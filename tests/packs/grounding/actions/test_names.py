"""Every row of the tables of names: each case fails where its row is taken out."""

from __future__ import annotations

from typing import Any

import pytest

from vlm_rewards_grounding.actions.action import action_of, is_empty
from vlm_rewards_grounding.actions.names import same_type
from vlm_rewards_grounding.actions.places import is_place, places_of

ACTIONS = {
    "click": "left_click tap click_absolute left_single leftclick single_click press_element mouse_click touch",
    "double_click": "left_double doubleclick double_tap doubleClick",
    "triple_click": "left_triple tripleclick",
    "right_click": "right_single rightclick rightClick",
    "middle_click": "middleclick",
    "long_press": "longpress long_click press_and_hold LongPress",
    "type": "write input input_text typewrite type_text enter_text type_name",
    "press": "key hotkey press_key press_hotkey keypress key_press",
    "scroll": "swipe",
    "drag": "left_click_drag drag_to dragto drag_and_drop",
    "move": "mouse_move move_to moveto hover",
    "select": "select_option",
    "open": "open_app launch launch_app",
    "goto": "go_to open_url visit_url goto_url",
    "back": "press_back navigate_back go_back PressBack",
    "home": "press_home navigate_home go_home",
    "recent": "press_recent recents press_recents",
    "enter": "press_enter keyboard_enter",
    "menu": "press_menu",
    "wait": "sleep",
    "finished": (
        "finish done complete completed terminate status answer task_complete press_task_complete press_complete"
    ),
    "impossible": "infeasible fail task_impossible press_task_impossible",
    "call_user": "calluser ask_user take_over interact CallUser",
    "system_button": "press_system_button system_key",
}
PLACES = {
    "start": """start start_box start_point start_coordinate start_coordinates start_coords start_position from
    from_coordinate from_point touch_point coordinate1 point1""",
    "end": """end end_box end_point end_coordinate end_coordinates end_coords end_position to to_coordinate to_point
    lift_point coordinate2 point2 destination""",
    "point": """coordinate coordinates coordinate_2d coord coords point points point_2d points_2d position positions pos
    location locations xy center centre click_point keypoint target element""",
    "box": """bbox bboxes bbox_2d bboxes_2d box boxes box_2d boxes_2d bounding_box bounding_boxes bounding_box_2d bndbox
    rect rectangle region bounds target_box""",
}
ARGUMENTS = {
    "text": "text content value message input_text input option answer typed_text",
    "key": "key keys hotkey",
    "app": "app app_name package package_name",
    "url": "url link website_url",
    "direction": "direction scroll_direction swipe_direction",
    "button": "button mouse_button",
    "status": "status goal_status",
}
MODULES = "pyautogui pag computer mobile browser device agent page mouse keyboard functions tools self env"
TYPE_KEYS = "action action_type action_name op name type function ActionType Action"
NUMBERS = {"amount": "pixels amount scroll_amount clicks distance num_scrolls", "time": "time duration seconds"}


def rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, key) for key, row in table.items() for name in row.split()]


@pytest.mark.parametrize(("name", "action"), rows(ACTIONS))
def test_each_name_of_an_action(name: str, action: str) -> None:
    assert same_type(name) == same_type(name.upper() if name.islower() else name) == action


@pytest.mark.parametrize(
    "module",
    [
        "pyautogui",
        "pag",
        "computer",
        "mobile",
        "browser",
        "device",
        "agent",
        "page",
        "mouse",
        "keyboard",
        "functions",
        "tools",
        "self",
        "env",
    ],
)
def test_the_module_of_an_action_is_passed_over(module: str) -> None:
    assert same_type(f"{module}.tap") == "click"


@pytest.mark.parametrize("name", ["no.tap", "un.tap", "pyautogui_tap", "not_pyautogui.tap"])
def test_a_name_with_another_word_is_another_action(name: str) -> None:
    assert same_type(name) != "click"


@pytest.mark.parametrize("key", TYPE_KEYS.split())
def test_the_name_of_an_action_stands_under_each_of_these_keys(key: str) -> None:
    found = action_of({key: "tap"})
    assert found is not None
    assert found.type == "click"


@pytest.mark.parametrize("tool", ["computer_use", "mobile_use", "computer", "browser", "browser_use", "mobile"])
@pytest.mark.parametrize(
    "key", ["arguments", "args", "parameters", "params", "action_inputs", "action_input", "kwargs", "input", "inputs"]
)
def test_the_action_of_a_tool_is_its_argument(tool: str, key: str) -> None:
    for held in ({"action": "tap"}, '{"action": "tap"}'):
        found = action_of({"name": tool, key: held})
        assert found is not None
        assert found.type == "click"


@pytest.mark.parametrize("key", ["function", "action", "actions", "operation", "tool_call", "tool_calls"])
def test_an_action_may_stand_in_a_mapping_of_its_own(key: str) -> None:
    for held in ({"name": "tap"}, [{"name": "tap"}]):
        found = action_of({key: held})
        assert found is not None
        assert found.type == "click"


@pytest.mark.parametrize(("key", "argument"), rows(ARGUMENTS))
def test_an_argument_stands_under_each_of_these_keys(key: str, argument: str) -> None:
    found = action_of({"action": "wait", key: "x"})
    assert found is not None
    assert found.arguments == {argument: "x"}


@pytest.mark.parametrize(("key", "argument"), rows(NUMBERS))
@pytest.mark.parametrize(
    ("given", "read"), [(-3, "-3"), ("2.50 seconds", "2.5"), ("7s", None), ("much", None), ("", "")]
)
def test_a_number_stands_under_each_of_these_keys(key: str, argument: str, given: Any, read: str | None) -> None:
    found = action_of({"action": "scroll", key: given})
    assert found is not None
    assert found.arguments == ({argument: read} if read else {})
    assert found.unread == (set() if read is not None else {argument})


@pytest.mark.parametrize(("key", "role"), rows(PLACES))
def test_a_place_stands_under_each_of_these_keys(key: str, role: str) -> None:
    start, end = places_of({key: [3, 4]}, "click")
    found = end if role == "end" else start
    assert found is not None
    assert found.shapes == ((3.0, 4.0),)
    assert (start is None) == (role == "end")


@pytest.mark.parametrize("keys", ["start_x start_y end_x end_y", "from_x from_y to_x to_y", "x1 y1 x2 y2", "x y x2 y2"])
def test_each_coordinate_of_two_places_may_have_a_key(keys: str) -> None:
    places = places_of(dict(zip(keys.split(), (1, 2, 3, 4), strict=True)), "scroll")
    assert [place and place.shapes for place in places] == [((1.0, 2.0),), ((3.0, 4.0),)]


@pytest.mark.parametrize(
    ("sides", "shape"),
    [
        ({"x": 1, "y": 2}, (1, 2)),
        ({"x1": 1, "y1": 2, "x2": 3, "y2": 4}, (1, 2, 3, 4)),
        ({"x": 1, "y": 2, "width": 2, "height": 2}, (1, 2, 3, 4)),
        ({"left": 1, "top": 2, "right": 3, "bottom": 4}, (1, 2, 3, 4)),
        ({"x_min": 1, "y_min": 2, "x_max": 3, "y_max": 4}, (1, 2, 3, 4)),
    ],
)
def test_each_coordinate_of_one_place_may_have_a_key(sides: dict[str, int], shape: tuple[float, ...]) -> None:
    for fields in (sides, {"target": sides}, {"bbox": sides}, {"position": {"bbox": sides}}):
        start, end = places_of(fields, "click")
        assert start is not None
        assert (start.shapes, start.named, end) == ((shape,), True, None)


@pytest.mark.parametrize(
    ("value", "shapes"),
    [
        ([1, 2], [(1, 2)]),
        ([[1, 2]], [(1, 2)]),
        ("(1, 2)", [(1, 2)]),
        ("<|box_start|>(1,2)<|box_end|>", [(1, 2)]),
        ("<point>1 2</point>", [(1, 2)]),
        (["1,2"], [(1, 2)]),
        ([{"x": 1, "y": 2}], [(1, 2)]),
        ([[1, 2], [3, 4]], [(1, 2), (3, 4)]),
        ([1, 2, 3], [()]),
        ([1, None], [()]),
        ([1e308, 1], [()]),
        ("here", [()]),
        ("1 or 2", [()]),
        ([[[[[[[1, 2]]]]]]], [()]),
        ([[1, 2]] * 65, [()]),
    ],
)
def test_a_place_is_two_numbers_or_four_and_all_else_is_broken(value: object, shapes: list[tuple[float, ...]]) -> None:
    start, _ = places_of({"point": value}, "click")
    assert start is not None
    assert list(start.shapes) == shapes


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({"coordinate": [1, 2], "coordinate2": [3, 4]}, (1, 2), (3, 4)),
        ({"start_coordinate": [1, 2], "coordinate": [3, 4]}, (1, 2), (3, 4)),
        ({"coordinate": [3, 4], "start_coordinate": [1, 2]}, (1, 2), (3, 4)),
        ({"position": [[1, 2], [3, 4]]}, (1, 2), (3, 4)),
        ({"coordinate": [1, 2, 3, 4]}, (1, 2), (3, 4)),
        ({"points": {"start": [1, 2], "end": [3, 4]}}, (1, 2), (3, 4)),
        ({"": ["1", "2", "3", "4"]}, (1, 2), (3, 4)),
        ({"": [["1", "2"], ["3", "4"]]}, (1, 2), (3, 4)),
        ({"coordinate": [1, 2]}, (1, 2), None),
    ],
)
def test_a_swipe_has_two_places(fields: dict[str, Any], start: object, end: object) -> None:
    places = places_of(fields, "scroll")
    assert [place and place.shapes[0] for place in places] == [start, end]


@pytest.mark.parametrize(
    ("name", "at_end"),
    [("drag", False), ("swipe", False), ("left_click_drag", True), ("pyautogui.dragTo", True), ("drag_to", True)],
)
def test_a_drag_to_one_place_ends_there_and_another_begins_there(name: str, *, at_end: bool) -> None:
    found = action_of({"action": name, "coordinate": [1, 2]})
    assert found is not None
    assert [place is not None for place in found.places] == [not at_end, at_end]


@pytest.mark.parametrize("word", ["element", "target", "position", "location", "region", "to", "start"])
def test_words_may_stand_where_a_place_may(word: str) -> None:
    assert places_of({word: "the button"}, "click") == (None, None)
    assert not is_place("the button")


@pytest.mark.parametrize(
    "value", [None, "", " ", [], (), {}, float("nan"), [-100, -100], [-100, -100, -100, -100], [None], {"x": None}]
)
def test_an_empty_field(value: object) -> None:
    assert is_empty(value)


@pytest.mark.parametrize("value", [0, False, "0", [0], [-100, 5], [[]], {"x": 0}, [None, 1]])
def test_no_empty_field(value: object) -> None:
    assert not is_empty(value)
