"""`grounding/box_iou`: how much of the reference box the answer's box covers, and no more."""

from __future__ import annotations

import math

import vlm_rewards as vr
from vlm_rewards_grounding.boxes import Box, area, iou, last_box
from vlm_rewards_grounding.spaces import Space, check_space, to_pixels

__all__ = ["box_iou"]


def check_options(context: vr.Context, *, space: Space = "pixels", threshold: float | None = None) -> None:
    """Raise ValueError for options under which every answer would be scored wrongly."""
    check_space(context, space=space)
    if threshold is not None and not 0 < threshold <= 1:
        raise ValueError(f"threshold {threshold} is no IoU above 0 and at most 1; 0.5 is usual")


@vr.reward(range=(0.0, 1.0), check=check_options)
def box_iou(
    completion: vr.Completion,
    solution: Box,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: Space = "pixels",
    threshold: float | None = None,
) -> vr.RewardOutput:
    """Intersection over union of the predicted and the reference box.

    Range 0 to 1. The box is the last `[x1, y1, x2, y2]` inside the last `<answer>`, or else after the reasoning: bare,
    or inside JSON, whatever its key. This first form reads no other syntax and swaps no corners: an answer without such
    a list, or with a box without positive area, is unparseable. It abstains (`beyond_coverage`) on the key `box_2d`,
    under which Gemini writes y before x and others do not.

    Args:
        completion: The answer.
        solution: Reference box x1, y1, x2, y2 in pixels of the original picture, whatever `space` is.
        context: Facts of the run.
        images: The row's pictures; the box lies in the first, whose size is read unless `space` is `pixels`.
        space: What the answer's numbers mean.
        threshold: With it the reward is 1 where the IoU is at least this, else 0.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The picture cannot be read.

    Source: IoU as in the PASCAL VOC challenge (Everingham et al., 2010), without its +1 pixel.

    >>> box_iou(vr.Completion('<answer>{"bbox_2d": [0, 0, 2, 1]}</answer>'), (0, 0, 2, 1), vr.Context()).score
    1.0
    >>> box_iou(vr.Completion("<answer>[1, 0, 3, 1]</answer>"), (0, 0, 2, 1), vr.Context()).score
    0.3333333333333333
    >>> box_iou(vr.Completion("[2, 1, 0, 0]"), (0, 0, 2, 1), vr.Context()).reason  # a hack: inverted corners
    'the box has no area'
    """
    check_options(context, space=space, threshold=threshold)
    if not 0 < area(solution) < math.inf:
        return vr.RewardOutput.bad_reference(f"the reference {list(solution)} bounds no area; give x1, y1, x2, y2")
    text = completion.response if completion.answer is None else completion.answer
    box = last_box(text)
    if box is None:
        return vr.RewardOutput.unparseable("no box after the reasoning")
    if "box_2d" in text.replace("bbox_2d", ""):
        return vr.RewardOutput.abstained("beyond_coverage: box_2d may hold y before x", box=list(box))
    if area(box) <= 0:
        return vr.RewardOutput.unparseable("the box has no area", box=list(box))
    try:
        placed = to_pixels(box, images, context, space=space)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    overlap = iou(placed, solution)
    score = overlap if threshold is None else float(overlap >= threshold)
    return vr.RewardOutput(score=score, details={"box": list(placed), "iou": overlap})
