"""`grounding/point_in_box`, `point_distance` and `point_gaussian`: a point on the thing it is asked for."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import vlm_rewards as vr
from vlm_rewards_grounding.detections import Detections
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.metrics.boxes import Box, centre, contains
from vlm_rewards_grounding.metrics.gaussian import gaussian_plane, gaussian_point
from vlm_rewards_grounding.pairs import BoxAnswer, Row, last_point, no_point, read_pair, shown
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form


def _read_targets(completion: vr.Completion, solution: Any, row: Row) -> tuple[Detections, list[Box]] | vr.RewardOutput:
    """The answer's detections and the boxes of the reference; an outcome instead where it has none."""
    pair = read_pair(completion, solution, row)
    if isinstance(pair, vr.RewardOutput):
        return pair
    boxes = [item.box for item in pair.gold if item.box is not None]
    return (pair.found, boxes) if boxes else vr.RewardOutput.bad_reference("the reference holds no box")


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def point_in_box(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    image: Which = 0,
    boxes: BoxAnswer = "refuse",
) -> vr.RewardOutput:
    """A point inside the reference box, its sides included.

    Range 0 or 1. The last point of the answer counts, so more points are no more chances. It abstains
    (`beyond_coverage`) where the parser cannot tell what the numbers mean.

    Args:
        completion: The answer.
        solution: The reference box, or a list of boxes any of which is right.
        context: Facts of the run.
        images: The row's images; the point lies in the one of `image`, whose size is read where a space needs it.
        space: A family (`ui_tars15`) or what the answer's numbers mean (`per_1000`).
        reference: How the reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        boxes: What a box means in place of a point: with `refuse` it is unparseable, with `centre` its centre counts,
            which a box around the whole image has too.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: the click accuracy of ScreenSpot (SeeClick, arXiv 2401.10935); as a reward, UI-R1 (arXiv 2503.21620).

    >>> point_in_box(vr.Completion("<answer>(15, 30)</answer>"), [10, 20, 30, 40], vr.Context()).score
    1.0
    >>> point_in_box(vr.Completion("<answer>(5, 30)</answer>"), [10, 20, 30, 40], vr.Context()).score
    0.0
    >>> whole = vr.Completion('{"bbox_2d": [0, 0, 40, 60]}')
    >>> point_in_box(whole, [10, 20, 30, 40], vr.Context()).reason  # a hack: a box around everything
    'a box where a point is asked for'
    """
    row = Row(context, chosen(images, image), space, reference, reference_space)
    pair = _read_targets(completion, solution, row)
    if isinstance(pair, vr.RewardOutput):
        return pair
    found, targets = pair
    point = last_point(found, boxes=boxes)
    if point is None:
        return no_point(found)
    hit = any(contains(box, point) for box in targets)
    reason = None if hit else f"({point[0]:.5g}, {point[1]:.5g}) is not in the reference box"
    details = shown("point", point, row)
    return vr.RewardOutput(score=float(hit), reason=reason, details=details)


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def point_distance(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    image: Which = 0,
    boxes: BoxAnswer = "refuse",
    limit: Annotated[float, vr.Field(ge=1e-6, le=1e6)] = 0.1,
    unit: Literal["diagonal", "pixels"] = "diagonal",
) -> vr.RewardOutput:
    """A point near the reference point, less the farther away.

    Range 0 to 1: 1 - distance / limit, and 0 beyond. The last point of the answer counts. It abstains
    (`beyond_coverage`) where the parser cannot tell what the numbers mean.

    Args:
        completion: The answer.
        solution: The reference point, or a box, whose centre it is; or a list of these, the nearest of which counts.
        context: Facts of the run.
        images: The row's images; the point lies in the one of `image`, whose size is read where it is needed.
        space: A family (`molmo`) or what the answer's numbers mean (`per_1000`).
        reference: How a reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        boxes: What a box means in place of a point: with `refuse` it is unparseable, with `centre` its centre counts.
        limit: The distance that earns nothing any more.
        unit: The limit is a share of the image's `diagonal`, or in `pixels` of the original image.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: the distance reward of GUI agents, as in SE-GUI (arXiv 2505.12370), cut off at a limit.

    >>> point_distance(vr.Completion("(10, 20)"), [10, 20], vr.Context(), limit=50, unit="pixels").score
    1.0
    >>> point_distance(vr.Completion("(40, 60)"), [10, 20], vr.Context(), limit=50, unit="pixels").score
    0.0
    >>> spray = vr.Completion('[{"point_2d": [10, 20]}, {"point_2d": [35, 20]}]')
    >>> point_distance(spray, [10, 20], vr.Context(), limit=50, unit="pixels").score  # a hack: a point here, one there
    0.5
    """
    row = Row(context, chosen(images, image), space, reference, reference_space)
    pair = read_pair(completion, solution, row)
    if isinstance(pair, vr.RewardOutput):
        return pair
    targets = [point for item in pair.gold if (point := item.point or (item.box and centre(item.box)))]
    if not targets:
        return vr.RewardOutput.bad_reference("the reference holds no point and no box")
    if unit == "diagonal":
        if not row.images:
            return vr.RewardOutput.bad_reference("the image's diagonal is not known: the row has no image")
        limit *= math.hypot(*row.images[0].size)
    point = last_point(pair.found, boxes=boxes)
    if point is None:
        return no_point(pair.found)
    distance = min(math.dist(point, target) for target in targets)
    reason = f"{distance:.3g} pixels from the reference, {limit:.3g} earn nothing"
    details = {**shown("point", point, row), "distance": distance}
    return vr.RewardOutput(score=max(0.0, 1 - distance / limit), reason=reason, details=details)


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def point_gaussian(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    image: Which = 0,
    form: Literal["point", "plane", "mean"] = "point",
    boxes: BoxAnswer = "refuse",
    alpha: Annotated[float, vr.Field(ge=1e-6, le=1e6)] = 0.5,
) -> vr.RewardOutput:
    """A point near the centre of the reference box, measured by a bell as wide and as high as the box.

    Range 0 to 1. With standard deviations of `alpha` times the sides of the box: `point` is the height of the bell at
    the answer's last point, exp(-(dx^2 / sx^2 + dy^2 / sy^2) / 2); `plane` takes a box as an answer, and is the
    Bhattacharyya coefficient of both boxes' bells; `mean` is the mean of both, the first at the centre of the box. It
    abstains (`beyond_coverage`) where the parser cannot tell what the numbers mean.

    Args:
        completion: The answer.
        solution: The reference box, or a list of boxes the best of which counts.
        context: Facts of the run.
        images: The row's images; the answer lies in the one of `image`, whose size is read where a space needs it.
        space: A family (`qwen2_5_vl`) or what the answer's numbers mean (`per_1000`).
        reference: How the reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        form: Which bell; `plane` and `mean` need boxes as answers, and cost a box that is too large.
        boxes: What a box means under `point`: with `refuse` it is unparseable, with `centre` its centre counts, as in
            the paper, where a box around the whole image earns 1 for a thing in its middle.
        alpha: Standard deviations as a share of the box's sides.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: GUI-G2 (arXiv 2507.15846), R_point and R_plane, without the epsilons of its code.

    >>> point_gaussian(vr.Completion("(20, 30)"), [10, 20, 30, 40], vr.Context()).score
    1.0
    >>> round(point_gaussian(vr.Completion("(30, 40)"), [10, 20, 30, 40], vr.Context()).score, 3)
    0.368
    >>> whole = vr.Completion('{"bbox_2d": [0, 0, 40, 60]}')
    >>> point_gaussian(whole, [10, 20, 30, 40], vr.Context()).reason  # a hack: its centre is the target's
    'a box where a point is asked for'
    """
    row = Row(context, chosen(images, image), space, reference, reference_space)
    pair = _read_targets(completion, solution, row)
    if isinstance(pair, vr.RewardOutput):
        return pair
    found, targets = pair
    if form == "point":
        point = last_point(found, boxes=boxes)
        if point is None:
            return no_point(found)
        score = max(gaussian_point(point, box, alpha=alpha) for box in targets)
        details = shown("point", point, row)
        return vr.RewardOutput(score=score, reason=f"the bell is {score:.2f} high there", details=details)
    answer = found.items[-1].box if found.items else None
    if answer is None:
        return vr.RewardOutput.unparseable(found.reason or "a point where a box is asked for")
    scores = [gaussian_plane(answer, box, alpha=alpha) for box in targets]
    if form == "mean":
        scores = [
            (score + gaussian_point(centre(answer), box, alpha=alpha)) / 2
            for score, box in zip(scores, targets, strict=True)
        ]
    reason = f"the bells agree by {max(scores):.2f}"
    details = shown("box", answer, row)
    return vr.RewardOutput(score=max(scores), reason=reason, details=details)
