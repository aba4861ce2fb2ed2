r"""`format/max_one_answer`: no answer beside another one."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards.answers import answer_block, boxed_spans
from vlm_rewards.text.visible import visible
from vlm_rewards_format.helpers import passed


@vr.reward(range=(0.0, 1.0))
def max_one_answer(completion: vr.Completion) -> float | vr.RewardOutput:
    r"""At most one marked answer after the reasoning: one `<answer>` block, one `\boxed{}`, or one box in the block.

    Range 0 or 1; never abstains. Use it as a gate where the form is free but hedging must not pay: a grader that reads
    the last answer is blind to the others. A box beside a block is a second answer unless both say the same; a closing
    tag without an opening one ends a block that begins with the response. Answers without a mark ("6 or 7") are not
    seen, and a response without text is unparseable.

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
    marks, lower = completion.marks, text.lower()
    tags = [(opening.lower(), closing.lower()) for opening, closing in marks.answer]
    blocks = sum(max(lower.count(opening), lower.count(closing)) for opening, closing in tags)
    boxes = boxed_spans(text, marks.boxes, marks.box_tokens)
    if blocks > 1:
        return passed(f"{blocks} {marks.answer[0][0]} blocks")
    if len(boxes) > 1:
        return passed(f"{len(boxes)} boxes")
    if blocks and boxes:
        block = answer_block(completion)
        if not any(opening in lower for opening, _ in tags):  # what closes alone is a block from the beginning on
            block = text[: min(len(lower.partition(closing)[0]) for _, closing in tags)].strip()
        inside = boxed_spans(block, marks.boxes, marks.box_tokens)
        if not inside and text[slice(*boxes[0])].strip() != block:
            return passed(f"a box beside the {marks.answer[0][0]} block")
    return passed(None)
