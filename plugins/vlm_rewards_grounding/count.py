"""`grounding/count`: as many things as there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards_grounding.detections import Detection
from vlm_rewards_grounding.formats.numbers import is_number
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.metrics.iou import iou
from vlm_rewards_grounding.pairs import Row, is_rejection, label_of, read_found, read_gold, seen
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes

MAX_COUNT = 1_000_000
_FEW = 64  # up to so many boxes, near copies are looked for among all pairs


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def count(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    image: Which = 0,
    shape: Literal["exact", "graded"] = "exact",
    near_copy: float = 0.9,
) -> vr.RewardOutput:
    """As many boxes or points as the reference says that there are.

    Range 0 to 1. `exact` is 1 for the right number, else 0; `graded` is the smaller number over the larger one. Copies
    and near copies of one box count once, and what cannot be seen (no area, not finite, outside of the image) does not
    count. An answer that says that nothing is there (`none`, `[]`) has none. Where the boxes are means nothing: combine
    it with another reward. It abstains (`beyond_coverage`) where the parser cannot tell what the numbers mean.

    Args:
        completion: The answer.
        solution: The number, or the list of reference boxes or points, whose length it is.
        context: Facts of the run.
        images: The row's images; the size of the one of `image` is read where the space needs it.
        space: A family (`molmo`) or what the answer's numbers mean (`per_1000`).
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        shape: `exact` or `graded`.
        near_copy: Of boxes with the same name and an IoU above this, all but one are copies. Looked for among up to 64.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: counting by pointing, Molmo (Deitke et al., arXiv 2409.17146).

    >>> count(vr.Completion("[[0, 0, 2, 2], [5, 5, 9, 9]]"), 2, vr.Context()).score
    1.0
    >>> count(vr.Completion("[[0, 0, 2, 2]]"), 2, vr.Context()).score
    0.0
    >>> count(vr.Completion("[[0, 0, 2, 2], [0, 0, 2, 2]]"), 2, vr.Context()).score  # a hack: a copy to fill up
    0.0
    >>> count(vr.Completion("[[0, 0, 2, 2], [9, 9, 5, 5]]"), 2, vr.Context()).score  # a hack: a box without area
    0.0
    """
    row = Row(context, chosen(images, image), space, "cxcywh")
    wanted = _number(solution)
    if wanted is None:
        try:
            # Only the number matters, and under this form boxes of the other two bound an area as well.
            wanted = len(read_gold(solution, row))
        except ValueError as error:
            return vr.RewardOutput.bad_reference(str(error))
    found = read_found(completion, row)
    if isinstance(found, vr.RewardOutput):
        return found
    rejects = is_rejection(completion, found)
    number = 0 if rejects else distinct(seen(found, row.images), near_copy=near_copy)
    if not number and not rejects:
        return vr.RewardOutput.unparseable(found.reason or "nothing that could be seen in the image")
    graded = 1.0 if number == wanted else min(number, wanted) / max(number, wanted)
    score = graded if shape == "graded" else float(number == wanted)
    details = {"count": number, "reference": wanted}
    return vr.RewardOutput(score=score, reason=f"{number} found where {wanted} are", details=details)


def _number(value: object) -> int | None:
    """The count that a reference is, as a number or the text of one; None when it is something else."""
    if isinstance(value, str):
        text = value.strip()
        return int(text) if text.isdecimal() and len(text) <= 6 else None
    return int(value) if is_number(value) and 0 <= value <= MAX_COUNT and value == int(value) else None


def distinct(items: Sequence[Detection], *, near_copy: float) -> int:
    """How many of some detections are neither a copy nor a near copy of one before them."""
    different = list({(item.box, item.point, label_of(item)): item for item in items}.values())
    if len(different) > _FEW:
        return len(different)
    kept: list[Detection] = []
    for item in sorted(different, key=lambda item: (item.box or (), item.point or (), label_of(item) or "")):
        if not any(_near(item, other, near_copy) for other in kept):
            kept.append(item)
    return len(kept)


def _near(one: Detection, other: Detection, near_copy: float) -> bool:
    if one.box is None or other.box is None or label_of(one) != label_of(other):
        return False
    return iou(one.box, other.box) > near_copy
