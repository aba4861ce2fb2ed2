"""`grounding/rejection`: something where something is, and nothing where nothing is."""

from __future__ import annotations

from typing import Any

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards_grounding.formats.rejections import says_both
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.pairs import Row, is_rejection, read_pair, seen
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def rejection(
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
    """The right decision whether there is anything to find.

    Range 0 or 1. When the reference is empty, saying so is right: `none`, `nothing`, `no such object`, `not found`, an
    empty list, `null`, short sentences like `There is no cat in the image.`, or the family's own sign (UI-Venus's
    `[-1, -1]`). When it is not, any box or point in the image is right, wherever it lies there. An answer that does
    neither is unparseable; one that does both (`none, or [1, 2, 3, 4]`) is wrong either way. It abstains
    (`beyond_coverage`) where the parser cannot tell what the numbers mean.

    Args:
        completion: The answer.
        solution: The reference boxes or points; an empty list where there is nothing to find.
        context: Facts of the run.
        images: The row's images; the size of the one of `image` is read where a space needs it.
        space: A family (`ui_venus`) or what the answer's numbers mean (`per_1000`).
        reference: How a reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: the no-target samples of gRefCOCO (Liu et al., arXiv 2306.00968) and their N-acc and T-acc.

    >>> rejection(vr.Completion("<answer>none</answer>"), [], vr.Context()).score
    1.0
    >>> rejection(vr.Completion("<answer>none</answer>"), [1, 2, 3, 4], vr.Context()).score
    0.0
    >>> rejection(vr.Completion("<answer>None, or maybe [1, 2, 3, 4]</answer>"), [], vr.Context()).score  # a hack: both
    0.0
    """
    row = Row(context, chosen(images, image), space, reference, reference_space)
    pair = read_pair(completion, solution, row)
    if isinstance(pair, vr.RewardOutput):
        return pair
    found, gold = pair
    rejects = is_rejection(completion, found)
    if not rejects and not found.items:
        return vr.RewardOutput.unparseable(found.reason or "neither a box nor a word that nothing is there")
    if not rejects and says_both(answer_block(completion)):
        return vr.RewardOutput(score=0.0, reason="finds something, and says that nothing is there")
    if gold and not rejects and not seen(found, row.images):
        return vr.RewardOutput(score=0.0, reason="finds nothing in the image")
    reason = "says that nothing is there" if rejects else "finds something"
    return vr.RewardOutput(score=float(rejects == (not gold)), reason=reason)
