"""`shaping/duplicate_boxes`: every box once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Annotated

import vlm_rewards as vr
from vlm_rewards.text.visible import visible

__all__ = ["duplicate_boxes"]

Box = tuple[float, float, float, float]
Side = tuple[float, str]  # a number, and which side it is said to be or ""

MAX_BOXES = 64  # every two are compared
MAX_NUMBER_CHARS = 24
MAX_COORDINATE = 1e7
_NUMBER = frozenset("0123456789.+-eE")
_MARKS = str.maketrans({**dict.fromkeys(",;:='\"`，、|", " "), **dict.fromkeys("[](){}<>", "\n")})
_SIDES = {
    **dict.fromkeys(("x", "x0", "x1", "x2", "xmin", "xmax", "minx", "maxx", "left", "right"), "x"),
    **dict.fromkeys(("y", "y0", "y1", "y2", "ymin", "ymax", "miny", "maxy", "top", "bottom"), "y"),
    **dict.fromkeys(("w", "width"), "w"),
    **dict.fromkeys(("h", "height"), "h"),
    **dict.fromkeys(("cx", "xcenter", "centerx"), "cx"),
    **dict.fromkeys(("cy", "ycenter", "centery"), "cy"),
}
_BETWEEN = "upper lower corner center start end point min max p1 p2 from to and at is the"
_WORDS = frozenset({*_BETWEEN.split(), *_SIDES})  # what may stand between the numbers of a box


@vr.reward(range=(-1.0, 0.0))
def duplicate_boxes(completion: vr.Completion, *, iou: Annotated[float, vr.Field(gt=0, le=1)] = 0.9) -> vr.RewardOutput:
    """An answer that gives no box twice.

    Range -1 to 0: minus the share of the boxes that overlap an earlier one by at least `iou`; never abstains. Boxes
    are four numbers that stand together (in brackets or a line, in two pairs, by the names of sides or corners) or the
    tokens of a family, inside the last `<answer>`, or else after the reasoning, in any unit and order of corners; an
    answer without a box has none twice. An empty answer, or one of more than 64 boxes, is unparseable.

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
    reason = f"{repeated} of {len(boxes)} boxes given before" if repeated else None
    return vr.RewardOutput(score=score, reason=reason, details={"boxes": len(boxes), "repeated": repeated})


def _boxes(text: str) -> list[Box]:
    """All boxes, with their corners in order; one more than the cap at most. One pass."""
    boxes: list[Box] = []
    sides: list[Side] = []  # of a box that more than one group makes
    for group in _groups(text):
        if not group:
            sides = []
            continue
        is_part = len(group) == 2 or (len(group) < 4 and all(name for _, name in group))
        sides = sides + group if is_part and len(sides) + len(group) <= 4 else group
        if len(sides) % 4 == 0:
            boxes += [_box(sides[at : at + 4]) for at in range(0, min(len(sides), 4 * (MAX_BOXES + 1)), 4)]
        if len(boxes) > MAX_BOXES:
            break
        if len(sides) % 4 == 0 or not is_part:
            sides = []
    return boxes


def _groups(text: str) -> Iterator[list[Side]]:
    """The numbers that stand together in a line or bracket; an empty group for words that part boxes."""
    pieces = text.replace(",\n", " ").translate(_MARKS).split("\n")
    read = {piece: _read(piece) for piece in set(pieces)}  # a flood holds few that differ
    return itertools.chain.from_iterable([read[piece] for piece in pieces])


def _read(piece: str) -> list[list[Side]]:
    """The groups of a piece of text that no bracket or line parts."""
    groups: list[list[Side]] = []
    group: list[Side] = []
    name = ""
    parts = piece.split()
    meanings = {part: _meaning(part) for part in set(parts)}
    for part in parts:
        meaning = meanings[part]
        if meaning is None:
            if group or not groups:
                groups += [group, []]
            group = []
        elif isinstance(meaning, list):
            group += [(value, name or own) for value, own in meaning]
        name = meaning if isinstance(meaning, str) else ""
    return [*groups, group] if group else groups


def _meaning(part: str) -> list[Side] | str | None:
    """The sides that a part or token is, or the side that it names, or ""; None for a word that parts boxes."""
    bare = part.removeprefix("patch_index").removeprefix("loc").removeprefix("_")
    value = _number(bare.removesuffix("%").removesuffix("px"))
    if value is not None:
        if part.startswith("patch"):
            return [(value % 32, ""), (value // 32, "")]
        return [(value, "loc" if part.startswith("loc") else "")]
    words = part.lower().replace("-", "_").split("_")
    if _WORDS.issuperset(words):
        return _SIDES.get("".join(words), "")
    return None if any(map(str.isalnum, part)) else ""


def _box(sides: list[Side]) -> Box:
    """The corners that four numbers give by their names, or else in their order."""
    a, b, c, d = (value for value, _ in sides)
    by = {name: value for value, name in sides}
    xs, ys = ([value for value, name in sides if name == axis] for axis in "xy")
    if len(xs) == len(ys) == 2:
        (a, c), (b, d) = xs, ys
    elif len(by) == 4 and {"w", "h"} < by.keys():
        a, b = by.get("x", by.get("cx", 0.0) - by["w"] / 2), by.get("y", by.get("cy", 0.0) - by["h"] / 2)
        c, d = a + by["w"], b + by["h"]
    return min(a, c), min(b, d), max(a, c), max(b, d)


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
