"""COCO's twelve numbers over the boxes of many images, by pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Any

from vlm_rewards_grounding.metrics.average_precision import Gold, Predicted
from vlm_rewards_grounding.metrics.boxes import Box, area

#: In the order of `COCOeval.stats`.
NAMES = (
    *("AP", "AP50", "AP75", "AP small", "AP medium", "AP large"),
    *("AR 1", "AR 10", "AR 100", "AR small", "AR medium", "AR large"),
)


def coco_numbers(images: Sequence[tuple[Sequence[Predicted], Sequence[Gold]]]) -> dict[str, float]:
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


def _annotations(
    images: Sequence[Sequence[Gold | Predicted]], classes: dict[str | None, int]
) -> Iterator[dict[str, Any]]:
    known = ((image, item) for image, items in enumerate(images) for item in items if item.label in classes)
    for number, (image, item) in enumerate(known, 1):  # from 1 on: COCOeval takes the id 0 for no match
        kind = {"iscrowd": int(item.crowd)} if isinstance(item, Gold) else {"score": item.score}
        place = {"id": number, "image_id": image, "category_id": classes[item.label]}
        yield place | kind | {"bbox": _xywh(item.box), "area": area(item.box)}


def _xywh(box: Box) -> list[float]:
    x1, y1, x2, y2 = box
    return [x1, y1, x2 - x1, y2 - y1]
