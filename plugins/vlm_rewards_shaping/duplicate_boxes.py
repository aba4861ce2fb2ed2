"""`shaping/duplicate_boxes`: every box once."""

from __future__ import annotations

from typing import Annotated

import vlm_rewards as vr
from vlm_rewards.text.visible import visible

__all__ = ["duplicate_boxes"]

Box = tuple[float, float, float, float]

MAX_BOXES = 64  # every two are compared
MAX_NUMBER_CHARS = 24
MAX_COORDINATE = 1e7
_NUMBER = frozenset("0123456789.+-eE")
_BRACKETS = str.maketrans(dict.fromkeys("[](){}<>", "|"))
_SEPARATORS = str.maketrans(dict.fromkeys(",;:='\"，、", " "))


@vr.reward(range=(-1.0, 0.0))
def duplicate_boxes(completion: vr.Completion, *, iou: Annotated[float, vr.Field(gt=0, le=1)] = 0.9) -> vr.RewardOutput:
    """An answer that gives no box twice.

    Range -1 to 0: minus the share of the boxes that overlap an earlier one by at least `iou`; never abstains. Boxes
    are four numbers, two pairs or the tokens of a family, inside the last `<answer>`, or else after the reasoning, in
    any unit and order of corners; an answer without a box has none twice. An empty answer, or one of more than 64
    boxes, is unparseable.

    Args:
        completion: The answer.
        iou: The intersection over union from which two boxes are one.

    Source: ours, against the repeated boxes that recall rewards pay for, by the measure of non-maximum suppression.

    >>> duplicate_boxes(vr.Completion("[[0, 0, 9, 9], [20, 20, 30, 30]]")).score
    0.0
    >>> duplicate_boxes(vr.Completion("[[0, 0, 9, 9], [0, 0, 9, 9]]")).score
    -0.5
    >>> duplicate_boxes(vr.Completion("[0, 0, 100, 100] " * 40)).score  # a hack: one of them will be counted
    -0.975
    """
    text = completion.response if completion.answer is None else completion.answer
    if not visible(text):
        return vr.RewardOutput.unparseable("no answer after the reasoning")
    boxes = _boxes(text)
    if len(boxes) > MAX_BOXES:
        return vr.RewardOutput.unparseable(f"more than {MAX_BOXES} boxes")
    kept: list[Box] = []
    for box in boxes:
        if not any(box == other or _iou(box, other) >= iou for other in kept):
            kept.append(box)
    repeated = len(boxes) - len(kept)
    score = -repeated / len(boxes) if repeated else 0.0
    return vr.RewardOutput(score=score, details={"boxes": len(boxes), "repeated": repeated})


def _boxes(text: str) -> list[Box]:
    """All boxes, with their corners in order; one more than the cap at most. One pass."""
    boxes: list[Box] = []
    sides: list[float] = []  # of a box that more than one bracket makes
    for piece in text.translate(_BRACKETS).split("|"):
        parts = piece.translate(_SEPARATORS).split()
        if not parts:
            continue
        found = _token(parts[0]) if len(parts) == 1 else _numbers(parts)
        sides = sides + found if found and len(sides) + len(found) <= 4 else found
        if len(sides) == 4:
            a, b, c, d = sides
            boxes.append((min(a, c), min(b, d), max(a, c), max(b, d)))
            sides = []
            if len(boxes) > MAX_BOXES:
                break
    return boxes


def _token(part: str) -> list[float]:
    """What one token of PaliGemma or Florence-2 (one side) or Kosmos-2 (one corner) says."""
    side = _number(part.removeprefix("loc_").removeprefix("loc")) if part.startswith("loc") else None
    if side is not None:
        return [side]
    cell = _number(part.removeprefix("patch_index_")) if part.startswith("patch_index_") else None
    return [] if cell is None else [cell % 32, cell // 32]


def _numbers(parts: list[str]) -> list[float]:
    """A pair or a box, by numbers alone or with the names of x and y; nothing for other pieces of text."""
    named = len(parts) == 8 and all(name[:1].lower() in {"x", "y"} for name in parts[::2])
    values = [_number(part) for part in (parts[1::2] if named else parts[:5])]
    sides = [value for value in values if value is not None]
    return sides if len(sides) == len(values) in {2, 4} else []


def _number(text: str) -> float | None:
    if not 0 < len(text) <= MAX_NUMBER_CHARS or not _NUMBER.issuperset(text):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= MAX_COORDINATE else None


def _iou(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    shared = width * height
    # Boxes thinner than a float can tell have no area left to share.
    return shared / (both - shared) if both > shared else 0.0
