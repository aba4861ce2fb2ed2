"""`format/think` and `format/answer_tag`: one of the two blocks, when the other one is not asked for."""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr
from vlm_rewards.text.visible import visible
from vlm_rewards_format.blocks_grammar import TAGS, after_blocks, behind_blocks, tags_of
from vlm_rewards_format.helpers import zero

__all__ = ["answer_tag", "think"]


@vr.reward(range=(0.0, 1.0), tags=TAGS[:2])
def think(
    completion: vr.Completion, context: vr.Context, *, prefilled: Literal["auto"] | bool = "auto"
) -> float | vr.RewardOutput:
    r"""One non-empty `<think>..</think>` at the start, and an answer of any form after all reasoning.

    Range 0 or 1; never abstains. Both tags stand once in the whole text, so reasoning cannot open again behind the
    answer. Reasoning that came in a message field of its own stands for the block.

    Args:
        completion: The answer.
        context: Facts of the run.
        prefilled: As for `format/think_answer`.

    Source: `think_format_reward` of TRL (https://github.com/huggingface/trl), which also takes an empty block, and a
    block without an answer.

    >>> think(vr.Completion("<think>3+4</think> It is 7."), vr.Context())
    1.0
    >>> think(vr.Completion("It is 7."), vr.Context()).reason
    'no <think>'
    >>> think(vr.Completion("<think>\n</think> It is 7."), vr.Context()).reason  # a hack: no reasoning in the block
    'an empty <think> block'
    """
    tags = tags_of(completion)[:2]
    _, refused = behind_blocks(completion, context, tags, prefilled=prefilled)
    if refused is not None:
        return zero(refused)
    return 1.0 if visible(completion.response) else zero(f"nothing after {tags[1]}")


@vr.reward(range=(0.0, 1.0), tags=TAGS[2:])
def answer_tag(completion: vr.Completion) -> float | vr.RewardOutput:
    """One non-empty `<answer>..</answer>` that ends the text after the reasoning.

    Range 0 or 1; never abstains. Text before the block is free, text after it is not. Tags inside the reasoning do not
    count, and neither does an answer inside reasoning that never ends.

    Args:
        completion: The answer.

    Source: the answer block of DeepSeek-R1's template (arXiv 2501.12948).

    >>> answer_tag(vr.Completion("<think>3+4</think> So: <answer>7</answer>"))
    1.0
    >>> answer_tag(vr.Completion("<answer>7</answer> I think.")).reason
    'text after </answer>'
    >>> answer_tag(vr.Completion("<answer>6<answer>7</answer></answer>")).reason  # a hack: a nested answer
    'several <answer>'
    """
    opening, closing = tags_of(completion)[2:]
    before, opened, rest = completion.response.rstrip().partition(opening)
    if not opened:
        return zero(f"no {opening}")
    if closing in before:
        return zero(f"several {closing}")
    end, refused = after_blocks(opened + rest, (opening, closing))
    if refused is not None:
        return zero(refused)
    return 1.0 if end == len(opened + rest) else zero(f"text after {closing}")
