"""`grounding/gui_action`: the right action of a GUI agent, with its arguments, in the right place."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards_grounding.detections import Detection, Detections
from vlm_rewards_grounding.formats.gui_calls import Action, Call, action_of, read_call
from vlm_rewards_grounding.frames.frame import check_spaces
from vlm_rewards_grounding.metrics.boxes import Point, contains
from vlm_rewards_grounding.pairs import BoxAnswer, abstain_if_ambiguous, last_point, read_gold, row_frame
from vlm_rewards_grounding.parse import detect, detect_value
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form, shown

__all__ = ["gui_action"]

_PLACES = ("bbox", "bbox_2d", "box", "point", "point_2d", "coordinate")
MAX_WORDS = 4096


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS)
def gui_action(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    type_weight: Annotated[float, vr.Field(gt=0, allow_inf_nan=False)] = 1.0,
    arguments_weight: Annotated[float, vr.Field(ge=0, allow_inf_nan=False)] = 1.0,
    point_weight: Annotated[float, vr.Field(ge=0, allow_inf_nan=False)] = 1.0,
    text: Literal["exact", "f1"] = "exact",
    radius: Annotated[float, vr.Field(gt=0, le=1)] = 0.14,
    boxes: BoxAnswer = "refuse",
) -> vr.RewardOutput:
    """The action of the reference: its type, its arguments, and the point where it happens.

    Range 0 to 1. An action of another type earns 0, whatever else is right. Else the score is the weighted mean of the
    parts that the reference has: the type (1), the arguments (the share that is right), and the point (1 inside the
    box, or near the point; else 0). Names of one action in different agents are one (`tap`, `left_click`, `click`). The
    last action of the answer counts with the point in it; a point beside it counts only where there is no other action.
    It abstains (`beyond_coverage`) where the parser cannot tell what the numbers mean.

    Args:
        completion: The answer: JSON, a tool call, or a call like `click(start_box='(10,20)')` or `type(content='x')`.
        solution: A mapping, or its JSON: `action`, and if they matter `bbox` or `point`, and `text`, `key`, `app`,
            `direction`, `button` or `status`.
        context: Facts of the run.
        images: The row's images; the point lies in the first, whose size is read where it is needed.
        space: A family (`ui_tars15`) or what the answer's numbers mean (`per_1000`).
        reference: How a reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        type_weight: Weight of the type.
        arguments_weight: Weight of the arguments.
        point_weight: Weight of the point.
        text: `exact`, without case and with equal white space, or `f1` of the words.
        radius: How near a reference point is right: the distance of the two in shares of the screen's width and height.
        boxes: What a box means in place of a point: nothing (`refuse`), or its `centre`.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: the action rewards of UI-R1 (arXiv 2503.21620) and GUI-R1 (arXiv 2504.10458); the radius of 0.14 from
    Android in the Wild (arXiv 2307.10088).

    >>> gold = {"action": "click", "bbox": [10, 20, 30, 40]}
    >>> gui_action(vr.Completion('{"action": "left_click", "coordinate": [15, 30]}'), gold, vr.Context()).score
    1.0
    >>> gui_action(vr.Completion('{"action": "left_click", "coordinate": [5, 30]}'), gold, vr.Context()).score
    0.5
    >>> gui_action(vr.Completion("scroll(point=(15, 30))"), gold, vr.Context()).score  # a hack: the place alone
    0.0
    """
    wanted = _reference_action(solution)
    if wanted is None:
        return vr.RewardOutput.bad_reference(f"the reference {shown(solution)} names no `action`")
    action, place = wanted
    try:
        targets = read_gold(place, context, images, reference=reference, reference_space=reference_space)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    if any(item.box is None for item in targets) and not images:
        return vr.RewardOutput.bad_reference("how near a point is depends on the image's size: the row has no image")
    call = read_call(answer_block(completion))
    if call is None:
        return vr.RewardOutput.unparseable("no action after the reasoning")
    done = call.action
    if done.type != action.type:
        return vr.RewardOutput(score=0.0, reason="another action", details={"action": done.type[:40]})
    parts = {"type": (type_weight, 1.0)}
    if action.arguments:
        right = sum(_same(done.arguments.get(name), value, text) for name, value in action.arguments.items())
        parts["arguments"] = (arguments_weight, right / len(action.arguments))
    if targets:
        found = _detect(call, completion, context, images, space)
        if isinstance(found, vr.RewardOutput):
            return found
        point = last_point(found, boxes=boxes)
        hit = point is not None and any(_hits(point, target, images, radius) for target in targets)
        parts["point"] = (point_weight, float(hit))
    total = sum(weight for weight, _ in parts.values())
    score = sum(weight * part for weight, part in parts.values()) / total
    return vr.RewardOutput(score=min(score, 1.0), details={name: part for name, (_, part) in parts.items()})


def _reference_action(solution: object) -> tuple[Action, object] | None:
    """The action of a reference, and where it happens: a mapping with a box or a point, or an empty list."""
    if isinstance(solution, str):
        try:
            solution = json.loads(solution)
        except (ValueError, RecursionError):
            return None
    action = action_of(solution) if isinstance(solution, Mapping) else None
    if action is None or not isinstance(solution, Mapping):
        return None
    place = {key: solution[key] for key in _PLACES if solution.get(key) is not None}
    return action, place or []


def _detect(
    call: Call, completion: vr.Completion, context: vr.Context, images: vr.Images, space: str
) -> Detections | vr.RewardOutput:
    """What the call points at, or, where it is the only one, what stands beside it."""
    frame = row_frame(context, images, space=space)
    if isinstance(frame, vr.RewardOutput):
        return frame
    found = detect_value(call.value, frame)
    if call.alone and not (found.items or found.ambiguous):
        found = detect(completion, frame)
    return abstain_if_ambiguous(found)


def _hits(point: Point, target: Detection, images: vr.Images, radius: float) -> bool:
    if target.box is not None:
        return contains(target.box, point)
    assert target.point is not None
    width, height = images[0].size
    return math.hypot((point[0] - target.point[0]) / width, (point[1] - target.point[1]) / height) <= radius


def _same(given: str | None, wanted: str, form: Literal["exact", "f1"]) -> float:
    if given is None:
        return 0.0
    one, other = given.casefold().split(), wanted.casefold().split()
    if form == "exact" or len(one) > MAX_WORDS or not (one and other):
        return float(one == other)
    shared = (Counter(one) & Counter(other)).total()
    return 2 * shared / (len(one) + len(other))
