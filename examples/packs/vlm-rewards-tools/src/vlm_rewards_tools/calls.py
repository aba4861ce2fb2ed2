"""Calls that are those of the reference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import vlm_rewards as vr
from vlm_rewards_tools.reading import MOST, Call, calls_of, read_call

__all__ = ["calls"]


@vr.reward(range=(0.0, 1.0))
def calls(completion: vr.Completion, calls: list[dict[str, Any]], *, names_only: bool = False) -> vr.RewardOutput:
    """The calls of the conversation are those of the reference, in any order, each as often as it stands there.

    The score is F1 of both multisets: twice the calls that match over the calls of both. A call matches with the same
    name and, unless `names_only`, the same arguments; 1 and 1.0 are the same number, and texts are compared to the
    letter. A call too many, one that cannot be read and one that is written twice cost as much as one that is missing,
    so that neither tags without a call nor calls at random pay. Where the reference is an empty list, only a
    completion without calls earns anything. More than 64 calls earn nothing.

    Calls are those that the trainer read (`tool_calls` of the messages) or, where it read none and no tool answered,
    `<tool_call>{"name": .., "arguments": ..}</tool_call>` of the text.

    Source: ToolRL (arXiv 2504.13958) compares names and arguments as here; its bonus for tags is left out.

    >>> wanted = [{"name": "zoom", "arguments": {"region": 5}}]
    >>> calls(vr.Completion('<tool_call>{"name": "zoom", "arguments": {"region": 5}}</tool_call>'), wanted).score
    1.0
    >>> calls(vr.Completion('<tool_call>{"name": "zoom", "arguments": {"region": 4}}</tool_call>'), wanted).score
    0.0
    >>> round(calls(vr.Completion("<tool_call></tool_call>" * 9), wanted).score, 2)
    0.0
    """
    wanted = [read_call(one) for one in calls]
    if None in wanted or len(wanted) > MOST:
        return vr.RewardOutput.bad_reference(f"a call without name and arguments, or more than {MOST} calls")
    made = calls_of(completion)
    if len(made) > MOST:
        return vr.RewardOutput(score=0.0, reason=f"more than {MOST} calls")
    if not made and not wanted:
        return vr.RewardOutput(score=1.0, reason="no call, as in the reference")
    known = Counter(_key(one, names_only=names_only) for one in wanted if one is not None)
    told = Counter(_key(one, names_only=names_only) for one in made if one is not None)
    matched = (known & told).total()
    reason = f"{matched} of {len(made)} calls match, of {len(wanted)} in the reference"
    return vr.RewardOutput(score=2 * matched / (len(made) + len(wanted)), reason=reason)


def _key(call: Call, *, names_only: bool) -> str:
    """What calls that match share."""
    return call.name if names_only else json.dumps([call.name, _plain(call.arguments)], sort_keys=True, default=str)


def _plain(value: Any) -> Any:
    """The value with whole numbers in one form; what None says, a missing argument says."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items() if held is not None}
    return [_plain(held) for held in value] if isinstance(value, list) else value
