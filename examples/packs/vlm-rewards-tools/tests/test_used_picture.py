"""`tools/used_picture`: a call, its picture, and an answer."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image
from vlm_rewards_tools import used_picture

import vlm_rewards as vr
from vlm_rewards.testing import assert_conforms

SHOWN = [{"type": "image", "image": Image.new("RGB", (8, 8), "grey")}]
ERROR = "{'error': 'there is no region 12'}"


def call(name: str = "zoom", **arguments: Any) -> dict[str, Any]:
    made = {"type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": "", "tool_calls": [made]}


def tool(content: Any, name: str = "zoom") -> dict[str, Any]:
    return {"role": "tool", "name": name, "content": content}


ANSWER = {"role": "assistant", "content": "7"}
LOOKED = [call(region=5), tool(SHOWN), ANSWER]


def score(*turns: dict[str, Any], **options: Any) -> float | None:
    return used_picture(vr.Completion.from_messages(list(turns)), **options).score


def test_a_look_before_the_answer_is_paid_and_more_of_them_earn_no_more() -> None:
    assert score(*LOOKED) == 1.0
    assert score(call(region=1), tool(SHOWN), call(region=2), tool(SHOWN), ANSWER) == 1.0


@pytest.mark.parametrize(
    "turns",
    [
        [ANSWER],
        [call(region=12), tool(ERROR), ANSWER],
        [call("wish"), tool(ERROR, "wish"), ANSWER],
        [call(region=5), tool([{"type": "text", "text": "<image>"}]), ANSWER],
        [call(region=5), tool(SHOWN), call(region=5)],  # it goes on calling, and never answers
        [call(region=5), tool(SHOWN), {"role": "assistant", "content": "  "}],
        [{"role": "assistant", "content": "<tool_call>{}</tool_call><image>" * 9}],
    ],
)
def test_hacks_earn_nothing(turns: list[dict[str, Any]]) -> None:
    assert score(*turns) == 0.0


def test_calls_without_a_picture_lower_it() -> None:
    failed = [turn for region in (10, 11, 12) for turn in (call(region=region), tool(ERROR))]
    assert score(*failed, *LOOKED) == 0.25


def test_only_the_tools_that_are_named_count() -> None:
    assert score(*LOOKED, tools=["zoom"]) == 1.0
    assert score(*LOOKED, tools=["crop"]) == 0.0


def test_with_a_gate_a_look_is_paid_only_where_the_answer_is_right() -> None:
    rewards = {"right": {"use": "vqa/exact"}, "looked": {"use": "tools/used_picture", "weight": 0.2, "gate": "right"}}
    wrong = [*LOOKED[:2], {"role": "assistant", "content": "8"}]
    with vr.load_scorer({"version": 1, "rewards": rewards}) as scorer:
        scored = scorer.score(vr.Batch.of([LOOKED, wrong, [ANSWER]], solution="7"))
    assert scored.totals == pytest.approx([1.2, 0.0, 1.0])


def test_it_does_what_every_reward_must() -> None:
    assert_conforms(used_picture, good=[LOOKED], bad=["7", [call(region=12), tool(ERROR), ANSWER]])
