"""References of GUI actions: each form that data has is read, and nothing of one is passed over without a word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vlm_rewards_grounding.actions.action import Action
from vlm_rewards_grounding.actions.reference import read_action

POINT = ((3.0, 4.0),)
BOX = ((1.0, 2.0, 5.0, 6.0),)


def places(found: Action) -> list[Any]:
    return [place and (place.area or place.shapes) for place in found.places]


@pytest.mark.parametrize(
    ("value", "shapes"),
    [
        ({"action": "tap", "position": [3, 4]}, POINT),
        ({"action": "tap", "x": 3, "y": 4}, POINT),
        ({"action": "tap", "target": {"x": 3, "y": 4}}, POINT),
        ({"action": "tap", "target": {"bbox": [1, 2, 5, 6]}}, BOX),
        ({"action": "tap", "location": "(3, 4)"}, POINT),
        ({"action": "tap", "bboxes": [[1, 2, 5, 6]]}, BOX),
        ({"action": "tap", "bbox": [[1, 2], [5, 6]]}, BOX),
        ({"action": "tap", "coordinate": [3, 4], "bbox": [1, 2, 5, 6]}, BOX),
        ({"action": "tap", "coordinate": [3, 4], "left": 1, "top": 2, "width": 4, "height": 4}, BOX),
        ({"action": "tap", "start_x": 3, "start_y": 4}, POINT),
        ({"action": "tap", "boxes": [[1, 2, 5, 6], [7, 7, 8, 8]]}, (*BOX, (7.0, 7.0, 8.0, 8.0))),
        # AndroidControl
        (
            {"action_type": "click", "x": 3, "y": 4, "goal": "open it", "step_instruction": "tap", "episode_id": 7},
            POINT,
        ),
        # Mind2Web
        (
            {
                "operation": {"op": "CLICK", "value": "", "original_op": "HOVER"},
                "bbox": {"x": 1, "y": 2, "width": 4, "height": 4},
                "annotation_id": "a",
            },
            BOX,
        ),
        ({"operation": '{"op": "CLICK", "value": ""}', "bbox": [1, 2, 5, 6], "website": "a"}, BOX),
        # GUI-R1
        ({"gt_action": "click", "gt_bbox": [1, 2, 5, 6], "gt_input_text": "no input text", "history": "None"}, BOX),
        ([{"action": "click", "point": [3, 4], "input_text": "no input text"}], POINT),
        # ScreenSpot with an action
        ({"action": "click", "bbox": [1, 2, 5, 6], "instruction": "go", "data_type": "icon", "img_filename": "a"}, BOX),
        # OS-Atlas, UI-TARS, Qwen
        ("CLICK <point>[[3, 4]]</point>", POINT),
        ("Action: click(start_box='(3,4)')", POINT),
        (
            '<tool_call>{"name": "computer_use", "arguments": {"action": "tap", "coordinate": [3, 4]}}</tool_call>',
            POINT,
        ),
        ({"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [3, 4]}}, POINT),
        ({"type": "function", "function": {"name": "click", "arguments": '{"x": 3, "y": 4}'}}, POINT),
        (
            {
                "role": "assistant",
                "content": "I do.",
                "tool_calls": [{"function": {"name": "tap", "arguments": {"x": 3, "y": 4}}}],
            },
            POINT,
        ),
    ],
)
def test_a_click_is_read_in_each_form_that_data_has(value: Any, shapes: Any) -> None:
    written = [value] if isinstance(value, str) else [value, json.dumps(value)]
    for form in written:
        found = read_action(form)
        assert (found.type, found.arguments, places(found)) == ("click", {}, [shapes, None])


@pytest.mark.parametrize(
    ("value", "arguments"),
    [
        ({"action": "type", "gt_input_text": "cat"}, {"text": "cat"}),
        ({"action": "type", "arguments": {"text": "cat"}}, {"text": "cat"}),
        ({"action": "type", "input": 12}, {"text": "12"}),
        ({"action": "type", "value": True}, {"text": "true"}),
        ({"action": "type", "text": "cat", "content": "cat"}, {"text": "cat"}),
        ({"action": "select", "option": 1.5}, {"text": "1.5"}),
        ({"action": "answer", "answer": 42}, {"text": "42"}),
        ({"action": "open_app", "package": "com.cat"}, {"app": "com.cat"}),
        ({"action": "open", "text": "Cats"}, {"app": "Cats"}),
        ({"action": "goto", "url": "cat.org"}, {"url": "cat.org"}),
        ({"action": "scroll", "text": "down"}, {"direction": "down"}),
        ({"action": "scroll", "pixels": -300.0}, {"amount": "-300"}),
        ({"action": "wait", "time": "2 seconds"}, {"time": "2"}),
        ({"action": "type", "text": "cat", "bbox": [], "app": "", "key": None, "point": [-100, -100]}, {"text": "cat"}),
        ({"action": "type", "text": "cat", "bbox": [-100, -100, -100, -100], "time": float("nan")}, {"text": "cat"}),
    ],
)
def test_arguments_of_any_scalar_type_are_read_and_empty_fields_are_none(value: Any, arguments: dict[str, str]) -> None:
    found = read_action(value)
    assert (found.arguments, places(found)) == (arguments, [None, None])


def test_a_swipe_has_two_places() -> None:
    for value in (
        {"action": "swipe", "coordinate": [1, 2], "coordinate2": [3, 4]},
        {"action": "swipe", "start": [1, 2], "end": [3, 4], "direction": ""},
        {"action": "swipe", "touch_point": [1, 2], "lift_point": [3, 4]},
        "swipe(1, 2, 3, 4)",
    ):
        assert places(read_action(value)) == [((1.0, 2.0),), ((3.0, 4.0),)]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("click", "names no `action`"),
        ("somewhere", "names no `action`"),
        ({}, "names no `action`"),
        ([], "names no `action`"),
        ([1, 2, 3, 4], "names no `action`"),
        ({"bbox": [1, 2, 3, 4]}, "use `point_in_box`"),
        ({"action": 3}, "names no `action`"),
        ([{"action": "wait"}, {"action": "tap"}], "names no `action`"),
        ({"actions": [{"action": "wait"}, {"action": "tap"}]}, "2 actions"),
        ("wait()\npress_back()", "2 actions"),
        ({"action": "tap", "action_type": "scroll"}, "two actions"),
        ({"action": "tap", "gt_action": "scroll"}, "`action` twice"),
        ({"action": "tap", "spot": [3, 4]}, r"`spot` is \[3, 4\], and is not read"),
        ({"action": "tap", "not_bbox": [1, 2, 3, 4]}, "`not_bbox`"),
        ({"action": "tap", "bbox": [1, 2, 3, 4], "wrong_box": [1, 2, 3, 4]}, "`wrong_box`"),
        ({"action": "tap", "cx": 3, "cy": 4}, "`cx` is 3"),
        ({"action": "type", "typed": "cat"}, "`typed` is 'cat'"),
        ({"action": "tap", "then": {"action": "wait"}}, "`then`"),
        ({"action": "tap", "element": "the button"}, "`element` is 'the button', and is not read"),
        ({"action": "tap", "index": 3}, "`index` is 3, and is not read"),
        ({"action": "tap", "to": "the left"}, "`to`"),
        ({"action": "tap", "x": 3}, "`x` is 3"),
        ({"action": "open_app", "application": "Clock"}, "`application` is 'Clock'"),
        ({"action": "type", "query": "cat"}, "`query` is 'cat'"),
        ({"action": "tap", "bbox": [1, 2, 3]}, r"`bbox` is \[1, 2, 3\]: not a point or a box"),
        ({"action": "tap", "point": "here"}, "`point` is 'here': not a point"),
        ({"action": "tap", "coordinate": [1, None]}, "`coordinate`"),
        ({"action": "tap", "target": {"element": "it"}}, "`target`"),
        ({"action": "type", "text": ["a", "cat"]}, "`text` is not a text"),
        ({"action": "scroll", "pixels": "far"}, "`amount` is not a text or a number"),
        ({"action": "type", "text": "a", "value": "b"}, "two values"),
        ({"action": "tap", "point": [1, 2], "coordinate": [3, 4]}, "different places"),
    ],
)
def test_what_is_not_read_is_an_error_that_names_it(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_action(value)


BOOKKEEPING = """id image_id category_id area iscrowd score confidence uid uuid idx step step_id step_index num_steps
episode_id episode_length annotation_id action_uid split source dataset data_source data_type task task_id task_type
group os platform domain subdomain website application language difficulty ui_type element_type element_info original_op
instruction step_instruction goal query low_level_instruction high_level_instruction history previous_actions thought
thoughts thinking reasoning explanation observation summary description conclusion image images image_path img_filename
filename file_name screenshot width height image_width image_height image_size img_size resolution action_reprs role
target_action_index target_action_reprs confirmed_task raw_html cleaned_html title"""
ELEMENTS = """element element_id target index bid node node_id label category name type ref selector xpath css mark
mark_id target_element"""


@pytest.mark.parametrize("key", BOOKKEEPING.split())
def test_a_key_that_says_nothing_of_what_to_do_is_passed_over(key: str) -> None:
    assert read_action({"action": "wait", key: "x"}) == Action("wait", {}, swipes=True)


@pytest.mark.parametrize("key", ELEMENTS.split())
def test_what_is_acted_on_may_be_named_beside_its_place(key: str) -> None:
    assert places(read_action({"action": "tap", "bbox": [1, 2, 5, 6], key: "the button"})) == [BOX, None]
    with pytest.raises(ValueError, match=f"`{key}`"):
        read_action({"action": "tap", key: "the button"})
