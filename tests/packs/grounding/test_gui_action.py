"""`gui_action`: what each part of an action is worth, and where it may happen."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

import vlm_rewards as vr
from vlm_rewards_grounding import gui_action

BOX = [10, 20, 30, 40]
CLICK = {"action": "click", "bbox": BOX}
TYPE = {"action": "type", "text": "Cat  food", "bbox": BOX}
SWIPE = {"action": "swipe", "start": [100, 80], "end": [100, 20]}
SHORT = {"action": "swipe", "start": [100, 52], "end": [100, 48]}
DRAG = {"action": "drag", "start": [1, 2], "end": [60, 70]}


def outcome(answer: Any, solution: Any, **params: Any) -> vr.RewardOutput:
    completion = vr.Completion.from_messages(answer)
    images = (vr.ImageRef(Image.new("1", (200, 100))),)
    return gui_action(completion, solution, params.pop("context", vr.Context()), images, **params)


@pytest.mark.parametrize(
    ("answer", "solution", "params", "expected"),
    [
        ('{"action": "tap", "coordinate": [15, 30]}', CLICK, {}, 1.0),
        ('{"action": "tap", "coordinate": [5, 30]}', CLICK, {}, 0.5),
        ('{"action": "tap"}', CLICK, {}, 0.5),
        ('{"action": "tap", "coordinate": [5, 30]}', CLICK, {"point_weight": 3}, 0.25),
        ('{"action": "long_press", "coordinate": [15, 30]}', CLICK, {}, 0.0),
        ('{"action": "no.tap", "coordinate": [15, 30]}', CLICK, {}, 0.0),
        ('{"action": "tap", "bbox_2d": [10, 20, 30, 40]}', CLICK, {}, 0.5),
        ('{"action": "tap", "bbox_2d": [10, 20, 30, 40]}', CLICK, {"boxes": "centre"}, 1.0),
        ('{"action": "tap", "coordinate": [10, 20, 30, 40]}', CLICK, {"boxes": "centre"}, 1.0),
        ('{"action": "tap", "bbox_2d": [15, 30, 15, 30]}', CLICK, {}, 1.0),
        ('{"action": "tap", "bbox": [1, 2, 3, 4], "point": [15, 30]}', CLICK, {}, 1.0),
        ("type(content='cat food', point='(15,30)')", TYPE, {}, 1.0),
        ("type(content='cat', point='(15,30)')", TYPE, {}, 2 / 3),
        ("type(content='cat', point='(15,30)')", TYPE, {"text": "f1"}, (1 + 2 / 3 + 1) / 3),
        ("type(content='cat', point='(15,30)')", TYPE, {"arguments_weight": 0}, 1.0),
        ("wait()", {"action": "wait"}, {}, 1.0),
        ("click(point='(15,30)')", {"action": "click", "point": [25, 30]}, {}, 1.0),
        ("click(point='(15,30)')", {"action": "click", "point": [25, 30]}, {"radius": 0.04}, 0.5),
        ("click(point='(15,30)')", {"action": "click", "boxes": [[90, 90, 99, 99], BOX]}, {}, 1.0),
        ("click(point='(15,30)')", {"action": "click", "bbox": [10, 20, 20, 20]}, {"reference": "xywh"}, 1.0),
        ("click(point='(15,30)')", {"action": "click", "bbox": [20, 20, 20, 20]}, {"reference": "xywh"}, 0.5),
        ("click(point='(15,30)')", {"action": "click", "point": [0.1, 0.3]}, {"reference_space": "relative"}, 1.0),
        ("click(point='(75,300)')", CLICK, {"space": "ui_tars"}, 1.0),
        ("click(x=75, y=300)", CLICK, {"space": "gemini_gemma3"}, 1.0),
        ("click(300, 75)", CLICK, {"space": "gemini_gemma3"}, 1.0),
        ("click(15, 30)", {"action": "click", "x": 75, "y": 300}, {"reference_space": "gemini_gemma3"}, 1.0),
        ("click(15, 30)", {"action": "click", "point": [300, 75]}, {"reference_space": "gemini_gemma3"}, 1.0),
        ("hotkey(key='ctrl+c')", {"action": "hotkey", "keys": ["ctrl", "c"]}, {}, 1.0),
        ("pyautogui.hotkey('ctrl', 'c')", {"action": "press", "key": "Ctrl+C"}, {}, 1.0),
        ("press(key='+')", {"action": "press", "key": "+"}, {}, 1.0),
        ("press(key='+')", {"action": "press", "key": "-"}, {}, 0.5),
        ("hotkey(key='Ctrl C')", '{"action": "press", "key": "ctrl c"}', {}, 1.0),
    ],
)
def test_the_parts_of_an_action(answer: str, solution: Any, params: dict[str, Any], expected: float) -> None:
    assert outcome(answer, solution, **params).score == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "solution", "expected"),
    [
        ("swipe(start=(100,80), end=(100,20))", SWIPE, 1.0),
        ("swipe(start=(100,20), end=(100,80))", SWIPE, 0.5),
        ("swipe(start=(100,80), end=(10,20))", SWIPE, 0.5),
        ("swipe(start=(100,80))", SWIPE, 0.5),
        ("swipe(direction='up')", SWIPE, 0.5),
        ("swipe(start=(100,52), end=(100,48))", SHORT, 1.0),
        ("swipe(start=(100,48), end=(100,52))", SHORT, 0.5),  # both are near, and it goes the other way
        ("swipe(start=(100,50), end=(100,50))", SHORT, 0.5),
        ("swipe(start=(100,80), end=(1,1))", {"action": "swipe", "coordinate": [100, 80]}, 1.0),
        ("pyautogui.dragTo(100, 20)", {"action": "left_click_drag", "coordinate": [100, 20]}, 1.0),
        ("drag(start=(1,1), end=(100,20))", {"action": "drag", "end": [100, 20]}, 1.0),
        ("swipe(start=(100,80), end=(100,20))", {"action": "swipe", "direction": "up"}, 1.0),
        ("swipe(start=(100,80), end=(100,20))", {"action": "swipe", "direction": "down"}, 0.5),
        ("swipe(start=(10,50), end=(90,45))", {"action": "swipe", "direction": "right"}, 1.0),
        ("scroll(start=(100,80), end=(100,20))", {"action": "scroll", "direction": "down"}, 1.0),
        ("scroll(start=(100,80), end=(100,20), direction='up')", {"action": "scroll", "direction": "up"}, 1.0),
        ("pyautogui.scroll(-5)", {"action": "scroll", "direction": "down"}, 1.0),
        ("pyautogui.scroll(5)", {"action": "scroll", "direction": "down"}, 0.5),
        ('{"type": "scroll", "scroll_x": 0, "scroll_y": 300}', {"action": "scroll", "direction": "down"}, 1.0),
        ('{"type": "scroll", "scroll_x": 0, "scroll_y": -300}', {"action": "scroll", "direction": "down"}, 0.5),
        ("scroll(delta_x=300, delta_y=0)", {"action": "scroll", "direction": "right"}, 1.0),
        ("scroll(delta_x=-300)", {"action": "scroll", "direction": "right"}, 0.5),
        ('{"action": "scroll", "pixels": -300}', {"action": "scroll", "scroll_x": 0, "scroll_y": 300}, 1.0),
        ('{"action": "scroll", "pixels": 300}', {"action": "scroll", "scroll_y": 300}, 0.5),
        ('{"type": "drag", "path": [{"x": 1, "y": 2}, {"x": 99, "y": 9}, {"x": 60, "y": 70}]}', DRAG, 1.0),
        ('{"type": "drag", "path": [[60, 70], [1, 2]]}', DRAG, 0.5),
        ("drag(start=(1, 2), end=(60, 70))", {"action": "drag", "path": [[1, 2], [9, 9], [60, 70]]}, 1.0),
        ('{"action": "scroll", "pixels": -300}', {"action": "scroll", "pixels": -300}, 1.0),
        ('{"action": "scroll", "pixels": 300}', {"action": "scroll", "pixels": -300}, 0.5),
        ('{"action": "scroll"}', {"action": "scroll", "pixels": -300}, 0.5),
    ],
)
def test_a_swipe_has_two_points_and_a_direction(answer: str, solution: Any, expected: float) -> None:
    assert outcome(answer, solution).score == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"action": "type", "text": "cat food", "point": [15, 30]} in the field(s) [1, 2]', 1.0),
        ('{"action": "type", "text": "cat food"} {"point_2d": [15, 30]}', 1.0),  # one action, its point beside it
        ("type(content='cat food') at <point>15 30</point>", 1.0),
        ("Action: type(content='cat food', point='<point>15 30</point>", 1.0),  # cut behind its point
        ("type(content='cat food', start_box='<|box_start|>(15,30)<|box_end|>')", 1.0),
        ("click(point='(1,2)') Action: type('cat food', x=15, y=30)", 1.0),
        (json.dumps({"name": "computer_use", "arguments": json.dumps(TYPE | {"bbox": None, "point": [15, 30]})}), 1.0),
    ],
)
def test_an_action_and_its_point_are_of_one_call(answer: str, expected: float) -> None:
    assert outcome(answer, TYPE).score == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("click(point='(15,30)')\ntype(content='cat food')", "2 actions where one is asked for"),
        ('{"action": "type", "action": "click", "text": "cat food"}', "a key stands twice in the action"),
        ("type(content=['cat', 'food'])", "`text` is not a text or a number"),
        ("type('cat food', point=(1e308,1e308))", "`point` is not a point"),
        ('{"action": "type", "text": "cat food", "coordinate": [0, 0, 200, 100]}', "`coordinate` is not a point"),
        ('{"action": "type", "text": "cat food", "points": [[15, 30], [99, 9]]}', "`points` is not a point"),
        ('{"action": "type", "text": "cat food", "coordinate": "15 or 99, 30"}', "`coordinate` is not a point"),
        ('{"action": "type", "text": "cat food", "coordinate": [15, 3', "`coordinate` is not a point"),
        ("I refuse to type(content='cat food')", "no action after the reasoning"),
        ('{"name": "computer_use", "arguments": "{[\\"action\\""}', "no action after the reasoning"),
    ],
)
def test_what_cannot_be_read_as_one_action_is_paid_nothing(answer: str, reason: str) -> None:
    output = outcome(answer, TYPE)
    assert (output.status, output.reason) == (vr.Status.UNPARSEABLE, reason)


def test_the_call_of_a_message_is_the_answer() -> None:
    call = {"function": {"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [15, 30]}}}
    for content in ("", "I click it.", None):
        assert outcome([{"role": "assistant", "content": content, "tool_calls": [call]}], CLICK).score == 1.0
    turns = [
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "zoom", "arguments": {}}}]},
        {"role": "tool", "content": "zoomed"},
        {"role": "assistant", "content": "click(15, 30)"},
    ]
    assert outcome(turns, CLICK).score == 1.0
    assert outcome(turns[:2], CLICK).score == 0.0


def test_a_key_under_which_families_write_y_first_is_left_open_where_no_family_is_declared() -> None:
    answer = '{"action": "click", "box_2d": [15, 30]}'
    assert outcome(answer, CLICK).status is vr.Status.ABSTAINED
    assert outcome(answer, CLICK, boxes="centre", space="ui_tars").status is vr.Status.SCORED


@pytest.mark.parametrize(
    "solution",
    [
        "click",
        {},
        {"bbox": BOX},
        [1, 2, 3, 4],
        {"action": "click", "bbox": [1, 2, 3]},
        '{"action": 1}',
        None,
        7,
        {"action": "click", "bbox": [30, 40, 10, 20]},
        {"action": "click", "point": [99, 99], "bbox": BOX},
        {"action": "click", "spot": [1, 2]},
    ],
)
def test_a_reference_that_cannot_be_read_is_the_datas_fault(solution: object) -> None:
    assert outcome("wait()", solution).status is vr.Status.BAD_REFERENCE


def test_a_reference_may_hold_arrays() -> None:
    assert outcome("click(15, 30)", {"action": "click", "bbox": np.array(BOX)}).score == 1.0
    assert outcome("wait()", {"action": "wait", "bbox": np.array([])}).score == 1.0


def test_a_reference_point_needs_the_size_of_the_screen() -> None:
    output = gui_action(vr.Completion("click(point='(1,2)')"), {"action": "click", "point": [1, 2]}, vr.Context())
    assert output.status is vr.Status.BAD_REFERENCE


def test_an_action_without_a_place_needs_no_image() -> None:
    spaces: list[dict[str, Any]] = [{"space": "ui_tars"}, {"reference_space": "per_1000"}]
    for params in spaces:
        for answer, solution in (("wait()", "wait()"), ("swipe(1, 900, 1, 2)", {"action": "swipe", "direction": "up"})):
            output = gui_action(vr.Completion(answer), solution, vr.Context(), **params)
            assert output.score == 1.0
    output = gui_action(vr.Completion("click(1, 2)"), CLICK, vr.Context(), space="ui_tars")
    assert output.status is vr.Status.BAD_REFERENCE
