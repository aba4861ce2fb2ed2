"""`grounding/detection_ap`: COCO's average precision of one answer, with its loopholes shut."""

from __future__ import annotations

from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.metrics.average_precision import Gold, Predicted, coco_ap, strict_ap
from vlm_rewards_grounding.pairs import Labels, Spaces, label_of, read_all
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form

__all__ = ["detection_ap"]


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def detection_ap(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    image: Which = 0,
    labels: Labels = "match",
    measure: Literal["ap", "ap50", "ap75"] = "ap",
    protocol: Literal["strict", "coco"] = "strict",
) -> vr.RewardOutput:
    """Average precision of the predicted boxes over ten IoU thresholds, 0.5 to 0.95, and over classes.

    Range 0 to 1. The protocol `coco` is COCO's AP to 1e-9: it is blind to classes without a reference, to duplicates,
    and to all wrong boxes that rank behind the right ones, so a shotgun of boxes, or of confidences, earns 1. The
    protocol `strict` is the same average with no confidences (all boxes rank the same, wrong ones first), and classes
    that are predicted but not there count with an AP of 0: each wrong box costs, whatever its confidence, class or
    place in the text. When the reference is empty, an answer that says so (`none`, `[]`) earns 1 and any box 0. It
    abstains (`beyond_coverage`) where the parser cannot tell what the numbers mean.

    Args:
        completion: The answer.
        solution: The reference boxes, as for `grounding/detection_f1`. With `iscrowd` a box is a crowd: boxes inside
            it count neither way.
        context: Facts of the run.
        images: The row's images; the boxes lie in the one of `image`, whose size is read where a space needs it.
        space: A family (`qwen2_5_vl`) or what the answer's numbers mean (`per_1000`).
        reference: How a reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        labels: `match` makes each name (without case) a class; where no reference has one, or with `ignore`, all are of
            one class.
        measure: The mean over the thresholds, or the value at 0.5 or 0.75.
        protocol: `strict` or `coco`. In `coco` a box without confidence has 1.0, and of equals the first goes first.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: COCO (Lin et al., arXiv 1405.0312) and `COCOeval` of pycocotools; as a reward, VLM-R1 (arXiv 2504.07615).

    >>> gold = [{"bbox": [0, 0, 20, 10], "label": "cat"}]
    >>> detection_ap(vr.Completion('[{"bbox_2d": [0, 0, 20, 10], "label": "cat"}]'), gold, vr.Context()).score
    1.0
    >>> detection_ap(vr.Completion('[{"bbox_2d": [0, 0, 20, 10], "label": "dog"}]'), gold, vr.Context()).score
    0.0
    >>> right, wrong = '"bbox_2d": [0, 0, 20, 10], "label": "cat"', '"bbox_2d": [9, 9, 40, 40], "label": "cat"'
    >>> doubt = vr.Completion(f'[{{{right}, "score": 1.0}}, {{{wrong}, "score": 0.0}}]')
    >>> detection_ap(doubt, gold, vr.Context()).score  # a hack: a second guess without confidence, free in COCO
    0.5
    """
    images = chosen(images, image)
    spaces = Spaces(space, reference, reference_space)
    pair = read_all(completion, solution, context, images, spaces, labels=labels)
    if isinstance(pair, vr.RewardOutput):
        return pair
    found, gold = pair
    if not found.boxes:
        return vr.RewardOutput.unparseable(found.reason or "no box after the reasoning")
    named = labels == "match" and any(item.label is not None for item in gold)
    references = [Gold(item.box, label_of(item) if named else None, item.crowd) for item in gold if item.box]
    if not references:
        return vr.RewardOutput.bad_reference("the reference holds no box")
    predicted = [
        Predicted(item.box, label_of(item) if named else None, 1.0 if item.score is None else item.score)
        for item in found.items
        if item.box
    ]
    if protocol == "strict":
        # What was refused was predicted too, and nobody knows of what class.
        predicted += [Predicted((0.0, 0.0, 0.0, 0.0), references[0].label)] * found.rejected
    values = (strict_ap if protocol == "strict" else coco_ap)(predicted, references)
    if values is None:
        return vr.RewardOutput.bad_reference("the reference holds nothing but crowds")
    return vr.RewardOutput(score=min(getattr(values, measure), 1.0), details=values._asdict())
