"""`grounding/box_l1`: the four sides of the box where the reference has them."""

from __future__ import annotations

import math
from typing import Annotated, Any

import vlm_rewards as vr
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.metrics.boxes import Box
from vlm_rewards_grounding.pairs import Row, read_boxes, shown
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form


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
