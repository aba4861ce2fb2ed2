"""The part of a completion that counts: behind the reasoning, inside the last `<answer>`."""

from __future__ import annotations

import vlm_rewards as vr

__all__ = ["answer_text", "inside_answer"]

_WORD = "think"  # stands in every delimiter of reasoning, two characters from the start of a closing one


def answer_text(completion: vr.Completion) -> str:
    """The inside of the last `<answer>`, or all that follows the reasoning when there is none.

    It is what the views of `Completion` give, and for most texts found with fewer looks at the reasoning.

    >>> answer_text(vr.Completion("<think>a cat</think><answer>[1, 2, 3, 4]</answer>"))
    '[1, 2, 3, 4]'
    """
    inside = inside_answer(completion.text, opened=completion.starts_in_reasoning)
    if inside is not None:
        return inside
    answer = completion.answer
    return completion.response if answer is None else answer


def inside_answer(text: str, *, opened: bool = False) -> str | None:
    """The same of a plain text whose last `think` belongs to a closing delimiter, or that has none; None for others.

    Args:
        text: The answer.
        opened: Whether the prompt already opened the reasoning.

    >>> inside_answer("so</think>[1, 2, 3, 4]"), inside_answer("I think [1, 2, 3, 4]")
    ('[1, 2, 3, 4]', None)
    """
    at = text.rfind(_WORD)
    if at < 0:
        if opened:
            return None
        start = 0
    elif text.startswith("</think>", max(at - 2, 0)):
        start = at + 6
    elif text.startswith("</thinking>", max(at - 2, 0)):
        start = at + 9
    else:
        return None
    end = text.rfind("</answer>", start)
    opening = text.rfind("<answer>", start, end) if end >= 0 else -1
    return text[start:] if opening < 0 else text[opening + 8 : end].strip()
