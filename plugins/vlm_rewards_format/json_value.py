"""`format/json`: the answer is JSON and nothing else."""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr
from vlm_rewards.text.json import Fenced, NotJSON, read_json, unfenced
from vlm_rewards_format.helpers import payload, zero

__all__ = ["json_value"]

_KINDS: dict[str, tuple[type, ...]] = {"object": (dict,), "array": (list,), "container": (dict, list)}


@vr.reward(name="json", range=(0.0, 1.0))
def json_value(
    completion: vr.Completion,
    *,
    kind: Literal["object", "array", "container", "any"] = "container",
    fenced: Fenced = "auto",
) -> float | vr.RewardOutput:
    r"""The answer is one JSON value and nothing else.

    Range 0 or 1; never abstains. The answer is all that follows the reasoning, in an `<answer>` block or not, and in
    one Markdown fence or bare. Strict JSON: no NaN, no infinity, no comments, no name twice in one object, numbers of
    at most 300 characters, 32 levels and 10,000 values.

    Args:
        completion: The answer.
        kind: What the value may be; `container` is an object or an array, because every bare number is JSON, too.
        fenced: Whether a Markdown fence stands around it: either way (`auto`), always, or never.

    Source: RFC 8259, where names in an object should be unique; here they must.

    >>> json_value(vr.Completion('<think>hm</think>```json\n{"answer": 7}\n```'))
    1.0
    >>> json_value(vr.Completion('It is {"answer": 7}.')).reason
    'not JSON: Expecting value'
    >>> json_value(vr.Completion('{"answer": 6, "answer": 7}')).reason  # a hack: readers keep the one or the other
    "the name 'answer' twice in one object"
    """
    try:
        value = read_json(unfenced(payload(completion), fenced=fenced))
    except NotJSON as error:
        return zero(str(error))
    if kind != "any" and not isinstance(value, _KINDS[kind]):
        return zero(f"not {'a' if kind == 'container' else 'an'} {kind}")
    return 1.0
