"""`doc/layout`: the parts of a page, where they are, what they are, and in which order they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import vlm_rewards as vr
from vlm_rewards.answers import answer_block


@vr.reward(range=(0.0, 1.0))
def layout(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    iou: Annotated[float, vr.Field(gt=0, le=1)] = 0.5,
    order: Annotated[float, vr.Field(ge=0, le=1)] = 0.3,
) -> vr.RewardOutput:
    r"""F1 of the parts found, of which a share `order` counts only as far as they come in the right order.

    Range 0 to 1. The answer lists parts in the order in which they are read, each with a box and a class, in any form
    that `grounding/detection_f1` reads, which gives the F1 and says what is unparseable. The order is the share of
    pairs of parts that stand as in the reference; a part of the answer is the one that it overlaps most.

    Args:
        completion: The answer.
        solution: The parts in their order, in pixels: mappings with `bbox` and `category`, or their JSON text.
        context: Facts of the run.
        images: The page, whose size is read where a space needs it.
        space: A family (`qwen2_5_vl`) or what the answer's numbers mean (`per_1000`).
        iou: Least overlap of a part that is found.
        order: How much of the score depends on the order.

    Source: the layout reward of Infinity-Parser (Wang et al., arXiv 2506.03197), by F1 and pairs in order.

    >>> one, two = '{"bbox": [0, 0, 90, 10], "category": "title"}', '{"bbox": [0, 20, 90, 80], "category": "text"}'
    >>> layout(vr.Completion(f"[{one}, {two}]"), f"[{one}, {two}]", vr.Context()).score
    1.0
    >>> layout(vr.Completion(f"[{two}, {one}]"), f"[{one}, {two}]", vr.Context()).score
    0.7
    >>> layout(vr.Completion(f"[{one}, {two}, {one}, {two}]"), f"[{one}, {two}]", vr.Context()).score < 0.67  # a hack
    True
    """
    from vlm_rewards_grounding import detection_f1, parse_boxes, read_reference

    outcome = detection_f1(completion, solution, context, images, space=space, threshold=iou)
    if not outcome.score:
        return outcome
    size = images[0].size if images else (1000, 1000)
    given = parse_boxes(answer_block(completion), format=space, image_size=size)[:500]
    wanted = [part.box for part in read_reference(solution) if part.box is not None]
    overlaps = [[_overlap(box, other) for other in wanted] for box in given if len(box) == 4]
    found = [row.index(max(row)) for row in overlaps if max(row) >= iou]
    pairs = [one < other for at, one in enumerate(found) for other in found[at + 1 :]] or [True]
    in_order = sum(pairs) / len(pairs)
    score = outcome.score * (1 - order + order * in_order)
    return outcome.model_copy(update={"score": score, "reason": f"{outcome.reason}, {in_order:.2f} in order"})


def _overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """The shared area of two boxes by that of both."""
    sides = (min(one[at + 2], other[at + 2]) - max(one[at], other[at]) for at in (0, 1))
    shared = max(next(sides), 0.0) * max(next(sides), 0.0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (areas[0] + areas[1] - shared)
