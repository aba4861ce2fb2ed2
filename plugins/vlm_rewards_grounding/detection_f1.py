"""`grounding/detection_f1`: all boxes of the reference, and no others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import vlm_rewards as vr
from vlm_rewards_grounding.detections import Detection
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.metrics.boxes import Box
from vlm_rewards_grounding.metrics.iou import iou_matrix
from vlm_rewards_grounding.metrics.matching import assigned_weights
from vlm_rewards_grounding.pairs import Labels, Row, label_of, nearest_label, read_all
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form

Measure = Literal["f1", "precision", "recall"]


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def detection_f1(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    image: Which = 0,
    threshold: Annotated[float, vr.Field(gt=0, le=1)] = 0.5,
    labels: Labels = "match",
    label_ratio: Annotated[float, vr.Field(gt=0, le=1)] = 1.0,
    measure: Measure = "f1",
    graded: bool = False,
    count_penalty: Annotated[float, vr.Field(ge=0, le=1)] = 0.0,
) -> vr.RewardOutput:
    """F1 of the predicted boxes against the reference boxes, paired one to one.

    Range 0 to 1. Boxes and references are paired so that the sum of IoU is greatest; a pair of at least the threshold
    is a hit. Precision is hits over predicted boxes, recall hits over references, F1 twice the hits over both. Boxes
    that were refused (no area, not finite) count as predicted. Order means nothing. When the reference is empty, an
    answer that says so (`none`, `[]`) earns 1 and any box 0. It abstains (`beyond_coverage`) where the parser cannot
    tell what the numbers mean.

    Args:
        completion: The answer.
        solution: The reference boxes: a list of boxes, of mappings with `bbox` or `bbox_2d` and `label`, or COCO's
            `objects: {bbox, category}`. With `iscrowd` a box is a crowd: boxes inside it count neither way.
        context: Facts of the run.
        images: The row's images; the boxes lie in the one of `image`, whose size is read where a space needs it.
        space: A family (`qwen2_5_vl`) or what the answer's numbers mean (`per_1000`).
        reference: How a reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        threshold: The IoU that makes a pair a hit.
        labels: `match` pairs a box only with references of its name (without case), where the reference has one;
            `ignore` looks at no names.
        label_ratio: How much alike two names have to be under `match`: 1 for the same, or less for the share of letters
            that both have in order (rapidfuzz's ratio), as 0.8 for `traffic light` and `traffic lights`.
        measure: `f1`, or one side of it. Precision alone pays for one safe box, and recall alone for a shotgun.
        graded: A hit counts as its IoU instead of 1.
        count_penalty: The share of the reward that goes with the number of boxes: it is multiplied by 1 -
            count_penalty * (1 - fewer / more), of predicted boxes and references.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: the pairing of DETR (Carion et al., arXiv 2005.12872) by IoU alone, and the F1 of PASCAL VOC's hits.

    >>> gold = [[0, 0, 2, 1], [5, 5, 6, 6]]
    >>> detection_f1(vr.Completion("[[5, 5, 6, 6], [0, 0, 2, 1]]"), gold, vr.Context()).score
    1.0
    >>> detection_f1(vr.Completion("[[0, 0, 2, 1]]"), gold, vr.Context()).score
    0.6666666666666666
    >>> shotgun = "[[0, 0, 2, 1], [5, 5, 6, 6], [0, 0, 1, 1], [0, 0, 3, 3], [4, 4, 6, 6], [5, 5, 7, 7]]"
    >>> detection_f1(vr.Completion(shotgun), gold, vr.Context()).score  # a hack: more boxes than things
    0.5
    """
    row = Row(context, chosen(images, image), space, reference, reference_space)
    pair = read_all(completion, solution, row, labels=labels)
    if isinstance(pair, vr.RewardOutput):
        return pair
    found, gold = pair
    crowds = [item.box for item in gold if item.crowd and item.box is not None]
    gold = [item for item in gold if not item.crowd and item.box is not None]
    if not gold:
        return vr.RewardOutput.bad_reference("the reference holds no box that must be found")
    predicted = [item for item in found.items if item.box is not None]
    if not predicted:
        return vr.RewardOutput.unparseable(found.reason or "no box after the reasoning")
    pairs = matched_overlaps(predicted, gold, labels=labels, label_ratio=label_ratio)
    hits = sorted(value for _, value in pairs if value >= threshold)
    excused = _inside([box for box, value in pairs if value < threshold], crowds, threshold) if crowds else 0
    gained = math.fsum(hits) if graded else float(len(hits))
    total = len(predicted) + found.rejected - excused
    if not total:
        return vr.RewardOutput(score=0.0, reason="all boxes lie in crowds")
    score = {"f1": 2 * gained / (total + len(gold)), "precision": gained / total, "recall": gained / len(gold)}[measure]
    if count_penalty:
        score *= 1 - count_penalty * (1 - min(total, len(gold)) / max(total, len(gold)))
    details = {"hits": len(hits), "predicted": total, "references": len(gold), "hit_ious": hits[::-1]}
    reason = f"{len(hits)} of {len(gold)} boxes found with an IoU of {threshold:g} or more, {total} given"
    return vr.RewardOutput(score=score, reason=reason, details=details)


def matched_overlaps(
    predicted: Sequence[Detection], gold: Sequence[Detection], *, labels: Labels, label_ratio: float = 1.0
) -> list[tuple[Box, float]]:
    """Each predicted box with its IoU in the best assignment, 0 without a partner; in an order of their own."""
    rows, columns = _named(predicted), _named(gold)
    boxes = [box for box, _ in rows]
    overlaps = iou_matrix(boxes, [box for box, _ in columns])
    if labels == "match":
        for row, (_, label) in zip(overlaps, rows, strict=True):
            for at, (_, wanted) in enumerate(columns):
                if wanted not in (None, label) and nearest_label(label, (wanted,), label_ratio) != wanted:
                    row[at] = 0.0
    return list(zip(boxes, assigned_weights(overlaps), strict=True))


def _inside(boxes: Sequence[Box], crowds: Sequence[Box], threshold: float) -> int:
    """How many boxes lie in a crowd, by the share of them that does."""
    return sum(max(row) >= threshold for row in iou_matrix(boxes, crowds, crowd=True))


def _named(items: Sequence[Detection]) -> list[tuple[Box, str | None]]:
    """Boxes and labels in an order of their own, so that equally good assignments do not depend on the text's."""
    return sorted(
        [(item.box, label_of(item)) for item in items if item.box is not None],
        key=lambda item: (item[0], item[1] or ""),
    )
