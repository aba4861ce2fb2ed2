"""All development cases of box, point, mask and time metrics, whose values come from reference libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards_grounding.detection_f1 import matched_overlaps
from vlm_rewards_grounding.detections import Detection
from vlm_rewards_grounding.formats.masks.reading import read_mask
from vlm_rewards_grounding.formats.masks.rle import mask_areas
from vlm_rewards_grounding.metrics.average_precision import Item, coco_ap
from vlm_rewards_grounding.metrics.boxes import centre, contains
from vlm_rewards_grounding.metrics.gaussian import gaussian_plane, gaussian_point
from vlm_rewards_grounding.metrics.intervals import temporal_overlap
from vlm_rewards_grounding.metrics.iou import ciou, diou, giou, iou, iou_matrix

DATA = Path(__file__).parents[5] / "shared" / "data" / "grounding" / "metric_cases_dev.jsonl"
Case = dict[str, Any]


def average_precision(case: Case) -> list[float]:
    predicted = [Item(tuple(item["box"]), item["label"], item.get("score", 1.0)) for item in case["pred"]]
    value = coco_ap(predicted, [Item(tuple(item["box"]), item["label"]) for item in case["gt"]])
    return [-1.0] * 3 if value is None else list(value)


def hungarian(case: Case) -> list[float]:
    found, gold = ([Detection(tuple(box)) for box in case[side]] for side in ("pred", "gt"))
    values = [value for _, value in matched_overlaps(found, gold, labels="match")]
    hits = sum(value >= case["iou_thr"] for value in values)
    precision, recall = hits / max(len(found), 1), hits / max(len(gold), 1)
    return [sum(values), hits, precision, recall, 2 * hits / max(len(found) + len(gold), 1)]


def mask_overlap(one: object, other: object, size: tuple[int, int]) -> float:
    areas = mask_areas(read_mask(one, size)[0], read_mask(other, size)[0])
    return areas[2] / (areas[0] + areas[1] - areas[2])


METRICS: dict[str, Callable[[Case], Any]] = {
    "iou": lambda case: iou(case["pred"], case["gt"]),
    "giou": lambda case: giou(case["pred"], case["gt"]),
    "diou": lambda case: diou(case["pred"], case["gt"]),
    "ciou": lambda case: ciou(case["pred"], case["gt"]),
    "iou_matrix": lambda case: iou_matrix(case["pred"], case["gt"], crowd=bool(case["iscrowd"])),
    "hungarian_f1": hungarian,
    "coco_ap_image": average_precision,
    "point_in_box": lambda case: float(contains(case["box"], case["point"])),
    "gui_g2_gaussian_point": lambda case: gaussian_point(centre(case["pred"]), case["gt"], alpha=case["alpha"]),
    "gui_g2_gaussian_plane": lambda case: gaussian_plane(case["pred"], case["gt"], alpha=case["alpha"]),
    "temporal_iou": lambda case: temporal_overlap([case["pred"]], [case["gt"]]),
    "mask_iou_rle": lambda case: mask_overlap(case["pred"], case["gt"], (*case["pred"]["size"][::-1],)),
    "mask_iou_polygon": lambda case: mask_overlap(case["pred"], case["gt"], (*case["hw"][::-1],)),
}


def flat(value: Any) -> list[float]:
    """All numbers of an expected value, in order."""
    if isinstance(value, dict):
        value = list(value.values())
    return [number for item in value for number in flat(item)] if isinstance(value, list) else [float(value)]


def cases() -> list[Case]:
    if not DATA.is_file():
        pytest.skip(f"the development data is not there: {DATA}")
    rows = [json.loads(line) for line in DATA.read_text().splitlines()]
    return [row for row in rows if row["metric"] in METRICS]


@pytest.mark.parametrize("metric", METRICS)
def test_reference_libraries_agree(metric: str) -> None:
    mine = [row for row in cases() if row["metric"] == metric]
    assert mine
    for row in mine:
        assert flat(METRICS[metric](row["input"])) == pytest.approx(flat(row["expected"]), abs=row["tol"]), row["id"]
