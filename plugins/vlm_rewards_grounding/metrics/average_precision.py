"""Average precision of the boxes of one image, by COCO's rules and by stricter ones that nothing can play.

Both average over ten IoU thresholds, 0.5 to 0.95, and over classes; both read precision at 101 levels of recall.
COCO's ranks boxes by their confidence, and boxes after the last right one cost nothing: one right box and a thousand
wrong ones with less confidence earn 1.0. The strict form has no confidences: all boxes rank the same, so each wrong one
counts against all levels of recall, as if it stood first. `coco_numbers` are COCO's twelve over many images.
"""

import contextlib
import io
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from vlm_rewards_grounding.metrics.boxes import Box, area
from vlm_rewards_grounding.metrics.iou import iou_matrix
from vlm_rewards_grounding.metrics.matching import assigned_weights

# The exact floats of numpy's linspace, with which COCO compares.
THRESHOLDS = (*(index * ((0.95 - 0.5) / 9) + 0.5 for index in range(9)), 0.95)
_LEVELS = (*(index * 0.01 for index in range(100)), 1.0)
MAX_DETECTIONS = 100


class Item(NamedTuple):
    """A box with its class: a predicted one, or a reference."""

    box: Box
    label: str | None = None
    score: float = 1.0  # of a prediction: its confidence
    crowd: bool = False  # of a reference: it holds uncounted objects, and boxes inside it count neither way


class AveragePrecision(NamedTuple):
    """The mean over all thresholds, and those at 0.5 and 0.75."""

    ap: float
    ap50: float
    ap75: float


Matched = tuple[bool | None, ...]  # of each prediction by rank: right, wrong, or None where a crowd excuses it


def coco_ap(predictions: Iterable[Item], references: Iterable[Item]) -> AveragePrecision | None:
    """COCO's AP, AP50 and AP75 of one image; None where no reference is there to be found (COCO's -1).

    Classes without a reference are left out, however many boxes are predicted for them. At most 100 boxes of a class
    count. Among equal confidences the given order decides. Areas: all, without COCO's upper limit of 1e10 pixels.

    Source: `COCOeval` of pycocotools, whose numbers it equals within 1e-9.

    >>> gold = [Item((0, 0, 10, 10), "cat")]
    >>> coco_ap([Item((0, 0, 10, 10), "cat"), Item((50, 50, 60, 60), "cat", 0.0)], gold)
    AveragePrecision(ap=1.0, ap50=1.0, ap75=1.0)
    """
    predicted, gold = _by_class(predictions), _by_class(references)
    found = [_coco_class(predicted.get(label, []), items) for label, items in gold.items() if _countable(items)]
    return _mean(found) if found else None


def strict_ap(predictions: Iterable[Item], references: Iterable[Item]) -> AveragePrecision | None:
    """AP without confidences, over the classes of references and predictions; None where nothing is to be found.

    In each class, boxes and references are paired once, for the greatest sum of IoU. At a threshold the pairs that
    reach it are right: with `t` of them among `n` boxes, precision is t / n at every level of recall up to t / m of the
    `m` references, else 0. That is COCO's AP of equal confidences when wrong boxes come first. A class that has
    predictions but no reference has an AP of 0. A box without a partner that lies in a crowd is not among the `n`.

    >>> gold = [Item((0, 0, 10, 10), "cat")]
    >>> strict_ap([Item((0, 0, 10, 10), "cat"), Item((50, 50, 60, 60), "cat", 0.0)], gold)
    AveragePrecision(ap=0.5, ap50=0.5, ap75=0.5)
    """
    predicted, gold = _by_class(predictions), _by_class(references)
    if not any(map(_countable, gold.values())):
        return None
    labels = {**gold, **predicted}
    classes = (_strict_class(predicted.get(label, []), gold.get(label, [])) for label in labels)
    found = [values for values in classes if values is not None]
    return _mean(found)


def _by_class(items: Iterable[Item]) -> dict[str | None, list[Item]]:
    classes: dict[str | None, list[Item]] = {}
    for item in items:
        classes.setdefault(item.label, []).append(item)
    return classes


def _countable(items: Iterable[Item]) -> int:
    return sum(not item.crowd for item in items)


def _mean(classes: Sequence[Sequence[float]]) -> AveragePrecision:
    """Over classes; each gives one value per threshold."""
    means = [sum(values) / len(classes) for values in zip(*classes, strict=True)]
    return AveragePrecision(sum(means) / len(means), means[0], means[5])


def _strict_class(predicted: list[Item], items: list[Item]) -> list[float] | None:
    """The AP of one class at each threshold; None for a class that says nothing: all of it lies in crowds."""
    boxes = sorted(item.box for item in predicted)  # so that equal sums of IoU are paired alike in any order
    gold = sorted(item.box for item in items if not item.crowd)
    paired = assigned_weights(iou_matrix(boxes, gold))
    crowded = _crowded(boxes, items)
    if not gold and sum(share >= THRESHOLDS[-1] for share in crowded) == len(boxes):
        return None
    reached = (0, *accumulate(_levels(len(gold))))
    hits = sorted(paired)
    values = []
    for threshold in THRESHOLDS:
        right = len(hits) - bisect_left(hits, threshold)
        if not right:
            values.append(0.0)
            continue
        excused = sum(value < threshold <= share for value, share in zip(paired, crowded, strict=False))
        values.append(right / (len(boxes) - excused) * reached[right] / len(_LEVELS))
    return values


