"""`grounding/gui_action`: the right action of a GUI agent, with its arguments, in the right place."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards_grounding.detections import Detection, Detections, Point
from vlm_rewards_grounding.formats.gui_calls import Action, action_of, read_call
from vlm_rewards_grounding.pairs import in_frame, read_answer
from vlm_rewards_grounding.parse import check_space
from vlm_rewards_grounding.points import BoxAnswer, contains, last_point
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form, shown
from vlm_rewards_grounding.scope import answer_text

__all__ = ["gui_action"]

_PLACES = ("bbox", "bbox_2d", "box", "point", "point_2d", "coordinate")
MAX_WORDS = 4096


def check_options(
    context: vr.Context,
    *,
    space: str = "pixels",
    reference_space: str = "pixels",
    type_weight: float = 1.0,
    arguments_weight: float = 1.0,
    point_weight: float = 1.0,
    radius: float = 0.14,
    **_: object,
) -> None:
    """Raise ValueError for options under which every answer would be scored wrongly."""
    check_space(context, space=space)
    check_space(context, space=reference_space)
    if not 0 < type_weight < math.inf or not all(0 <= weight < math.inf for weight in (arguments_weight, point_weight)):
        raise ValueError("type_weight must be above 0, arguments_weight and point_weight at least 0, and all finite")
    if not 0 < radius <= 1:
        raise ValueError(f"radius {radius} is no share of the screen above 0 and at most 1; 0.14 is usual")


@vr.reward(range=(0.0, 1.0), check=check_options, preflight=check_boxes, optional_tags=BOX_TAGS)
def gui_action(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    type_weight: float = 1.0,
    arguments_weight: float = 1.0,
    point_weight: float = 1.0,
    text: Literal["exact", "f1"] = "exact",
    radius: float = 0.14,
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
        images: The row's pictures; the point lies in the first, whose size is read where it is needed.
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
        ColumnError: The picture cannot be read.

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
        targets = in_frame(place, images, context, reference=reference, reference_space=reference_space)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    if any(item.box is None for item in targets) and not images:
        return vr.RewardOutput.bad_reference(
            "how near a point is depends on the picture's size: the row has no picture"
        )
    call = read_call(answer_text(completion))
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
        found = read_answer(completion, context, images, space=space, value=call.value)
        if call.alone and isinstance(found, Detections) and not found.items:  # the point may stand beside it
            found = read_answer(completion, context, images, space=space)
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
    if form == "exact":
        return float(one == other)
    if len(one) > MAX_WORDS or not (one and other):
        return float(one == other)
    shared = (Counter(one) & Counter(other)).total()
    return 2 * shared / (len(one) + len(other))
