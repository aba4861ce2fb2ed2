"""The verdict of another term, as a length reward needs it: right or wrong."""

from __future__ import annotations

import vlm_rewards as vr

__all__ = ["is_right"]


def is_right(correct: vr.RewardOutput | None, at_least: float) -> bool | vr.RewardOutput:
    """Whether an answer is right; an outcome where that is not known.

    An answer that could not be read is wrong: that is the model's doing. An undecided one is neither.

    >>> is_right(vr.RewardOutput(score=1.0), 1.0), is_right(vr.RewardOutput.unparseable("no box"), 1.0)
    (True, False)
    >>> is_right(vr.RewardOutput.abstained("beyond_coverage"), 1.0).reason
    'no verdict: beyond_coverage'
    """
    if correct is None:
        return vr.RewardOutput.abstained("no verdict: its term is not routed here")
    if correct.status is vr.Status.BAD_REFERENCE:
        return vr.RewardOutput.bad_reference(f"no verdict: {correct.reason}")
    if correct.status is vr.Status.UNPARSEABLE:
        return False
    if correct.score is None:
        return vr.RewardOutput.abstained(f"no verdict: {correct.reason}")
    return correct.score >= at_least
