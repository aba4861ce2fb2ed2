"""What most rewards of boxes and points begin with: the answer's detections beside the reference's, in one frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards_grounding.detections import Detection, Detections, as_boxes
from vlm_rewards_grounding.formats.rejections import says_nothing
from vlm_rewards_grounding.frames.frame import Frame, check_spaces, frame_of
from vlm_rewards_grounding.frames.spaces import placed
from vlm_rewards_grounding.metrics.boxes import Box, Point, centre
from vlm_rewards_grounding.parse import NOTHING_THERE, detect
from vlm_rewards_grounding.references import Form, class_number, read_reference

Labels = Literal["match", "ignore"]

MAX_NAME_CHARS = 64  # of names that are compared by their letters: this is done for each pair

#: What a box means where a point is asked for: nothing, or its centre. A box around the whole image has a centre too.
BoxAnswer = Literal["refuse", "centre"]


class Row(NamedTuple):
    """What a row's numbers are read with: facts of the run, the image that they lie in, and what they count."""

    context: vr.Context
    images: vr.Images  # one, or none
    space: str  # of the answer
    reference: Form = "xyxy"  # how the boxes of the reference are written
    reference_space: str = "pixels"


class Pair(NamedTuple):
    """The detections of an answer and of its reference, all in pixels of the original image."""

    found: Detections
    gold: list[Detection]


def seen(found: Detections, images: vr.Images) -> list[Detection]:
    """The detections of which something lies in the image; in one of unknown size, not left of it or above it."""
    width, height = images[0].size if images else (math.inf, math.inf)
    return [item for item in found.items if _meets(item, width, height)]


def _meets(item: Detection, width: float, height: float) -> bool:
    if item.box is not None:
        x1, y1, x2, y2 = item.box
        return x1 < width and y1 < height and x2 > 0 and y2 > 0
    x, y = item.point or (-1.0, -1.0)
    return 0 <= x <= width and 0 <= y <= height


def read_pair(completion: vr.Completion, solution: Any, row: Row) -> Pair | vr.RewardOutput:
    """Read both sides; an outcome instead where one of them cannot be read at all.

    An answer without detections is a pair with none: whether that is right is for the reward to say.
    """
    try:
        gold = read_gold(solution, row)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    found = read_found(completion, row)
    return found if isinstance(found, vr.RewardOutput) else Pair(found, gold)


def read_boxes(completion: vr.Completion, solution: Any, row: Row) -> tuple[Box, Box] | vr.RewardOutput:
    """The last box of an answer and the one box of its reference; an outcome instead where one of them is not there."""
    pair = read_pair(completion, solution, row)
    if isinstance(pair, vr.RewardOutput):
        return pair
    found, gold = pair.found, as_boxes(pair.gold)
    if len(gold) != 1 or gold[0].box is None:
        return vr.RewardOutput.bad_reference(f"the reference holds {len(gold)} things; give one box")
    boxes = [item.box for item in as_boxes(found.items) if item.box is not None]
    if not boxes:
        return vr.RewardOutput.unparseable(found.reason or "a point where a box is asked for")
    return boxes[-1], gold[0].box


def read_found(completion: vr.Completion, row: Row) -> Detections | vr.RewardOutput:
    """The detections of an answer; an outcome instead where its frame is unknown, or its numbers mean two things."""
    frame = row_frame(row)
    if isinstance(frame, vr.RewardOutput):
        return frame
    found = detect(completion, frame)
    return vr.RewardOutput.abstained(f"beyond_coverage: {found.reason}") if found.ambiguous else found


def row_frame(row: Row) -> Frame | vr.RewardOutput:
    """The frame of the answer; an outcome instead where the row does not say what the numbers lie in."""
    check_spaces(row.context, space=row.space)
    try:
        return frame_of(row.context, row.images, space=row.space)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))


def read_gold(solution: Any, row: Row) -> list[Detection]:
    """The detections of a reference; ValueError where it is none, or its image is missing."""
    frame = frame_of(row.context, row.images, space=row.reference_space)
    return read_reference(solution, form=row.reference, frame=frame)


def shown(name: str, place: Box | Point, row: Row) -> dict[str, Any]:
    """A place in pixels, for the details of an outcome; with the numbers that it came from, where they are others."""
    told: dict[str, Any] = {name: list(place)}
    frame = frame_of(row.context, row.images, space=row.space)
    if frame.preset.space != "pixels":
        (width, across), (height, down) = frame.scale
        told["numbers"] = [round(value, 3) for value in placed(place, ((across, width), (down, height)))]
        told["frame"] = f"{across:g}x{down:g} of {row.space} are {width:g}x{height:g} pixels"
    return told


def read_all(completion: vr.Completion, solution: Any, row: Row, *, labels: Labels) -> Pair | vr.RewardOutput:
    """Both sides for a reward of all boxes; an outcome instead where nothing is to be found, or no name could be right.

    To an empty reference an answer that says so is right, and one that finds something wrong.
    """
    try:
        gold = read_wanted(solution, row, labels=labels)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    found = read_found(completion, row)
    if isinstance(found, vr.RewardOutput):
        return found
    found = found._replace(items=tuple(as_boxes(found.items)))
    if gold:
        return Pair(found, gold)
    if is_rejection(completion, found):
        return vr.RewardOutput(score=1.0, reason="nothing to find")
    if found.items or found.rejected:
        return vr.RewardOutput(score=0.0, reason="found something where nothing is")
    return vr.RewardOutput.unparseable("neither a box nor a word that nothing is there")


def read_wanted(solution: Any, row: Row, *, labels: Labels) -> list[Detection]:
    """All boxes of a reference; ValueError where it is none, or where its classes are numbers, which no name equals."""
    gold = read_gold(solution, row)
    digits = any(item.label is not None and item.label[-1:].isdigit() for item in gold)
    if labels == "match" and digits and (number := class_number(solution)) is not None:
        raise ValueError(
            f"the reference gives the class {number} as a number, and answers name their classes: give its name, or "
            f"its text '{number}' if answers give numbers too, or set labels: ignore"
        )
    return as_boxes(gold)


def is_rejection(completion: vr.Completion, found: Detections) -> bool:
    """Whether the answer says that nothing is there, in words or by the family's point for it."""
    return not found.items and (found.reason == NOTHING_THERE or says_nothing(answer_block(completion)))


def label_of(detection: Detection) -> str | None:
    """The name of a detection as it is compared: without case, and without space around it."""
    return None if detection.label is None else detection.label.strip().casefold()


def nearest_label(label: str | None, names: Sequence[str | None], ratio: float) -> str | None:
    """The name that a label is, or that is most alike by at least `ratio`; of long ones none is. Else the label."""
    if ratio >= 1 or label is None or label in names or len(label) > MAX_NAME_CHARS:
        return label
    from rapidfuzz import fuzz, process

    short = [name for name in names if name is not None and len(name) <= MAX_NAME_CHARS]
    found = process.extractOne(label, short, scorer=fuzz.ratio, score_cutoff=100 * ratio)
    return label if found is None else found[0]


def last_point(found: Detections, *, boxes: BoxAnswer) -> Point | None:
    """The last point of an answer; of a box its centre where that counts."""
    item = found.items[-1] if found.items else None
    if item is None or item.point is not None or item.box is None:
        return None if item is None else item.point
    return centre(item.box) if boxes == "centre" else None


def no_point(found: Detections) -> vr.RewardOutput:
    """The outcome for an answer without a point where one is asked for."""
    reason = "a box where a point is asked for" if found.items else found.reason
    return vr.RewardOutput.unparseable(reason or "no point after the reasoning")
