"""The part of a completion that counts: behind the reasoning, inside the last `<answer>`."""

from __future__ import annotations

import vlm_rewards as vr

__all__ = ["answer_text"]

_CLOSING = frozenset(("</think>", "</thinking>"))
_WORD = "think"  # stands in every delimiter of reasoning, two characters from its start


def answer_text(completion: vr.Completion) -> str:
    """The inside of the last `<answer>`, or all that follows the reasoning when there is none.

    It is what the views of `Completion` give, and for most texts found with fewer looks at the reasoning: where the
    last `think` belongs to a closing delimiter, the answer begins behind it.

    >>> answer_text(vr.Completion("<think>a cat</think><answer>[1, 2, 3, 4]</answer>"))
    '[1, 2, 3, 4]'
    """
    text = completion.text
    at = text.rfind(_WORD)
    if at < 0 and not completion.starts_in_reasoning:
        start = 0
    elif at >= 2 and (closing := text[at - 2 : text.find(">", at) + 1]) in _CLOSING:
        start = at - 2 + len(closing)
    else:
        answer = completion.answer
        return completion.response if answer is None else answer
    end = text.rfind("</answer>", start)
    opening = text.rfind("<answer>", start, end) if end >= 0 else -1
    return text[start:] if opening < 0 else text[opening + len("<answer>") : end].strip()
