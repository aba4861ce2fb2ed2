"""`grounding/gui_action`: the right action of a GUI agent, with its arguments, in the right place."""

from __future__ import annotations

import math
from collections import Counter
from typing import Annotated, Any, Literal, TypeAlias

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards.text.messages import against
from vlm_rewards_grounding.actions.action import Action
from vlm_rewards_grounding.actions.calls import read_call
from vlm_rewards_grounding.actions.places import Place, UnreadableError
from vlm_rewards_grounding.actions.reference import read_action
from vlm_rewards_grounding.detections import Detection, Detections
from vlm_rewards_grounding.formats.result import ParseResult, RawShape
from vlm_rewards_grounding.frames.frame import PIXELS, Frame, Which, check_spaces, chosen, swapped
from vlm_rewards_grounding.frames.presets import preset_of
from vlm_rewards_grounding.metrics.boxes import Point, contains
from vlm_rewards_grounding.pairs import BoxAnswer, Row, last_point, read_gold, row_frame
from vlm_rewards_grounding.parse import detect, to_pixels
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form

MAX_WORDS = 4096


#: Where the reference's action begins and ends: any of several is right; none where it does not say.
_Targets: TypeAlias = tuple[list[Detection], list[Detection]]


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
    image: Which = 0,
) -> vr.RewardOutput:
    """The action of the reference: its type, its arguments, and the point where it happens.

    Range 0 to 1. An action of another type earns 0, whatever else is right. Else the score is the weighted mean of the
    parts that the reference has: the type (1), the arguments (the share that is right), and the point (1 inside the
    box, or near the point; else 0; of a swipe or a drag both points, in their direction). Names of one action in
    different agents are one (`tap`, `left_click`, `click`). An answer with two different actions is unparseable, and so
    is one that gives a key twice or a place that is none. A point beside the action counts where it names no place. It
    abstains (`beyond_coverage`) where the parser cannot tell what the numbers mean.

    Args:
        completion: The answer: JSON, a tool call, a call like `click(start_box='(10,20)')` or `type(content='x')`, or a
            line like `SCROLL [DOWN]`.
        solution: A mapping, its JSON, a whole tool call or an action as an agent writes it: `action`, and if they
            matter its place (`bbox`, `point`, ..; `start` and `end` of a swipe) and its arguments (`text`, `key`,
            `app`, `url`, `direction`, `amount`, `status`, ..). Empty fields are as good as none; a key that is not
            known is refused.
        context: Facts of the run.
        images: The row's images; the size of the one that the point lies in is read where it is needed.
        space: A family (`ui_tars15`) or what the answer's numbers mean (`per_1000`).
        reference: How a reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        type_weight: Weight of the type.
        arguments_weight: Weight of the arguments.
        point_weight: Weight of the point.
        text: `exact`, without case and with equal white space, or `f1` of the words.
        radius: How near a reference point is right: the distance of the two in shares of the screen's width and height.
        boxes: What a box means in place of a point: nothing (`refuse`), or its `centre`.
        image: Which of the row's images is the screen: its number from 0 on, or `last`.

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
    row = Row(context, chosen(images, image), space, reference, reference_space)
    try:
        wanted = read_action(solution)
        targets = _targets(wanted, row)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    done = _done(completion)
    if isinstance(done, vr.RewardOutput):
        return done
    if done.type != wanted.type:
        reason = f"another action: {against(done.type, wanted.type)}"
        return vr.RewardOutput(score=0.0, reason=reason, details={"action": done.type[:40]})
    parts = {"type": (type_weight, 1.0)}
    # Which way a swipe goes is the same in all frames.
    frame = row_frame(row) if any(targets) else PIXELS
    if isinstance(frame, vr.RewardOutput):
        return frame
    unread = sorted(done.unread & wanted.arguments.keys())
    if unread:
        return vr.RewardOutput.unparseable(f"`{unread[0]}` is not a text or a number")
    if wanted.arguments:
        given = _with_direction(done, wanted, frame)
        right = sum(_same(given.get(name), value, text) for name, value in wanted.arguments.items())
        parts["arguments"] = (arguments_weight, right / len(wanted.arguments))
    if any(targets):
        points = _points(done, completion, frame, targets, boxes)
        if isinstance(points, vr.RewardOutput):
            return points
        parts["point"] = (point_weight, float(_all_hit(points, targets, row.images, radius)))
    total = sum(weight for weight, _ in parts.values())
    score = sum(weight * part for weight, part in parts.values()) / total
    reason = ", ".join(f"{name} {part:.2g}" for name, (_, part) in parts.items() if part < 1.0)
    details = {name: part for name, (_, part) in parts.items()}
    return vr.RewardOutput(score=min(score, 1.0), reason=f"not right: {reason}" if reason else None, details=details)


def _done(completion: vr.Completion) -> Action | vr.RewardOutput:
    """The action of an answer; an outcome instead where there is none, or what cannot be read as one."""
    turns = [turn for turn in completion.messages if turn.get("role", "assistant") == "assistant"]
    try:
        done = read_call(answer_block(completion), turns[-1] if turns else None)
    except UnreadableError as error:
        return vr.RewardOutput.unparseable(str(error))
    return vr.RewardOutput.unparseable("no action after the reasoning") if done is None else done


def _targets(wanted: Action, row: Row) -> _Targets:
    """The places of a reference in pixels of the original image; ValueError for what is none."""

    def read(shapes: tuple[tuple[float, ...], ...], *, named: bool) -> list[Detection]:
        order = preset_of(row.reference_space).order
        given = [list(swapped(shape) if named and order == "yx" else shape) for shape in shapes]
        return read_gold(given, row._replace(reference="xyxy") if named else row)

    found: list[list[Detection]] = []
    for place in wanted.places:
        targets = [] if place is None else read(place.shapes, named=place.named)
        if place is not None and place.area:
            areas = read(place.area, named=place.area_named)
            if not any(contains(area.box, target.middle) for area in areas if area.box for target in targets):
                raise ValueError(f"the reference's `{place.key}` lies outside its box")
            targets = areas
        found.append(targets)
    if not row.images and any(target.box is None for targets in found for target in targets):
        raise ValueError("how near a point is depends on the image's size: the row has no image")
    return found[0], found[1]


def _points(
    done: Action, completion: vr.Completion, frame: Frame, targets: _Targets, boxes: BoxAnswer
) -> list[Point | None] | vr.RewardOutput:
    """The points where the action begins and ends; where it names no place, the one that stands beside it."""
    points: list[Point | None] = []
    alone = not all(targets)
    for place, wanted in zip(done.places, targets, strict=True):
        found = _found(place, frame)
        unsaid = done.places == (None, None) or not (done.whole or found.items)
        if wanted and unsaid and alone:
            found = detect(completion, frame)
        if wanted and place is not None and not _is_point_or_box(place, found, boxes):
            return vr.RewardOutput.unparseable(f"`{place.key or 'the place'}` is not a point")
        if wanted and found.ambiguous:
            return vr.RewardOutput.abstained(f"beyond_coverage: {found.reason}")
        points.append(last_point(found, boxes=boxes))
    return points


def _found(place: Place | None, frame: Frame) -> Detections:
    if place is None:
        return Detections(())
    two_orders = place.key == "box_2d" and frame.preset.syntax == "auto"
    ambiguous = "box_2d may hold y before x" if two_orders else None
    shapes = [shape[:2] if shape[:2] == shape[2:] else shape for shape in (*place.area, *place.shapes)]  # [3, 4, 3, 4]
    items = [RawShape(shape, named=place.named) for shape in shapes]
    return to_pixels(ParseResult(items, "json", strict=True, whole=True, ambiguous=ambiguous), frame)


def _is_point_or_box(place: Place, found: Detections, boxes: BoxAnswer) -> bool:
    """Whether one point was read, or a box under a key of boxes or where a box may be a point."""
    if not found.items or found.rejected or len(place.shapes) != 1:
        return False
    return found.items[-1].point is not None or place.boxed or boxes == "centre"


def _all_hit(points: list[Point | None], targets: _Targets, images: vr.Images, radius: float) -> bool:
    """Whether each point is at its target; from one to another also in its direction, however near they are."""
    for point, wanted in zip(points, targets, strict=True):
        if wanted and (point is None or not any(_hits(point, target, images, radius) for target in wanted)):
            return False
    start, end = points
    if start is None or end is None or not all(targets):
        return True
    first, last = (wanted[0].middle for wanted in targets)
    along = (end[0] - start[0]) * (last[0] - first[0]) + (end[1] - start[1]) * (last[1] - first[1])
    return along > 0 or first == last


def _hits(point: Point, target: Detection, images: vr.Images, radius: float) -> bool:
    if target.box is not None:
        return contains(target.box, point)
    (x, y), (width, height) = target.middle, images[0].size
    return math.hypot((point[0] - x) / width, (point[1] - y) / height) <= radius


def _with_direction(done: Action, wanted: Action, frame: Frame) -> dict[str, str]:
    """The arguments, with the direction that an action's amount or its two points say where no word does."""
    if "direction" not in wanted.arguments or "direction" in done.arguments:
        return done.arguments
    amount = float(done.arguments.get("amount", "0"))
    start, end = (last_point(_found(place, frame), boxes="refuse") for place in done.places)
    if start is not None and end is not None:
        across, down = end[0] - start[0], end[1] - start[1]
        if not done.swipes:  # what a finger moves up scrolls down
            across, down = -across, -down
    else:
        across, down = -float(done.arguments.get("across", "0")), -amount
    if across == down == 0.0:
        return done.arguments
    sides = ("right" if across > 0 else "left") if abs(across) > abs(down) else ("down" if down > 0 else "up")
    return {**done.arguments, "direction": sides}


def _same(given: str | None, wanted: str, form: Literal["exact", "f1"]) -> float:
    if given is None:
        return 0.0
    one, other = given.casefold().split(), wanted.casefold().split()
    if form == "exact" or len(one) > MAX_WORDS or not (one and other):
        return float(one == other)
    return 2 * (Counter(one) & Counter(other)).total() / (len(one) + len(other))
