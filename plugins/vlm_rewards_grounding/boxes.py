"""`grounding/box_iou`, `giou` and `box_l1`: how near the answer's box comes to the reference box."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import vlm_rewards as vr
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.metrics.boxes import Box
from vlm_rewards_grounding.metrics.iou import Metric, overlap, to_unit
from vlm_rewards_grounding.metrics.iou import giou as signed_giou
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


@vr.reward(range=(-1.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def giou(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    image: Which = 0,
) -> vr.RewardOutput:
    """IoU minus the share of the box around both that neither covers, with its sign.

    Range -1 to 1: 1 for the same box, at most 0 for boxes that do not overlap, toward -1 the farther they are apart.
    An answer without a box is unparseable, which earns -1. It abstains (`beyond_coverage`) where the parser cannot tell
    what the numbers mean. `grounding/box_iou` with `metric: giou` is the same in the range 0 to 1.

    Args:
        completion: The answer; its last box counts.
        solution: The reference box, as for `grounding/box_iou`.
        context: Facts of the run.
        images: The row's images; the box lies in the one of `image`, whose size is read where a space needs it.
        space: A family (`qwen2_5_vl`) or what the answer's numbers mean (`per_1000`).
        reference: How the reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: Generalized IoU (Rezatofighi et al., arXiv 1902.09630).

    >>> giou(vr.Completion("[0, 0, 2, 1]"), [0, 0, 2, 1], vr.Context()).score
    1.0
    >>> giou(vr.Completion("[2, 0, 3, 1]"), [0, 0, 1, 1], vr.Context()).score
    -0.3333333333333333
    >>> giou(vr.Completion("[3, 1, 2, 0]"), [0, 0, 1, 1], vr.Context()).reason  # a hack: inverted corners
    'the box has no area'
    """
    row = Row(context, chosen(images, image), space, reference, reference_space)
    pair = read_boxes(completion, solution, row)
    if isinstance(pair, vr.RewardOutput):
        return pair
    box, gold = pair
    score = signed_giou(box, gold)
    details = shown("box", box, row)
    return vr.RewardOutput(score=score, reason=f"gIoU {score:.2f}", details=details)


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def box_l1(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    image: Which = 0,
    limit: Annotated[float, vr.Field(ge=1e-6, le=1e6)] = 1.0,
) -> vr.RewardOutput:
    """A box whose sides are near those of the reference box, less the farther off they are on average.

    Range 0 to 1: 1 - offset / limit, and 0 beyond, where the offset is the mean distance of the four sides, those of x
    over the width of the reference and those of y over its height. The last box of the answer counts. Unlike IoU it
    still tells near from far where the boxes do not overlap. It abstains (`beyond_coverage`) where the parser cannot
    tell what the numbers mean.

    Args:
        completion: The answer.
        solution: The reference box.
        context: Facts of the run.
        images: The row's images; the box lies in the one of `image`, whose size is read where a space needs it.
        space: A family (`qwen2_5_vl`) or what the answer's numbers mean (`per_1000`).
        reference: How the reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        limit: The offset that earns nothing any more, as a share of the reference's sides.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: the L1 loss of DETR (Carion et al., arXiv 2005.12872), over the reference's sides instead of the image's:
    over the image's, a small thing earns nearly 1 wherever the box is.

    >>> box_l1(vr.Completion("[0, 0, 20, 10]"), [0, 0, 20, 10], vr.Context()).score
    1.0
    >>> box_l1(vr.Completion("[5, 0, 25, 10]"), [0, 0, 20, 10], vr.Context()).score
    0.875
    >>> box_l1(vr.Completion("[0, 0, 640, 480]"), [0, 0, 20, 10], vr.Context()).score  # a hack: the whole image
    0.0
    """
    row = Row(context, chosen(images, image), space, reference, reference_space)
    pair = read_boxes(completion, solution, row)
    if isinstance(pair, vr.RewardOutput):
        return pair
    box, gold = pair
    far = offset(box, gold)
    reason = f"sides off by {far:.3g} of the reference's on average, {limit:g} earns nothing"
    details = {**shown("box", box, row), "offset": far}
    return vr.RewardOutput(score=max(0.0, 1 - far / limit), reason=reason, details=details)


def offset(box: Box, reference: Box) -> float:
    """Mean distance of the four sides of a box from the reference's, as a share of the reference's width and height.

    >>> offset((5, 0, 25, 10), (0, 0, 20, 10))
    0.125
    """
    sides = (reference[2] - reference[0], reference[3] - reference[1])
    return math.fsum(abs(box[at] - reference[at]) / sides[at % 2] for at in range(4)) / 4
