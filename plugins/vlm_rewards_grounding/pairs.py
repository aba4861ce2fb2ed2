"""What most rewards of boxes and points begin with: the answer's detections beside the reference's, in one frame."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import vlm_rewards as vr
from vlm_rewards_grounding.detections import Detection, Detections
from vlm_rewards_grounding.formats.rejections import says_nothing
from vlm_rewards_grounding.parse import answer_text, check_space, picture_sizes, read_detections, read_one_value
from vlm_rewards_grounding.references import Form, class_number, read_reference

__all__ = [
    "Labels",
    "Pair",
    "in_frame",
    "is_rejection",
    "label_of",
    "nothing_to_find",
    "numbered_classes",
    "read_answer",
    "read_pair",
]

Labels = Literal["match", "ignore"]

_NUMBERS, _LISTS = {int, float}, {list, tuple}
_LOW, _HIGH = -1e9, 1e9
_INFEASIBLE = "the answer says that there is nothing to point at"  # the parser's reason for a family's own sign for it


class Pair(NamedTuple):
    """The detections of an answer and of its reference, all in pixels of the original picture."""

    found: Detections
    gold: list[Detection]


def read_pair(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images,
    *,
    space: str,
    reference: Form,
    reference_space: str,
) -> Pair | vr.RewardOutput:
    """Read both sides; an outcome instead where one of them cannot be read at all.

    An answer without detections is a pair with none: whether that is right is for the reward to say.
    """
    try:
        gold = in_frame(solution, images, context, reference=reference, reference_space=reference_space)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    found = read_answer(completion, context, images, space=space)
    return found if isinstance(found, vr.RewardOutput) else Pair(found, gold)


def read_answer(
    completion: vr.Completion, context: vr.Context, images: vr.Images, *, space: str, value: object = None
) -> Detections | vr.RewardOutput:
    """The detections of an answer; an outcome instead where the frame is unknown, or the numbers may mean two things.

    Args:
        completion: The answer.
        context: Facts of the run.
        images: The row's pictures.
        space: A family or a space.
        value: Only this value of the answer counts.

    Raises:
        ValueError: The space cannot be used.
    """
    check_space(context, space=space)
    try:
        image_size, resized_size = picture_sizes(images, context, space=space)
        if value is None:
            found = read_detections(completion, space=space, image_size=image_size, resized_size=resized_size)
        else:
            found = read_one_value(value, space=space, image_size=image_size, resized_size=resized_size)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    return vr.RewardOutput.abstained(f"beyond_coverage: {found.reason}") if found.undecided else found


def in_frame(
    solution: Any, images: vr.Images, context: vr.Context, *, reference: Form, reference_space: str
) -> list[Detection]:
    """The detections of a reference. Raises ValueError when it is none, or lacks a picture."""
    if reference_space == "pixels":
        if reference == "xyxy" and (plain := _plain_boxes(solution)):
            return plain
        return read_reference(solution, form=reference, space=reference_space)
    image_size, resized_size = picture_sizes(images, context, space=reference_space)
    return read_reference(
        solution, form=reference, space=reference_space, image_size=image_size, resized_size=resized_size
    )


def _plain_boxes(solution: Any) -> list[Detection]:
    """The boxes of a list of numbers, or of a list of such lists; none where it is anything else, or not all are right.

    What most data hold, and what `read_reference` gives for it, in a tenth of the time.
    """
    if type(solution) is not list and type(solution) is not tuple:
        return []
    found = []
    for sides in (solution,) if len(solution) == 4 and type(solution[0]) in _NUMBERS else solution:
        if type(sides) not in _LISTS or len(sides) != 4:
            return []
        x1, y1, x2, y2 = sides
        if not ({type(x1), type(y1), type(x2), type(y2)} <= _NUMBERS and _LOW <= x1 < x2 <= _HIGH):
            return []
        if not (_LOW <= y1 < y2 <= _HIGH and (x2 - x1) * (y2 - y1) > 0):
            return []
        found.append(Detection((float(x1), float(y1), float(x2), float(y2))))
    return found


def numbered_classes(solution: Any, gold: list[Detection]) -> vr.RewardOutput | None:
    """The outcome for a reference that gives classes as numbers where names are compared: no answer could be right."""
    if not any(item.label is not None and item.label[-1:].isdigit() for item in gold):
        return None
    number = class_number(solution)
    if number is None:
        return None
    return vr.RewardOutput.bad_reference(
        f"the reference gives the class {number} as a number, and answers name their classes: give its name, or its "
        f"text '{number}' if answers give numbers too, or set labels: ignore"
    )


def nothing_to_find(completion: vr.Completion, found: Detections) -> vr.RewardOutput:
    """The outcome for a reference that is empty: an answer that says so is right, one that finds something wrong."""
    if is_rejection(completion, found):
        return vr.RewardOutput(score=1.0, reason="nothing to find")
    if found.items or found.rejected:
        return vr.RewardOutput(score=0.0, reason="found something where nothing is")
    return vr.RewardOutput.unparseable("neither a box nor a word that nothing is there")


def is_rejection(completion: vr.Completion, found: Detections) -> bool:
    """Whether the answer says that nothing is there, in words or by the family's point for it."""
    return not found.items and (found.reason == _INFEASIBLE or says_nothing(answer_text(completion)))


def label_of(detection: Detection) -> str | None:
    """The name of a detection as it is compared: without case, and without space around it."""
    return None if detection.label is None else detection.label.strip().casefold()
