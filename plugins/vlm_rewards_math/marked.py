"""The answer that a completion marks as final, by a box or a tag."""

from __future__ import annotations

import vlm_rewards as vr

__all__ = ["marked"]


def marked(completion: vr.Completion) -> tuple[str | None, str]:
    r"""The final answer and where it stood: the last box, unless an `<answer>` block opens after it; None without one.

    >>> marked(vr.Completion("<answer>it is \\boxed{7}</answer>"))
    ('7', 'boxed')
    >>> marked(vr.Completion("\\boxed{6} <answer>7</answer>"))
    ('7', 'answer_tag')
    """
    response = completion.response
    block = response.rfind("<answer>", 0, max(response.rfind("</answer>"), 0))
    if completion.boxed_spans and completion.boxed_spans[-1][1] > block:
        return completion.boxed, "boxed"
    return completion.answer, "answer_tag"
