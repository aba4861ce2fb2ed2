"""`grounding/box_iou`: how much of the reference box the answer's box covers, and no more."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import vlm_rewards as vr
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.metrics.iou import Metric, overlap, to_unit
from vlm_rewards_grounding.pairs import Row, read_boxes, shown
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form

Shape = Literal["auto", "graded", "squared", "thresholded", "gated"]


def check_options(
    context: vr.Context,
    *,
    space: str = "pixels",
    reference_space: str = "pixels",
    threshold: float | None = None,
    shape: Shape = "auto",
    **_: object,
) -> None:
    """Raise ValueError for options under which every answer would be scored wrongly."""
    check_spaces(context, space=space, reference_space=reference_space)
    if threshold is None and shape in ("thresholded", "gated"):
        raise ValueError(f"shape '{shape}' needs a threshold; 0.5 is usual")
    if threshold is not None and shape in ("graded", "squared"):
        raise ValueError(f"shape '{shape}' has no use for a threshold; leave one of them out")


@vr.reward(range=(0.0, 1.0), check=check_options, preflight=check_boxes, optional_tags=BOX_TAGS)
def box_iou(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    image: Which = 0,
    metric: Metric = "iou",
    threshold: Annotated[float, vr.Field(gt=0, le=1)] | None = None,
    shape: Shape = "auto",
) -> vr.RewardOutput:
    """Intersection over union of the predicted and the reference box.

    Range 0 to 1. The box is the last one of the answer in the syntax of `space`, see `parse_boxes`; boxes without area
    or with numbers that are not finite are none, and an answer without a box is unparseable. It abstains
    (`beyond_coverage`) where `space` is not a family and the key is `box_2d`, under which Gemini writes y before x and
    others do not.

    Args:
        completion: The answer.
        solution: The reference box: four numbers, or a mapping with `bbox`, or a list of one of these.
        context: Facts of the run.
        images: The row's images; the box lies in the one of `image`, whose size is read unless the spaces are `pixels`.
        space: The family of the model (`qwen2_5_vl`), or what the answer's numbers count (`pixels`, `per_1000`).
        reference: How the reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean; pixels of the original image by default, whatever `space` is.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        metric: `iou`, or `giou`, `diou` or `ciou` as (value + 1) / 2, cut to 0..1: these still tell near from far where
            the boxes do not overlap, and pay up to a half for it; or `over_smaller`, the intersection over the smaller
            box, which pays a box around the whole image in full: only beside a reward for the size.
        threshold: With it the reward is 1 where the metric's score is at least this, else 0.
        shape: `graded` is the score as it is, `squared` its square; with a threshold, `thresholded` is 1 from there
            on, and `gated` the score from there on, else 0. `auto` is `thresholded` with a threshold, else `graded`.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: IoU as in the PASCAL VOC challenge (Everingham et al., 2010), without its +1 pixel; GIoU (arXiv 1902.09630),
    DIoU and CIoU (arXiv 1911.08287).

    >>> box_iou(vr.Completion('<answer>{"bbox_2d": [0, 0, 2, 1]}</answer>'), [0, 0, 2, 1], vr.Context()).score
    1.0
    >>> box_iou(vr.Completion("<answer>[1, 0, 3, 1]</answer>"), [0, 0, 2, 1], vr.Context()).score
    0.3333333333333333
    >>> box_iou(vr.Completion("[2, 1, 0, 0]"), [0, 0, 2, 1], vr.Context()).reason  # a hack: inverted corners
    'the box has no area'
    """
    row = Row(context, chosen(images, image), space, reference, reference_space)
    check_options(context, space=space, reference_space=reference_space, threshold=threshold, shape=shape)
    pair = read_boxes(completion, solution, row)
    if isinstance(pair, vr.RewardOutput):
        return pair
    box, gold = pair
    value = overlap(metric, box, gold)
    score = to_unit(metric, value)
    if threshold is not None:
        score = 0.0 if score < threshold else score if shape == "gated" else 1.0
    elif shape == "squared":
        score *= score
    reason = f"{metric.replace('iou', 'IoU')} {value:.2f}" + (f" of the threshold {threshold:g}" if threshold else "")
    details = {**shown("box", box, row), metric: value}
    return vr.RewardOutput(score=score, reason=reason, details=details)
