"""What agents write, row by row of the table of syntaxes, and what is a word about an action and none."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.packs.grounding.test_page import SYNTAXES
from vlm_rewards_grounding.actions.action import Action
from vlm_rewards_grounding.actions.calls import read_call
from vlm_rewards_grounding.actions.places import UnreadableError

#: By syntax: what is written, the type and the arguments that are read, and the numbers of the places.
WRITTEN: dict[str, list[tuple[Any, str, dict[str, str], list[float]]]] = {
    "json": [
        ('{"action": "tap", "coordinate": [3, 4]}', "click", {}, [3, 4]),
        ('{"action_type": "scroll", "direction": "up"}', "scroll", {"direction": "up"}, []),
        (
            "[{'action': 'scroll', 'point': [-100, -100], 'input_text': 'up'}]",
            "scroll",
            {"direction": "up"},
            [-100] * 2,
        ),
        ('{"action": {"type": "tap", "x": 3, "y": 4}}', "click", {}, [3, 4]),
        ('{"thought": "so", "action": "tap(3, 4)"}', "click", {}, [3, 4]),
        ("{'action': 'INPUT', 'value': \"it's\", 'position': [0.4, 0.4]}", "type", {"text": "it's"}, [0.4, 0.4]),
        ('```json\n{"action": "type", "text": 12}\n```', "type", {"text": "12"}, []),
        ('{"action": "key", "keys": ["ctrl", "c"]}', "press", {"key": "ctrl c"}, []),
        ('{"action": "goto", "text": "a.org"}', "goto", {"url": "a.org"}, []),
    ],
    "tool call": [
        ('<tool_call>{"name": "computer_use", "arguments": {"action": "wait"}}</tool_call>', "wait", {}, []),
        (json.dumps({"name": "computer_use", "arguments": '{"action": "tap", "x": 3, "y": 4}'}), "click", {}, [3, 4]),
        ('{"name": "mobile_use", "arguments": {"action": "system_button", "button": "Menu"}}', "menu", {}, []),
        ('{"name": "mobile_use", "arguments": {"action": "key", "text": "up"}}', "press", {"key": "up"}, []),
    ],
    "message": [
        (
            {"tool_calls": [{"type": "function", "function": {"name": "tap", "arguments": {"x": 3, "y": 4}}}]},
            "click",
            {},
            [3, 4],
        ),
        ({"tool_calls": [{"function": {"name": "browser", "arguments": '{"action": "wait"}'}}]}, "wait", {}, []),
        ({"content": [{"type": "tool_use", "name": "type", "input": {"text": "cat"}}]}, "type", {"text": "cat"}, []),
    ],
    "call": [
        ("Thought: x\nAction: click(start_box='<|box_start|>(3,4)<|box_end|>')", "click", {}, [3, 4]),
        ("Action: type(content='it\\'s \\\"on\\\"\\n')", "type", {"text": 'it\'s "on"\n'}, []),
        ("Action: type(content='C:\\\\new it\\'s')", "type", {"text": "C:\\new it's"}, []),
        ("Action: drag(start_box='(1,2)', end_box='(3,4)')", "drag", {}, [1, 2, 3, 4]),
        ("<action>PressBack()</action>", "back", {}, []),
        ("<action>Click(box=(3, 4))</action>", "click", {}, [3, 4]),
        ("CLICK(box=[[1,2,3,4]], element_type='Text')", "click", {}, [1, 2, 3, 4]),
        ("1. the button(s) are there: wait()", "wait", {}, []),
        ("I will press_home()", "home", {}, []),
        ("open_settings()", "open_settings", {}, []),
    ],
    "pyautogui": [
        ("```python\npyautogui.click(x=3, y=4)\n```", "click", {}, [3, 4]),
        ("pyautogui.doubleClick(3, 4)", "double_click", {}, [3, 4]),
        ("pyautogui.click(x=3, y=4, clicks=2)", "double_click", {}, [3, 4]),
        ("pyautogui.click(x=3, y=4, button='right')", "right_click", {}, [3, 4]),
        ("pyautogui.hotkey('ctrl', 'c')", "press", {"key": "ctrl c"}, []),
        ("pyautogui.write('hello, world')", "type", {"text": "hello, world"}, []),
        ("pyautogui.scroll(-5)", "scroll", {"amount": "-5"}, []),
        ("pyautogui.press('enter')", "press", {"key": "enter"}, []),
    ],
    "do": [
        ('do(action="Tap", element=[3,4])', "click", {}, [3, 4]),
        ('do(action="Long Press", element=[3,4])', "long_press", {}, [3, 4]),
        ('do(action="Swipe", start=[1,2], end=[3,4])', "scroll", {}, [1, 2, 3, 4]),
        ('do(action="Launch", app="Clock")', "open", {"app": "Clock"}, []),
        ('do(action="Back")', "back", {}, []),
        ('finish(message="all there")', "finished", {"text": "all there"}, []),
    ],
    "line": [
        ("thoughts:\nI TYPE it\nactions:\nCLICK <point>[[3, 4]]</point>", "click", {}, [3, 4]),
        ("DRAG <point>[[1, 2]]</point> TO <point>[[3, 4]]</point>", "drag", {}, [1, 2, 3, 4]),
        ("SCROLL [DOWN]", "scroll", {"direction": "DOWN"}, []),
        ("TYPE [a, [b] (c)]", "type", {"text": "a, [b] (c)"}, []),
        ("OPEN_APP [Clock]", "open", {"app": "Clock"}, []),
        ("ENTER", "press", {"key": "enter"}, []),
        ("`PRESS_BACK`.", "back", {}, []),
        ("Action: wait", "wait", {}, []),
    ],
}


def numbers(action: Action) -> list[float]:
    return [side for place in action.places if place is not None for shape in place.shapes for side in shape]


def read(written: Any) -> Action | None:
    return read_call("", written) if isinstance(written, Mapping) else read_call(written)


@pytest.mark.parametrize(
    ("written", "kind", "arguments", "places"), [row for rows in WRITTEN.values() for row in rows], ids=str
)
def test_an_action_is_read_in_each_form_that_agents_write(
    written: Any, kind: str, arguments: dict[str, str], places: list[float]
) -> None:
    action = read(written)
    assert action is not None
    assert (action.type, action.arguments, numbers(action)) == (kind, arguments, places)


def test_each_syntax_of_the_table_has_its_tests() -> None:
    assert [name for name, _, _ in SYNTAXES] == list(WRITTEN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I would click there.",
        "click",
        "[3, 4]",
        '{"coordinate": [3, 4]}',
        '{"action": 3}',
        '{"no_action": "click"}',
        '{"action": ["click"], "coordinate": [3, 4]}',
        "I refuse to click(3, 4).",
        "Do not click(3, 4)",
        "We don\u2019t click(3, 4)",
        "It is wrong to click(3, 4)",
        "Do not do this: click(3, 4)",
        'I will never do {"action": "click"} here',
        "click(3, 4) is not the right one",
        "click(3, 4) // no",
        'Rather than {"action": "click"} I wait',
        "Should I click(3, 4)?",
        "The page says click(3, 4)",
        "不要 click(3, 4)",
        "<!-- click(3, 4) -->",
        "<!-- click(3, 4)",
        "# click(3, 4)",
        "  // click(3, 4)",
        "To CLICK <point>[[3, 4]]</point>",
    ],
)
def test_a_word_about_an_action_is_none(text: str) -> None:
    assert read_call(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("click(1, 2)\nclick(3, 4)", "2 actions"),
        ("click(1, 2); wait(); click(1, 2)", "2 actions"),
        ("click(1, 2) or wait()", "2 actions"),
        ('[{"action": "wait"}, {"action": "tap"}]', "2 actions"),
        ('{"action": "fly"} {"action": "tap"}', "2 actions"),
        ("Action: wait()\nAction: press_back()", "2 actions"),
        ("WAIT\nPRESS_BACK", "2 actions"),
        ('{"actions": [{"action": "wait"}, {"action": "tap"}]}', "2 actions"),
        ('{"action": "scroll", "action": "click"}', "twice"),
        ("{'action': 'click', 'point': [1, 2], 'point': [3, 4]}", "twice"),
        ("click(x=1, y=2, x=3)", "twice"),
        (json.dumps({"name": "computer", "arguments": '{"action": "tap", "x": 1, "y": 1, "x": 3}'}), "twice"),
        ('{"action_type": "scroll", "action": "click"}', "two actions"),
        ('{"name": "click", "type": "scroll"}', "two actions"),
        ('{"action": "click", "Action": "scroll"}', "two values"),
        ('{"action": "type", "text": "a", "content": "b"}', "two values"),
        ('{"action": "click", "coordinate": [1, 2], "point": [3, 4]}', "different places"),
        ('{"action": "click", "point": [1, 2], "x": 3, "y": 4}', "different places"),
        ('{"action": "scroll", "start": [1, 2], "end": [3, 4], "point": [5, 6]}', "different places"),
        ('{"action": "click", "coordinate": [1, 2], "coordinate2": [3, 4]}', "has one place"),
    ],
)
def test_a_second_one_never_overwrites_the_first(text: str, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        read_call(text)


@pytest.mark.parametrize(
    "turn",
    [
        {"tool_calls": [{"function": {"name": "wait"}}, {"function": {"name": "tap"}}]},
        {"tool_calls": [{"function": {"name": "computer_use", "arguments": "not JSON"}}]},
        {"tool_calls": ["wait"]},
        {"content": [{"type": "tool_use", "input": {}}]},
    ],
)
def test_a_message_has_one_call_that_can_be_read(turn: Mapping[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        read_call("", turn)


def test_the_call_of_a_message_and_another_one_in_its_text_are_two() -> None:
    with pytest.raises(UnreadableError, match="2 actions"):
        read_call("wait()", {"tool_calls": [{"function": {"name": "press_back"}}]})


@pytest.mark.parametrize(
    "text",
    [
        "click(1, 2)\nclick(1, 2)",
        "Thought: I did click(5, 6).\nAction: click(1, 2)",
        "click(5, 6) Action: click(1, 2)",
        "There is no popup, so I tap: click(1, 2)",
        "click(1, 2), not the other button",
        'I cannot see it so I tap there: {"action": "tap", "x": 1, "y": 2}',
        'I tap No: {"action": "tap", "x": 1, "y": 2}',
        'I take the other one instead: {"action": "tap", "x": 1, "y": 2}',
        "click(1, 2) on the button(s)",
        "Here it is.\n- click(1, 2)",
        "- Action: click(1, 2)",
    ],
)
def test_one_action_among_words_is_one(text: str) -> None:
    action = read_call(text)
    assert action is not None
    assert (action.type, numbers(action)) == ("click", [1, 2])


@pytest.mark.parametrize("deep", [30, 300, 3000])
def test_nesting_of_any_depth_is_safe(deep: int) -> None:
    assert read_call('{"action": ' * deep + '"click"' + "}" * deep) is None
    with contextlib.suppress(UnreadableError):  # cut where it is nested too deep
        assert read_call('{"action": "click", "target": ' + '{"target": ' * deep) is not None
