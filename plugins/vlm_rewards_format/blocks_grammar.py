"""Tagged blocks that follow each other: found with `find`, one pass per tag, and nothing is matched twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import vlm_rewards as vr
from vlm_rewards.answers import DEFAULT_MARKS
from vlm_rewards.text.visible import visible

__all__ = ["TAGS", "after_blocks", "behind_blocks", "in_field", "starts_inside", "tags_of"]

TAGS = (*DEFAULT_MARKS.reasoning[0], *DEFAULT_MARKS.answer[0])


def tags_of(completion: vr.Completion) -> tuple[str, str, str, str]:
    """The four tags that are asked for: the first delimiters of reasoning and of answers that its marks name."""
    return (*completion.marks.reasoning[0], *completion.marks.answer[0])


def in_field(completion: vr.Completion) -> bool:
    """Whether the reasoning came in a message field; an empty one is what parsers leave where there was none."""
    return completion.reasoning_field is not None and visible(completion.reasoning_field)


def starts_inside(completion: vr.Completion, context: vr.Context, *, prefilled: Literal["auto"] | bool) -> bool:
    """Whether the text starts inside the reasoning because the prompt opened it."""
    if prefilled == "auto":
        return completion.starts_in_reasoning or context.reasoning_prefilled
    return prefilled


def behind_blocks(
    completion: vr.Completion, context: vr.Context, tags: Sequence[str], *, prefilled: Literal["auto"] | bool
) -> tuple[str, str | None]:
    """What follows the blocks that begin the text or, as if there, the field or prompt, and a reason to refuse it."""
    text = completion.text.strip()
    opening, closing = completion.marks.reasoning[0]
    if in_field(completion):
        if opening in text or closing in text:
            return text, f"a {opening} block beside the reasoning field"
        text = f"{opening}it is in the field{closing}{text}"
    elif starts_inside(completion, context, prefilled=prefilled):
        if opening in text:
            return text, f"{opening} again: the prompt opened it"
        text = f"{opening}{text}"
    end, refused = after_blocks(text, tags)
    return text[end:], refused


def after_blocks(text: str, tags: Sequence[str]) -> tuple[int, str | None]:
    """Where the text goes on after blocks that begin it: opening and closing tags in turn, each once in the whole text.

    Returns:
        The position after the last tag, and a reason when there are no such blocks, or None.

    >>> after_blocks("<a>1</a> <b>2</b>!", ("<a>", "</a>", "<b>", "</b>"))
    (17, None)
    >>> after_blocks("<a> </a>", ("<a>", "</a>"))
    (0, 'an empty <a> block')
    """
    end = 0
    for index, tag in enumerate(tags):
        start = text.find(tag)
        if start < 0:
            return 0, f"no {tag}"
        if text.find(tag, start + 1) >= 0:
            return 0, f"several {tag}"
        if start < end:
            return 0, f"{tag} out of order"
        closes = index % 2 == 1
        between = text[end:start]
        if closes and not visible(between):
            return 0, f"an empty {tags[index - 1]} block"
        if not closes and between.strip():
            return 0, f"text before {tag}"
        end = start + len(tag)
    return end, None
