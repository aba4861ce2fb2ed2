"""An SVG that is not longer than it needs to be."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_svg.reading import RefusedError, read


@vr.reward(range=(0.0, 1.0))
def length(completion: vr.Completion, solution: str) -> vr.RewardOutput:
    """The SVG of the answer is short: 1 - ((characters - half of the reference's) / the reference's)^2.

    It is 1 up to half of the reference and 0 from one and a half of it. Gate it by `svg/similarity`: alone it pays
    for drawing nothing.

    Source: the length reward of RLRF (arXiv 2505.20793).

    >>> short = '<svg viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
    >>> length(vr.Completion(short), short).score
    0.75
    """
    wanted = len(solution.strip())
    if not wanted:
        return vr.RewardOutput.bad_reference("the reference is empty")
    try:
        said = len(read(completion.response).source)
    except RefusedError as error:
        return vr.RewardOutput.unparseable(str(error))
    return vr.RewardOutput(score=max(0.0, 1.0 - (max(0.0, said - wanted / 2) / wanted) ** 2), details={"length": said})
