"""An SVG that can be drawn."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_svg.drawing import draw
from vlm_rewards_svg.reading import RefusedError, read


@vr.reward(range=(0.0, 1.0))
def valid(completion: vr.Completion) -> vr.RewardOutput:
    """The answer holds one SVG that the allow-list lets pass and that can be drawn; anything else is unparseable.

    It reads no picture: put it beside `svg/similarity`, with a small weight.

    >>> valid(vr.Completion('<svg viewBox="0 0 9 9"><circle r="4"/></svg>')).score
    1.0
    >>> valid(vr.Completion('<svg viewBox="0 0 9 9"><image href="/etc/passwd"/></svg>')).reason
    'element: <image> is not drawn'
    """
    try:
        draw(read(completion.response), 16)
    except RefusedError as error:
        return vr.RewardOutput.unparseable(str(error))
    return vr.RewardOutput(score=1.0)
