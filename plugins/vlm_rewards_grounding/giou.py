"""`grounding/giou`: signed GIoU, which still tells near from far where the boxes do not overlap."""

from __future__ import annotations

from typing import Any

import vlm_rewards as vr
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.metrics.iou import giou as signed_giou
from vlm_rewards_grounding.pairs import Row, read_boxes, shown
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form


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
