"""Laws of the readers of actions: no value and no text is a fault, and what a reference writes is its own answer."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import vlm_rewards as vr
from vlm_rewards_grounding import gui_action, temporal_iou
from vlm_rewards_grounding.actions.calls import read_call
from vlm_rewards_grounding.actions.places import UnreadableError

NAMES = """action name type arguments tool_calls function point points start end x y x2 y2 bbox target text key keys
pixels direction button url id label from to timestamps time ()"""
KEYS = st.sampled_from([*NAMES.split(), ""])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["click", "scroll", "drag", "(1, 2)", "{", "up"])
)
ANY = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)
PIECES = st.sampled_from(
    [
        *(
            "click",
            "type",
            "scroll",
            "drag",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "'",
            '"',
            ",",
            ":",
            "=",
            "1",
            "2.5",
            "-",
            "\n",
            " ",
        ),
        *(
            "action",
            "point",
            "x",
            "y",
            "Action:",
            "<!--",
            "-->",
            "<point>",
            "</point>",
            "not",
            "# ",
            "\\",
            "()",
            "to",
            "s",
        ),
    ]
)
SCREEN = (vr.ImageRef(Image.new("1", (100, 100))),)


@given(ANY, st.lists(PIECES, max_size=25).map("".join))
def test_any_reference_and_any_answer_have_an_outcome(solution: Any, text: str) -> None:
    for output in (
        gui_action(vr.Completion(text), solution, vr.Context(), SCREEN),
        gui_action(
            vr.Completion(json.dumps(solution, default=str)), {"action": "click", "x": 1, "y": 2}, vr.Context(), SCREEN
        ),
        temporal_iou(vr.Completion(text), solution),
    ):
        assert output.score is None or 0 <= output.score <= 1


@given(st.dictionaries(KEYS, ANY, max_size=5))
def test_any_message_has_an_outcome(turn: dict[str, Any]) -> None:
    try:
        read_call("", turn)
    except UnreadableError as error:
        assert str(error)  # noqa: PT017 # most messages are read


PLACE = st.tuples(st.integers(0, 99), st.integers(0, 99)).map(list)
WORDS = st.text(st.sampled_from("abc xyz ,.'\"()[]{}\\é中"), min_size=1, max_size=12).filter(str.strip)
ACTION = st.one_of(
    st.fixed_dictionaries({"action": st.sampled_from(["click", "long_press", "left_double"]), "coordinate": PLACE}),
    st.fixed_dictionaries({"action": st.just("type"), "text": WORDS}),
    st.fixed_dictionaries({"action": st.just("scroll"), "direction": st.sampled_from(["up", "left"]), "point": PLACE}),
    st.tuples(PLACE, PLACE)
    .filter(lambda ends: ends[0] != ends[1])
    .map(lambda ends: {"action": "swipe", "coordinate": ends[0], "coordinate2": ends[1]}),
)


@given(ACTION)
def test_an_answer_that_is_the_reference_is_right(action: dict[str, Any]) -> None:
    call = {"name": "computer_use", "arguments": action}
    answers = [
        json.dumps(action),
        f"<think>so</think><answer>{json.dumps(action, ensure_ascii=False)}</answer>",
        f"<tool_call>\n{json.dumps(call)}\n</tool_call>",
        f"Thought: I see it.\nAction: {json.dumps(action)}",
    ]
    turn = {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": call}]}
    completions = [*map(vr.Completion, answers), vr.Completion.from_messages([turn])]
    for completion in completions:
        for solution in (action, json.dumps(action), call):
            assert gui_action(completion, solution, vr.Context(), SCREEN).score == 1.0
