r"""`format/boxed`: exactly one final answer in `\boxed{}`."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_format.helpers import passed
from vlm_rewards_format.latex import shows


@vr.reward(range=(0.0, 1.0))
def boxed(completion: vr.Completion) -> float | vr.RewardOutput:
    r"""Exactly one closed, non-empty `\boxed{..}` after the reasoning.

    Range 0 or 1; never abstains. GLM's `<|begin_of_box|>..<|end_of_box|>` is a box too. Boxes inside the reasoning do
    not count, and neither do boxes inside boxes. A box of LaTeX that draws nothing (`\phantom{7}`, `\quad`) is empty.

    Args:
        completion: The answer.

    Source: the answer convention of MATH (Hendrycks et al., arXiv 2103.03874).

    >>> boxed(vr.Completion("<think>3+4</think> It is \\boxed{7}."))
    1.0
    >>> boxed(vr.Completion("It is 7.")).reason
    'no closed \\boxed{} after the reasoning'
    >>> boxed(vr.Completion("\\boxed{6} or \\boxed{7}")).reason  # a hack: several answers
    '2 boxes'
    """
    spans = completion.boxed_spans
    if len(spans) != 1:
        return passed(f"{len(spans)} boxes" if spans else "no closed \\boxed{} after the reasoning")
    return passed(None if shows(completion.boxed or "") else "an empty box")
