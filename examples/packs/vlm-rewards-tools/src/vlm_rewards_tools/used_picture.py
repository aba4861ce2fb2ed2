"""A picture of a tool that stands before the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import vlm_rewards as vr
from vlm_rewards_tools.reading import calls_of

__all__ = ["used_picture"]


@vr.reward(range=(0.0, 1.0))
def used_picture(completion: vr.Completion, *, tools: list[str] | None = None) -> vr.RewardOutput:
    """A tool was called, a picture came back, and an answer follows it.

    The score is the share of all calls that brought a picture before the answer: 1 for a model that looks once, and no
    more for one that looks often. Calls of other tools than `tools`, calls that fail or bring no picture, and calls
    after which nothing is answered lower it, and tags in a text are no calls. Whether the picture helped, only the
    answer tells: gate this reward by the right one.

    ```yaml
    right: {use: vqa/exact}
    looked: {use: tools/used_picture, weight: 0.2, gate: right}
    ```

    >>> from PIL import Image
    >>> call = {"type": "function", "function": {"name": "zoom", "arguments": {"region": 5}}}
    >>> shown = [{"type": "image", "image": Image.new("RGB", (8, 8))}]
    >>> asked = {"role": "assistant", "content": "", "tool_calls": [call]}
    >>> answered = {"role": "assistant", "content": "7"}
    >>> looked = [asked, {"role": "tool", "name": "zoom", "content": shown}, answered]
    >>> used_picture(vr.Completion.from_messages(looked)).score
    1.0
    >>> failed = [asked, {"role": "tool", "name": "zoom", "content": "{'error': 'no region 5'}"}, answered]
    >>> used_picture(vr.Completion.from_messages(failed)).score
    0.0
    >>> used_picture(vr.Completion("<tool_call>{}</tool_call>" * 9)).score
    0.0
    """
    turns = completion.messages
    last = max((place for place, turn in enumerate(turns) if turn.get("role") == "assistant"), default=-1)
    if not completion.response.strip() or (last >= 0 and turns[last].get("tool_calls")):
        return vr.RewardOutput(score=0.0, reason="no answer follows the calls")
    shown = sum(
        _has_picture(turn) and (tools is None or turn.get("name") in tools)
        for turn in turns[: max(0, last)]
        if turn.get("role") == "tool"
    )
    if not shown:
        return vr.RewardOutput(score=0.0, reason="no tool brought a picture")
    made = max(len(calls_of(completion)), shown)
    return vr.RewardOutput(score=shown / made, reason=f"{shown} of {made} calls brought a picture")


def _has_picture(turn: Mapping[str, Any]) -> bool:
    content = turn.get("content")
    blocks = content if isinstance(content, list | tuple) else ()
    return any(isinstance(block, Mapping) and block.get("type") == "image" for block in blocks)
