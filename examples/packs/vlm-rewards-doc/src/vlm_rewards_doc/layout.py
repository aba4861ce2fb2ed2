"""`doc/layout`: the parts of a page, where they are, what they are, and in which order they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import vlm_rewards as vr
from vlm_rewards.text import last_json
from vlm_rewards_doc.texts import held, judged

__all__ = ["layout"]

MAX_PARTS = 500
_BOXES, _KINDS = ("bbox", "bbox_2d", "box"), ("category", "label", "class", "type")
#: A class, and a box as left, top, right and bottom; what is none has neither.
_Part = tuple[str, list[float]]
_NOTHING: _Part = ("", [0, 0, 0, 0])


@vr.reward(range=(0.0, 1.0))
def layout(
    completion: vr.Completion,
    solution: list[Any] | str,
    *,
    iou: Annotated[float, vr.Field(gt=0, le=1)] = 0.5,
    order: Annotated[float, vr.Field(ge=0, le=1)] = 0.3,
) -> vr.RewardOutput:
    r"""F1 of the parts found, of which a share `order` counts only as far as they come in the right order.

    Range 0 to 1; never abstains. The answer holds a JSON list of parts in the order in which they are read, each with
    a box (`bbox`, `bbox_2d` or `box`: left, top, right, bottom, in the frame of the reference) and a class (`category`,
    `label`, `class` or `type`). A part is found where the classes are the same and the boxes overlap by `iou`; parts
    are paired one to one for the greatest overlap. The order is the share of pairs of found parts that stand as in the
    reference. No such list, or one of over 500 parts, is unparseable.

    Args:
        completion: The answer.
        solution: The parts in their order, or their JSON text.
        iou: Least overlap of a part that is found.
        order: How much of the score depends on the order.

    Source: the layout reward of Infinity-Parser (Wang et al., arXiv 2506.03197), by F1 and pairs in order.

    >>> gold = [{"bbox": [0, 0, 90, 10], "category": "title"}, {"bbox": [0, 20, 90, 80], "category": "text"}]
    >>> layout(vr.Completion(str(gold).replace("'", '"')), gold).score
    1.0
    >>> layout(vr.Completion(str(gold[::-1]).replace("'", '"')), gold).score
    0.7
    >>> layout(vr.Completion(str(gold * 9).replace("'", '"')), gold).score  # a hack: each many times
    0.2
    """

    def score(given: Sequence[_Part], wanted: Sequence[_Part]) -> tuple[float, str]:
        found = _found(given, wanted, iou)
        pairs = [one < other for at, one in enumerate(found) for other in found[at + 1 :]]
        in_order = sum(pairs) / len(pairs) if pairs else 1.0
        f1 = 2 * len(found) / (len(given) + len(wanted))
        told = f"{len(found)} of {len(wanted)} parts found, {len(given)} given, {in_order:.2f} in order"
        return f1 * (1 - order + order * in_order), told

    return judged(completion, solution, _wanted, lambda text: _parts(last_json(text, number=float)), score)


def _wanted(reference: Any) -> list[_Part]:
    parts = _parts(held(reference))
    if not parts or _NOTHING in parts:
        raise ValueError("a part of the reference has no box or no class, or there is none")
    return parts


def _parts(value: object) -> list[_Part]:
    """The parts of a list, and nothing for what is none. Raises ValueError for what is no list, or too long a one."""
    if not isinstance(value, list) or len(value) > MAX_PARTS:
        raise ValueError(f"there is no list of at most {MAX_PARTS} parts")
    return [_part(item) if isinstance(item, dict) else _NOTHING for item in value]


def _part(item: dict[str, Any]) -> _Part:
    box, kind = (next((item[name] for name in names if name in item), None) for names in (_BOXES, _KINDS))
    if not isinstance(kind, str) or not isinstance(box, list) or len(box) != 4:
        return _NOTHING
    is_box = all(isinstance(side, int | float) and abs(side) < 1e9 for side in box)
    return (kind.strip().casefold(), box) if is_box and box[0] < box[2] and box[1] < box[3] else _NOTHING


def _found(given: Sequence[_Part], wanted: Sequence[_Part], iou: float) -> list[int]:
    """For each part that is found, in the order of the answer, the number of the one that it is."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    one, other = (np.array([box for _, box in parts], dtype=float).reshape(-1, 4) for parts in (given, wanted))
    sides = np.minimum(one[:, None, 2:], other[:, 2:]) - np.maximum(one[:, None, :2], other[:, :2])
    shared = np.maximum(sides, 0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (one, other)]
    overlap = shared / (areas[0][:, None] + areas[1] - shared)
    overlap[overlap < iou] = 0
    for row, (kind, _) in zip(overlap, given, strict=True):
        row[[kind != right for right, _ in wanted]] = 0
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    return [int(column) for row, column in zip(rows, columns, strict=True) if overlap[row, column] > 0]
