"""`point_in_box`, `point_distance`, `point_gaussian` and `gui_action`: definitions, options, what an agent writes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import vlm_rewards as vr
from vlm_rewards_grounding import gui_action, point_distance, point_gaussian, point_in_box
from vlm_rewards_grounding.formats.gui_calls import Action, read_call, same_type
from vlm_rewards_grounding.metrics.gaussian import gaussian_plane, gaussian_point

BOX = [10, 20, 30, 40]
Reward = Callable[..., vr.RewardOutput]
POINT = st.tuples(st.integers(0, 200), st.integers(0, 100))


def outcome(reward: Reward, answer: str, solution: Any = BOX, **params: Any) -> vr.RewardOutput:
    return reward(vr.Completion(answer), solution, vr.Context(), (vr.ImageRef(Image.new("1", (200, 100))),), **params)


def score(reward: Reward, answer: str, solution: Any = BOX, **params: Any) -> float:
    value = outcome(reward, answer, solution, **params).score
    assert value is not None
    return value


@given(POINT)
def test_a_point_is_in_a_box_or_on_its_sides(point: tuple[int, int]) -> None:
    expected = point[0] in range(10, 31) and point[1] in range(20, 41)
    assert score(point_in_box, f"<answer>({point[0]}, {point[1]})</answer>") == float(expected)


@given(POINT, POINT)
def test_distance_and_bell_are_their_formulas(point: tuple[int, int], other: tuple[int, int]) -> None:
    text = json.dumps({"point_2d": point})
    far = math.dist(point, other)
    assert score(point_distance, text, list(other), limit=50, unit="pixels") == pytest.approx(max(0, 1 - far / 50))
    diagonal = math.hypot(200, 100)
    assert score(point_distance, text, list(other)) == pytest.approx(max(0, 1 - far / (0.1 * diagonal)))
    assert score(point_gaussian, text) == pytest.approx(gaussian_point(point, (10, 20, 30, 40)))


def test_boxes_as_answers_count_where_the_options_say_so() -> None:
    text = '{"bbox_2d": [12, 20, 32, 40]}'
    box = (12.0, 20.0, 32.0, 40.0)
    assert score(point_in_box, text, boxes="centre") == 1.0
    assert score(point_distance, text, boxes="centre", limit=4, unit="pixels") == 0.5
    plane, point = gaussian_plane(box, (10, 20, 30, 40)), gaussian_point((22, 30), (10, 20, 30, 40))
    assert score(point_gaussian, text, boxes="centre") == pytest.approx(point)
    assert score(point_gaussian, text, form="plane") == pytest.approx(plane)
    assert score(point_gaussian, text, form="mean") == pytest.approx((plane + point) / 2)
    only_point = outcome(point_gaussian, "(20, 30)", form="plane")
    assert (only_point.status, only_point.reason) == (vr.Status.UNPARSEABLE, "a point where a box is asked for")


def test_any_of_several_references_is_right() -> None:
    two = [[100, 50, 120, 70], BOX]
    assert score(point_in_box, "(15, 25)", two) == 1.0
    assert score(point_gaussian, "(20, 30)", two) == 1.0
    assert score(point_distance, "(20, 30)", two) == 1.0


@pytest.mark.parametrize("reward", [point_in_box, point_distance, point_gaussian])
def test_a_reference_without_a_target_is_the_datas_fault(reward: Reward) -> None:
    bad: list[Any] = [[], "x", [1, 2, 3], {}]
    for solution in bad:
        assert outcome(reward, "(15, 25)", solution).status is vr.Status.BAD_REFERENCE
    if reward is not point_distance:
        assert outcome(reward, "(15, 25)", [15, 25]).status is vr.Status.BAD_REFERENCE
    else:
        output = reward(vr.Completion("(15, 25)"), [15, 25], vr.Context())
        assert output.reason == "the image's diagonal is not known: the row has no image"


@pytest.mark.parametrize(
    ("reward", "params"),
    [
        ("point_distance", {"limit": 0}),
        ("point_gaussian", {"alpha": 0}),
        ("point_gaussian", {"alpha": math.inf}),
        ("gui_action", {"type_weight": 0}),
        ("gui_action", {"point_weight": -1}),
        ("gui_action", {"radius": 2}),
        ("point_in_box", {"space": "qwen2_5_vl"}),
        ("box_iou", {"threshold": 0}),
        ("detection_f1", {"threshold": 50}),
        ("detection_f1", {"count_penalty": 2}),
        ("box_l1", {"limit": 0}),
        ("count", {"space": "guess"}),
        ("rejection", {"space": "guess"}),
        ("detection_ap", {"reference_space": "guess"}),
    ],
)
def test_options_that_could_only_score_wrongly_stop_a_run_before_it_starts(reward: str, params: dict[str, Any]) -> None:
    config = {"version": 1, "rewards": {"it": {"use": f"grounding/{reward}", "params": params}}}
    with pytest.raises(Exception, match=f"grounding/{reward}") as error:
        vr.load_scorer(config)
    assert type(error.value).__name__ == "ConfigError"


# -- actions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ('{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [3, 4]}}', Action("click", {})),
        ('{"action": "key", "keys": ["ctrl", "c"]}', Action("press", {"key": "ctrl c"})),
        ('{"action": {"type": "tap"}}', Action("click", {})),
        ('[{"action": "wait"}, {"action": "tap"}]', Action("click", {})),
        ("{'action': 'INPUT', 'value': \"it's\", 'position': [0.4, 0.4]}", Action("type", {"text": "it's"})),
        ("Thought: x\nAction: click(start_box='(197,525)')", Action("click", {})),
        ("Action: scroll(start_box='(1,2)', direction='down')", Action("scroll", {"direction": "down"})),
        ("pyautogui.write('hello, world')", Action("type", {"text": "hello, world"})),
        ("TYPE(box=[[3,2,7,3]], text='CogAgent', element_type='Text')", Action("type", {"text": "CogAgent"})),
        ("type(content='call(me) now')", Action("type", {"text": "call(me) now"})),
        ("the button(s) are there: wait()", Action("wait", {})),
        ("click(point='(1,2)') on the button(s)", Action("click", {})),
        ("open_settings()", Action("open_settings", {})),
        ('{"action": 3}', None),
        ("I would click there.", None),
        ("", None),
    ],
)
def test_an_action_is_read_in_each_form_that_agents_write(text: str, action: Action | None) -> None:
    call = read_call(text)
    assert (call and call.action) == action


def test_the_names_of_one_action_are_one() -> None:
    assert {same_type(name) for name in ("click", "CLICK", "left_click", "tap", "pyautogui.click", "Left-Click")} == {
        "click"
    }


CLICK = {"action": "click", "bbox": BOX}
TYPE = {"action": "type", "text": "Cat  food", "bbox": BOX}


@pytest.mark.parametrize(
    ("answer", "solution", "params", "expected"),
    [
        ('{"action": "tap", "coordinate": [15, 30]}', CLICK, {}, 1.0),
        ('{"action": "tap", "coordinate": [5, 30]}', CLICK, {}, 0.5),
        ('{"action": "tap"}', CLICK, {}, 0.5),
        ('{"action": "tap", "coordinate": [5, 30]}', CLICK, {"point_weight": 3}, 0.25),
        ('{"action": "long_press", "coordinate": [15, 30]}', CLICK, {}, 0.0),
        ('{"action": "tap", "bbox_2d": [10, 20, 30, 40]}', CLICK, {}, 0.5),
        ('{"action": "tap", "bbox_2d": [10, 20, 30, 40]}', CLICK, {"boxes": "centre"}, 1.0),
        ("type(content='cat food', point='(15,30)')", TYPE, {}, 1.0),
        ("type(content='cat', point='(15,30)')", TYPE, {}, 2 / 3),
        ("type(content='cat', point='(15,30)')", TYPE, {"text": "f1"}, (1 + 2 / 3 + 1) / 3),
        ("type(content='cat', point='(15,30)')", TYPE, {"arguments_weight": 0}, 1.0),
        ("wait()", {"action": "wait"}, {}, 1.0),
        ("click(point='(15,30)')", {"action": "click", "point": [25, 30]}, {}, 1.0),
        ("click(point='(15,30)')", {"action": "click", "point": [25, 30]}, {"radius": 0.04}, 0.5),
        ("hotkey(key='ctrl+c')", {"action": "hotkey", "keys": ["ctrl", "c"]}, {}, 1.0),
        ("pyautogui.hotkey('ctrl', 'c')", {"action": "press", "key": "Ctrl+C"}, {}, 1.0),
        ("press(key='+')", {"action": "press", "key": "+"}, {}, 1.0),
        ("press(key='+')", {"action": "press", "key": "-"}, {}, 0.5),
        ("hotkey(key='Ctrl C')", '{"action": "press", "key": "ctrl c"}', {}, 1.0),
    ],
)
def test_gui_action(answer: str, solution: Any, params: dict[str, Any], expected: float) -> None:
    assert score(gui_action, answer, solution, **params) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("click(point='(15,30)')\ntype(content='cat food')", 2 / 3),
        ("type(content='cat food', point='(15,30)')\ntype(content='cat food')", 2 / 3),
        ("type(content='cat food', point='(5,30)') click(point='(15,30)') type(content='cat food')", 2 / 3),
        ('[{"action": "click", "point": [15, 30]}, {"action": "type", "text": "cat food"}]', 2 / 3),
        ('[{"action": "click", "point": [5, 5]}, {"action": "type", "text": "cat food", "point": [15, 30]}]', 1.0),
        ('{"action": "type", "text": "cat food", "point": [15, 30]} in the field(s) [1, 2]', 1.0),
        ('{"action": "type", "text": "cat food"} {"point_2d": [15, 30]}', 1.0),  # one action, its point beside it
        ("type(content='cat food') at <point>15 30</point>", 1.0),
        ("type(content='cat food', start_box='<|box_start|>(15,30)<|box_end|>')", 1.0),
        ("click(point='(1,2)') Action: type('cat food', x=15, y=30)", 1.0),
        (json.dumps({"name": "computer_use", "arguments": json.dumps(TYPE | {"bbox": None, "point": [15, 30]})}), 1.0),
        ('{"name": "computer_use", "arguments": "{[\\"action\\""}', 0.0),
    ],
)
def test_an_action_and_its_point_are_of_one_call(answer: str, expected: float) -> None:
    assert score(gui_action, answer, TYPE) == pytest.approx(expected)


@pytest.mark.parametrize(
    "solution", ["click", {}, {"bbox": BOX}, [1, 2, 3, 4], {"action": "click", "bbox": [1, 2, 3]}, '{"action": 1}']
)
def test_a_reference_without_an_action_is_the_datas_fault(solution: object) -> None:
    assert outcome(gui_action, "wait()", solution).status is vr.Status.BAD_REFERENCE


def test_a_reference_point_needs_the_size_of_the_screen() -> None:
    output = gui_action(vr.Completion("click(point='(1,2)')"), {"action": "click", "point": [1, 2]}, vr.Context())
    assert output.status is vr.Status.BAD_REFERENCE
