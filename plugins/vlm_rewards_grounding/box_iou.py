"""`grounding/box_iou`: how much of the reference box the answer's box covers, and no more."""

from __future__ import annotations

import math

import vlm_rewards as vr
from vlm_rewards_grounding.detections import Box
from vlm_rewards_grounding.iou import area, iou
from vlm_rewards_grounding.parse import check_space, picture_sizes, read_detections

__all__ = ["box_iou"]


def check_options(context: vr.Context, *, space: str = "pixels", threshold: float | None = None) -> None:
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
    space: str = "pixels",
    threshold: float | None = None,
) -> vr.RewardOutput:
    """Intersection over union of the predicted and the reference box.

    Range 0 to 1. The box is the last one of the answer in the syntax of `space`, see `parse_boxes`; an answer without
    one, or with a last box without positive area, is unparseable. It abstains (`beyond_coverage`) where `space` is no
    family and the key is `box_2d`, under which Gemini writes y before x and others do not.

    Args:
        completion: The answer.
        solution: Reference box x1, y1, x2, y2 in pixels of the original picture, whatever `space` is.
        context: Facts of the run.
        images: The row's pictures; the box lies in the first, whose size is read unless `space` is `pixels`.
        space: The family of the model (`qwen2_5_vl`), or what the answer's numbers count (`pixels`, `per_1000`).
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
    try:
        size, resized = picture_sizes(images, context, space=space)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    found = read_detections(completion, space=space, image_size=size, resized_size=resized)
    placed = found.boxes[-1] if found.boxes else None
    if found.undecided:
        return vr.RewardOutput.abstained(f"beyond_coverage: {found.reason}")
    if placed is None:
        return vr.RewardOutput.unparseable(found.reason or "no box after the reasoning")
    overlap = iou(placed, solution)
    score = overlap if threshold is None else float(overlap >= threshold)
    return vr.RewardOutput(score=score, details={"box": list(placed), "iou": overlap})
