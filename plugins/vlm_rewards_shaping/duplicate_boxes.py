"""`shaping/duplicate_boxes`: every box once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import vlm_rewards as vr
from vlm_rewards.text.visible import visible

__all__ = ["duplicate_boxes"]

Box = tuple[float, float, float, float]
Side = tuple[float, str]  # a number and which side it is said to be, or ""

MAX_BOXES = 64  # every two are compared
MAX_NUMBER_CHARS = 24
MAX_COORDINATE = 1e7
_NUMBER = frozenset("0123456789.+-eE")
_LINE = "\0"
_MARKS = str.maketrans(
    dict.fromkeys(",;:='\"`，、|", " ") | {sign: f" {sign} " for sign in "[](){}<>"} | {"\n": f" {_LINE} "}
)
_BRACKETS = {**dict.fromkeys("[({<", 1), **dict.fromkeys("])}>", -1)}
_SIDES = {
    name: side
    for side, names in {
        "x1": "x x0 x1 xmin minx left",
        "y1": "y y0 y1 ymin miny top",
        "x2": "x2 xmax maxx right",
        "y2": "y2 ymax maxy bottom",
        "w": "w width",
        "h": "h height",
        "cx": "cx xcenter centerx",
        "cy": "cy ycenter centery",
    }.items()
    for name in names.split()
}
_BETWEEN = "upper lower corner center start end point min max p1 p2 from to and at is the"
_WORDS = frozenset({*_BETWEEN.split(), *_SIDES})  # what may stand between the numbers of a box
_CORNERS = frozenset({"x1", "y1", "x2", "y2"})


@vr.reward(range=(-1.0, 0.0))
def duplicate_boxes(completion: vr.Completion, *, iou: Annotated[float, vr.Field(gt=0, le=1)] = 0.9) -> vr.RewardOutput:
    """An answer that gives no box twice.

    Range -1 to 0: minus the share of the boxes that overlap an earlier one by at least `iou`; never abstains. Boxes
    are four numbers that stand together (in brackets or a line, in two pairs, by the names of sides or corners) or the
    tokens of a family, inside the last `<answer>`, or else after the reasoning, in any unit and order of corners; an
    answer without a box has none twice. An empty answer, or one of more than 64
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
    sides: list[Side] = []
    for group in _groups(text):
        joined = sides + group
        pairs = len(sides) == len(group) == 2
        sides = joined if pairs or (len(joined) <= 4 and all(name for _, name in joined)) else group
        if not group or (len(sides) % 4 and len(sides) != 2 and not all(name for _, name in sides)):
            sides = []
        whole = 4 * min(len(sides) // 4, MAX_BOXES + 1 - len(boxes))
        boxes += [_box(sides[at : at + 4]) for at in range(0, whole, 4)]
        sides = sides[whole:]
        if len(boxes) > MAX_BOXES:
            break
    return boxes


def _groups(text: str) -> Iterator[list[Side]]:
    """The numbers that stand together: in one bracket, or in one line outside of them; none where words part boxes."""
    parts = text.translate(_MARKS).split()
    meanings = {part: _meaning(part) for part in set(parts)}  # a flood holds few that differ
    group: list[Side] = []
    depth = 0
    name = ""
    apart = False  # whether a word has parted what stood before
    for part in parts:
        meaning = meanings[part]
        if part in _BRACKETS or part == _LINE:
            depth = max(0, depth + _BRACKETS.get(part, 0))
            if group and (part != _LINE or not depth):
                yield group
                group = []
        elif isinstance(meaning, list):
            group += [(value, name or part[:3] * part.startswith("loc")) for value in meaning]
        elif meaning is None and not apart:
            yield from (group, [])
            group = []
        name = meaning if isinstance(meaning, str) else ""
        apart = meaning is None
    yield group


def _meaning(part: str) -> list[float] | str | None:
    """The numbers of a part, or the side that it names, or ""; None for a word that parts boxes."""
    values = [] if part.isalpha() else _values(part)
    words = part.lower().replace("-", "_").split("_")
    if values or _WORDS.issuperset(words):
        return values or _SIDES.get("".join(words), "")
    return None if any(map(str.isalnum, part)) else ""


def _box(sides: list[Side]) -> Box:
    """The corners that four numbers give by their names, or else in their order."""
    a, b, c, d = (value for value, _ in sides)
    by = {name: value for value, name in sides}
    if by.keys() == _CORNERS:
        a, b, c, d = by["x1"], by["y1"], by["x2"], by["y2"]
    elif len(by) == 4 and {"w", "h"} < by.keys():
        a, b = by.get("x1", by.get("cx", 0.0) - by["w"] / 2), by.get("y1", by.get("cy", 0.0) - by["h"] / 2)
        c, d = a + by["w"], b + by["h"]
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _values(part: str) -> list[float]:
    """A number, or what a token of PaliGemma or Florence-2 (one side) or Kosmos-2 (one corner) says."""
    if part.startswith("patch_index_"):
        cell = _number(part.removeprefix("patch_index_"))
        return [] if cell is None else [cell % 32, cell // 32]
    value = _number(part.removeprefix("loc").removeprefix("_").removesuffix("%").removesuffix("px"))
    return [] if value is None else [value]


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
