"""`format/think_answer` and `format/tag_count`: the two blocks of a reasoning answer."""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr

__all__ = ["tag_count", "think_answer"]

TAGS = ("<think>", "</think>", "<answer>", "</answer>")


@vr.reward(range=(0.0, 1.0))
def think_answer(
    completion: vr.Completion, context: vr.Context, *, prefilled: Literal["auto"] | bool = "auto"
) -> float | vr.RewardOutput:
    r"""One non-empty `<think>..</think>` and one non-empty `<answer>..</answer>`, in order, nothing outside.

    Range 0 or 1; never abstains. White space around the blocks is free; each of the four tags stands once in the whole
    text, so an answer that quotes a tag pays for it. Reasoning that came in a message field of its own stands for the
    think block.

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
    text = completion.text.strip()
    tags: tuple[str, ...] = TAGS
    if _in_field(completion):
        tags = TAGS[2:]
        if "<think>" in text or "</think>" in text:
            return _zero("a <think> block beside the reasoning field")
    elif _starts_inside(completion, context, prefilled=prefilled):
        if "<think>" in text:
            return _zero("<think> again: the prompt opened it")
        text = f"<think>{text}"
    return _blocks(text, tags)


def _in_field(completion: vr.Completion) -> bool:
    """Whether the reasoning came in a message field; an empty one is what parsers leave where there was none."""
    return bool(completion.reasoning_field and completion.reasoning_field.strip())


def _starts_inside(completion: vr.Completion, context: vr.Context, *, prefilled: Literal["auto"] | bool) -> bool:
    if prefilled == "auto":
        return completion.starts_in_reasoning or context.reasoning_prefilled
    return prefilled


def _blocks(text: str, tags: tuple[str, ...]) -> float | vr.RewardOutput:
    end = 0
    for index, tag in enumerate(tags):
        start = text.find(tag)
        if start < 0:
            return _zero(f"no {tag}")
        if text.find(tag, start + 1) >= 0:
            return _zero(f"several {tag}")
        closes = index % 2 == 1
        between = text[end:start].strip() if start >= end else None
        if between is None:
            return _zero(f"{tag} out of order")
        if closes and not between:
            return _zero(f"an empty {tags[index - 1]} block")
        if not closes and between:
            return _zero(f"text before {tag}")
        end = start + len(tag)
    return 1.0 if end == len(text) else _zero(f"text after {tags[-1]}")


def _zero(reason: str) -> vr.RewardOutput:
    return vr.RewardOutput(score=0.0, reason=reason)


@vr.reward(range=(0.0, 1.0))
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
    if _in_field(completion):
        given[:2] = [1, 1]
    elif _starts_inside(completion, context, prefilled=prefilled):
        given[0] = 1
    return sum(given[i] + completion.text.count(tag) == 1 for i, tag in enumerate(TAGS)) / len(TAGS)
