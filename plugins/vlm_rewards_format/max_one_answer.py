r"""`format/max_one_answer`: no answer beside another one."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards.text.visible import visible
from vlm_rewards_format.helpers import CLOSE, OPEN, zero

__all__ = ["max_one_answer"]


@vr.reward(range=(0.0, 1.0))
def max_one_answer(completion: vr.Completion) -> float | vr.RewardOutput:
    r"""At most one marked answer after the reasoning: one `<answer>` block, one `\boxed{}`, or one box in the block.

    Range 0 or 1; never abstains. Use it as a gate where the form is free but hedging must not pay: a grader that reads
    the last answer is blind to the others. A box beside a block is a second answer unless both say the same. Answers
    without a mark ("6 or 7") are not seen, and a response without text is unparseable.

    Args:
        completion: The answer.

    Source: ours, against answers by enumeration.

    >>> max_one_answer(vr.Completion("<think>\\boxed{6}? no</think> <answer>\\boxed{7}</answer>"))
    1.0
    >>> max_one_answer(vr.Completion("<answer>6</answer> or <answer>7</answer>")).reason
    '2 <answer> blocks'
    >>> max_one_answer(vr.Completion("\\boxed{6} <answer>7</answer>")).reason  # a hack: one answer per reader
    'a box beside the <answer> block'
    """
    text = completion.response
    if not visible(text):
        return vr.RewardOutput.unparseable("nothing after the reasoning")
    blocks = max(text.count(OPEN), text.count(CLOSE))
    spans = completion.boxed_spans
    if blocks > 1:
        return zero(f"{blocks} <answer> blocks")
    if len(spans) > 1:
        return zero(f"{len(spans)} boxes")
    if blocks and spans:
        start, end = text.find(OPEN), text.rfind(CLOSE)
        inside = 0 <= start < spans[0][0] and (end < 0 or spans[0][1] < end)
        if not inside and completion.boxed != completion.answer:
            return zero("a box beside the <answer> block")
    return 1.0