def _crowded(boxes: list[Box], items: list[Item]) -> list[float]:
    """The greatest share of each box that lies in one crowd; empty without crowds."""
    crowds = [item.box for item in items if item.crowd]
    return [max(row) for row in iou_matrix(boxes, crowds, crowd=True)] if crowds else []


def _coco_class(predicted: list[Item], items: list[Item]) -> list[float]:
    """The AP of one class at each threshold."""
    ranked = sorted(predicted, key=lambda item: -item.score)[:MAX_DETECTIONS]
    boxes = [item.box for item in ranked]
    gold = [item.box for item in items if not item.crowd]
    levels = _levels(len(gold))
    least = THRESHOLDS[0]
    # What no threshold lets through needs no look at any of them.
    candidates = [
        [(value, column) for column, value in enumerate(row) if value >= least] for row in iou_matrix(boxes, gold)
    ]
    crowded = _crowded(boxes, items) or [0.0] * len(boxes)
    matched = [_matched(candidates, crowded, threshold) for threshold in THRESHOLDS]
    known = {ranks: _interpolated(ranks, levels) for ranks in set(matched)}
    return [known[ranks] for ranks in matched]


def _matched(candidates: list[list[tuple[float, int]]], crowded: list[float], threshold: float) -> Matched:
    """Each box in turn takes the free reference that it overlaps most; of equals, the last one."""
    taken: set[int] = set()
    matched: list[bool | None] = []
    for row, share in zip(candidates, crowded, strict=True):
        best, chosen = threshold, -1
        for value, column in row:
            if value >= best and column not in taken:
                best, chosen = value, column
        if chosen >= 0:
            taken.add(chosen)
            matched.append(True)
        else:
            matched.append(None if share >= threshold else False)
    return tuple(matched)


def _interpolated(matched: Matched, levels: tuple[int, ...]) -> float:
    """Mean over the levels of recall of the best precision at that recall or beyond."""
    precisions: list[float] = []
    seen = 0
    for right in matched:
        if right is None:
            continue
        seen += 1
        if right:
            precisions.append((len(precisions) + 1) / seen)
    total = best = 0.0
    for precision, count in zip(reversed(precisions), reversed(levels[: len(precisions)]), strict=True):
        best = max(best, precision)
        total += best * count
    return total / len(_LEVELS)


@lru_cache(maxsize=1024)
def _levels(references: int) -> tuple[int, ...]:
    """How many levels of recall are reached only with the first, the second, .. right box of so many references."""
    reached = [0, *(bisect_right(_LEVELS, right / references) for right in range(1, references + 1))]
    return tuple(after - before for before, after in pairwise(reached))


#: In the order of `COCOeval.stats`.
NAMES = (
    *("AP", "AP50", "AP75", "AP small", "AP medium", "AP large"),
    *("AR 1", "AR 10", "AR 100", "AR small", "AR medium", "AR large"),
)


def coco_numbers(images: Sequence[tuple[Sequence[Item], Sequence[Item]]]) -> dict[str, float]:
    """`COCOeval.stats` by their names, -1 where no reference is of that size; nothing without any reference.

    The sizes of things are the areas of their boxes in square pixels (small up to 32², medium up to 96²). Raises
    ImportError without pycocotools.

    Source: `COCOeval` of pycocotools.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    labels = dict.fromkeys(item.label for _, gold in images for item in gold)
    if not labels:
        return {}
    classes = {label: number for number, label in enumerate(labels, 1)}
    sides: list[Any] = []
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints what it does
        for items in ([gold for _, gold in images], [predicted for predicted, _ in images]):
            side = COCO()
            side.dataset = {
                "images": [{"id": image} for image in range(len(images))],
                "categories": [{"id": number} for number in classes.values()],
                "annotations": list(_annotations(items, classes)),
            }
            side.createIndex()
            sides.append(side)
        evaluation = COCOeval(*sides, iouType="bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return dict(zip(NAMES, map(float, evaluation.stats), strict=True))


def _annotations(images: Sequence[Sequence[Item]], classes: dict[str | None, int]) -> Iterator[dict[str, Any]]:
    known = ((image, item) for image, items in enumerate(images) for item in items if item.label in classes)
    for number, (image, item) in enumerate(known, 1):  # from 1 on: COCOeval takes the id 0 for no match
        told = {"iscrowd": int(item.crowd), "score": item.score}
        x1, y1, x2, y2 = item.box
        place = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": area(item.box)}
        yield {"id": number, "image_id": image, "category_id": classes[item.label]} | told | place
