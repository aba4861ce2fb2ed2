"""How a form is judged: it has no fault, or one."""

from __future__ import annotations

import vlm_rewards as vr

__all__ = ["passed"]


<<<<<<< HEAD
def passed(fault: str | None) -> float | vr.RewardOutput:
    """1 without a fault; with one 0, and the fault as the reason."""
    return 1.0 if fault is None else vr.RewardOutput(score=0.0, reason=fault)
=======
def payload(completion: vr.Completion) -> str:
    """The whole answer after the reasoning, out of its `<answer>` block when it is nothing but one.

    Text beside the block stays, so a reader of strict formats sees the junk and refuses it.

    >>> payload(vr.Completion("<think>hm</think> <answer>[1]</answer>"))
    '[1]'
    >>> payload(vr.Completion("so <answer>1</answer>"))
    'so <answer>1</answer>'
    """
    text = completion.response.strip()
    for opening, closing in completion.marks.answer:
        if text.startswith(opening) and text.endswith(closing) and len(text) >= len(opening) + len(closing):
            return text[len(opening) : -len(closing)].strip()
    return text


def without_surrogates(text: str) -> str:
    r"""The text with U+FFFD for lone surrogates, which are text to Python but cannot be encoded.

    >>> without_surrogates("a\ud800") == "a\ufffd"
    True
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def zero(reason: str) -> vr.RewardOutput:
    """The bottom of a range from 0, and why."""
    return vr.RewardOutput(score=0.0, reason=reason)
>>>>>>> core2
