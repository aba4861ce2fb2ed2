"""`format/think_answer`, `think`, `answer_tag` and `tag_count`: tagged blocks of reasoning and answer.

Tags are found with `find`, one pass per tag, and nothing is matched twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import vlm_rewards as vr
from vlm_rewards.answers import DEFAULT_MARKS
from vlm_rewards.text.visible import visible
from vlm_rewards_format.helpers import passed

Prefilled = Literal["auto"] | bool
TAGS = (*DEFAULT_MARKS.reasoning[0], *DEFAULT_MARKS.answer[0])


@vr.reward(range=(0.0, 1.0), tags=TAGS)
def think_answer(
    completion: vr.Completion, context: vr.Context, *, prefilled: Prefilled = "auto"
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
    return passed(_fault(completion, context, _tags(completion), prefilled=prefilled))


@vr.reward(range=(0.0, 1.0), tags=TAGS[:2])
def think(completion: vr.Completion, context: vr.Context, *, prefilled: Prefilled = "auto") -> float | vr.RewardOutput:
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
    tags = _tags(completion)[:2]
    nothing = None if visible(completion.response) else f"nothing after {tags[1]}"
    return passed(_fault(completion, context, tags, prefilled=prefilled, whole=False) or nothing)


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
    opening, closing = _tags(completion)[2:]
    before, opened, rest = completion.response.rstrip().partition(opening)
    if not opened:
        return passed(f"no {opening}")
    return passed(f"several {closing}" if closing in before else _blocks_fault(opened + rest, (opening, closing)))


@vr.reward(range=(0.0, 1.0), tags=TAGS)
def tag_count(completion: vr.Completion, context: vr.Context, *, prefilled: Prefilled = "auto") -> vr.RewardOutput:
    """A quarter for each of the four tags that stands exactly once, in whatever order.

    Range 0, 0.25, .. 1; never abstains. Partial credit while a model still learns the form; it does not look at the
    order, so pair it with `format/think_answer`. A `<think>` that the prompt opened, or reasoning in a message field of
    its own, counts as there.

    Args:
        completion: The answer.
        context: Facts of the run.
        prefilled: As for `format/think_answer`.

    Source: `tag_count_reward` of open-r1 (https://github.com/huggingface/open-r1).

    >>> tag_count(vr.Completion("<think>3+4</think><answer>7</answer>"), vr.Context()).score
    1.0
    >>> tag_count(vr.Completion("It is 7."), vr.Context()).score
    0.0
    >>> tag_count(vr.Completion("<think>" * 100 + "</think><answer>7</answer>"), vr.Context()).reason  # a hack: a flood
    '100 times <think>'
    """
    opened = _opened(completion, context, prefilled=prefilled)
    counts = {tag: (at < opened) + completion.text.count(tag) for at, tag in enumerate(_tags(completion))}
    told = ", ".join(f"{count} times {tag}" if count else f"no {tag}" for tag, count in counts.items() if count != 1)
    return vr.RewardOutput(score=[*counts.values()].count(1) / 4, reason=told or None)


def _tags(completion: vr.Completion) -> tuple[str, str, str, str]:
    """The four tags that are asked for: the first delimiters of reasoning and of answers that its marks name."""
    return (*completion.marks.reasoning[0], *completion.marks.answer[0])


def _opened(completion: vr.Completion, context: vr.Context, *, prefilled: Prefilled) -> int:
    """How many tags are there before the text: 2 if the reasoning came in a field, 1 if the prompt opened it."""
    if visible(completion.reasoning_field or ""):  # an empty one is what parsers leave where there was none
        return 2
    auto = completion.starts_in_reasoning or context.reasoning_prefilled
    return int(auto if prefilled == "auto" else prefilled)


def _fault(
    completion: vr.Completion, context: vr.Context, tags: Sequence[str], *, prefilled: Prefilled, whole: bool = True
) -> str | None:
    """As `_blocks_fault`, as if no reasoning stood in a field and no tag in the prompt."""
    text = completion.text.strip()
    opening, closing = tags[:2]
    opened = _opened(completion, context, prefilled=prefilled)
    if opened == 2 and (opening in text or closing in text):
        return f"a {opening} block beside the reasoning field"
    if opened == 1 and opening in text:
        return f"{opening} again: the prompt opened it"
    return _blocks_fault(("", opening, f"{opening}it is in the field{closing}")[opened] + text, tags, whole=whole)


def _blocks_fault(text: str, tags: Sequence[str], *, whole: bool = True) -> str | None:
    """Why a text does not begin with blocks (and end with them): their tags in turn, each once; None if it does."""
    end = 0
    for index, tag in enumerate(tags):
        start = text.find(tag)
        if start < 0:
            return f"no {tag}"
        if text.find(tag, start + 1) >= 0:
            return f"several {tag}"
        if start < end:
            return f"{tag} out of order"
        between = text[end:start]
        if index % 2 and not visible(between):
            return f"an empty {tags[index - 1]} block"
        if not index % 2 and between.strip():
            return f"text before {tag}"
        end = start + len(tag)
    return f"text after {tags[-1]}" if whole and text[end:] else None
