"""`format/think_answer` and `format/tag_count`: the two blocks of a reasoning answer."""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr
from vlm_rewards_format.blocks_grammar import TAGS, behind_blocks, in_field, starts_inside, tags_of
from vlm_rewards_format.helpers import zero

__all__ = ["tag_count", "think_answer"]


@vr.reward(range=(0.0, 1.0), tags=TAGS)
def think_answer(
    completion: vr.Completion, context: vr.Context, *, prefilled: Literal["auto"] | bool = "auto"
) -> float | vr.RewardOutput:
    r"""One non-empty `<think>..</think>` and one non-empty `<answer>..</answer>`, in order, nothing outside.

    Range 0 or 1; never abstains. White space around the blocks is free; each of the four tags stands once in the whole
    text, so an answer that quotes a tag pays for it. A block of white space and zero-width characters is empty.
    Reasoning that came in a message field of its own stands for the think block.

    Args:
        completion: The answer.
        context: Facts of the run.
        prefilled: Whether the chat template already opened `<think>` at the end of the prompt, so that the text starts
            inside the block; `auto` takes it from the prompt or the template.

    Source: the format reward of DeepSeek-R1 (arXiv 2501.12948), without the holes of the usual regular expressions.

    >>> think_answer(vr.Completion("<think>3+4</think> <answer>7</answer>"), vr.Context())
    1.0
    >>> think_answer(vr.Completion("It is 7."), vr.Context()).reason
    'no <think>'
    >>> hack = vr.Completion("<think>a</think><answer>6</answer><answer>7</answer>")
    >>> think_answer(hack, vr.Context()).reason  # a hack: several answers
    'several <answer>'
    """
    tags = tags_of(completion)
    rest, refused = behind_blocks(completion, context, tags, prefilled=prefilled)
    if refused is not None:
        return zero(refused)
    return zero(f"text after {tags[-1]}") if rest else 1.0


@vr.reward(range=(0.0, 1.0), tags=TAGS)
def tag_count(completion: vr.Completion, context: vr.Context, *, prefilled: Literal["auto"] | bool = "auto") -> float:
    """A quarter for each of the four tags that stands exactly once, in whatever order.

    Range 0, 0.25, .. 1; never abstains. Partial credit while a model still learns the form; it does not look at the
    order, so pair it with `format/think_answer`. A `<think>` that the prompt opened, or reasoning in a message field of
    its own, counts as there.

    Args:
        completion: The answer.
        context: Facts of the run.
        prefilled: As for `format/think_answer`.

    Source: `tag_count_reward` of open-r1 (https://github.com/huggingface/open-r1).

    >>> tag_count(vr.Completion("<think>3+4</think><answer>7</answer>"), vr.Context())
    1.0
    >>> tag_count(vr.Completion("It is 7."), vr.Context())
    0.0
    >>> tag_count(vr.Completion("<think>" * 100 + "</think><answer>7</answer>"), vr.Context())  # a hack: a flood
    0.75
    """
    given = [0, 0, 0, 0]
    if in_field(completion):
        given[:2] = [1, 1]
    elif starts_inside(completion, context, prefilled=prefilled):
        given[0] = 1
    counts = [was + completion.text.count(tag) for was, tag in zip(given, tags_of(completion), strict=True)]
    return counts.count(1) / len(counts)
