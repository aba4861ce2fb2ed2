"""COCO's twelve numbers over many images are those of pycocotools, called by hand on what the answers say."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from PIL import Image

import vlm_rewards as vr
from vlm_rewards_grounding import detection_ap
from vlm_rewards_grounding.detection_ap import CocoFigures

coco = pytest.importorskip("pycocotools.coco")
cocoeval = pytest.importorskip("pycocotools.cocoeval")

CAT, DOG = {"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}
#: Per image: COCO's annotations (box as xywh, class, crowd), the answer, and its detections (xywh, class, score).
IMAGES: list[tuple[list[tuple[list[float], int, int]], str, list[tuple[list[float], int, float]]]] = [
    (
        [([10, 10, 20, 20], 1, 0), ([100, 50, 60, 70], 2, 0)],
        (
            '```json\n[{"bbox_2d": [11, 10, 31, 30], "label": "Cat", "score": 0.9}, '
            '{"bbox_2d": [98, 55, 161, 118], "label": "dog", "score": 0.4}, '
            '{"bbox_2d": [0, 0, 9, 9], "label": "horse", "score": 0.99}]\n```'
        ),
        [([11, 10, 20, 20], 1, 0.9), ([98, 55, 63, 63], 2, 0.4)],
    ),
    ([([0, 0, 150, 150], 2, 0), ([5, 5, 30, 30], 1, 1)], "I cannot help with that.", []),
    ([], '[{"bbox_2d": [10, 10, 60, 60], "label": "cat", "score": 0.95}]', [([10, 10, 50, 50], 1, 0.95)]),
    ([], "[]", []),
    (
        [([40, 40, 100, 100], 1, 0), ([0, 0, 30, 30], 1, 0)],
        '<think>[1, 2, 3, 4]</think>[{"bbox_2d": [45, 45, 130, 141], "label": "cat"}]',
        [([45, 45, 85, 96], 1, 1.0)],
    ),
    ([([7, 7, 50, 40], 2, 0)], "", []),
]


def by_hand() -> list[float]:
    """What pycocotools says of a file of annotations and a file of results."""
    gold = [
        {"image_id": image, "bbox": box, "area": box[2] * box[3], "category_id": kind, "iscrowd": crowd}
        for image, (things, _, _) in enumerate(IMAGES, 1)
        for box, kind, crowd in things
    ]
    found = [
        {"image_id": image, "bbox": box, "category_id": kind, "score": score}
        for image, (_, _, things) in enumerate(IMAGES, 1)
        for box, kind, score in things
    ]
    truth = coco.COCO()
    truth.dataset = {
        "info": {},
        "images": [{"id": image} for image in range(1, len(IMAGES) + 1)],
        "categories": [CAT, DOG],
        "annotations": [{"id": number, **thing} for number, thing in enumerate(gold, 1)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        run = cocoeval.COCOeval(truth, truth.loadRes(found), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [float(value) for value in run.stats]


def reference(things: list[tuple[list[float], int, int]]) -> Any:
    names = {1: "cat", 2: "dog"}
    return {
        "bbox": [box for box, _, _ in things],
        "category": [names[kind] for _, kind, _ in things],
        "iscrowd": [crowd for _, _, crowd in things],
    }


def figures(rows: list[tuple[str, Any]], **params: Any) -> dict[str, float]:
    """The figures as an evaluation asks for them."""
    rewards = {"version": 1, "rewards": {"boxes": {"use": "grounding/detection_ap", "params": params}}}
    with vr.load_scorer(rewards) as scorer:
        counted = CocoFigures(**scorer.terms[0].params)
    picture = (vr.ImageRef(Image.new("1", (200, 200))),)
    for text, solution in rows:
        counted.add(vr.Completion(text), solution, vr.Context(), picture)
    return counted.result()


def test_the_twelve_numbers_are_those_of_pycocotools_over_all_images() -> None:
    rows = [(text, reference(things)) for things, text, _ in IMAGES]
    found = figures(rows, reference="xywh")
    assert list(found.values()) == pytest.approx(by_hand(), abs=1e-12)
    assert 0 < found["AP"] < found["AP50"] < 1
    assert list(found)[6:9] == ["AR 1", "AR 10", "AR 100"]


def test_answers_without_any_box_score_zero() -> None:
    found = figures([("none", [[0, 0, 20, 20]]), ("", [[0, 0, 20, 20]])])
    assert (found["AP"], found["AR 100"], found["AP large"]) == (0, 0, -1)


def test_rows_whose_reference_cannot_be_read_are_left_out() -> None:
    right = ('[{"bbox_2d": [0, 0, 20, 20], "label": "cat"}]', [{"bbox": [0, 0, 20, 20], "label": "cat"}])
    bad = [
        ("[[0, 0, 20, 20]]", {"not_bbox": [0, 0, 20, 20]}),
        ("[[0, 0, 9, 9]]", [{"bbox": [0, 0, 9, 9], "label": 17}]),
    ]
    assert figures([right, *bad]) == figures([right])
    assert figures([right])["AP"] == pytest.approx(1)
    assert figures(bad) == {}


def test_names_may_be_nearly_those_of_the_references_of_any_image() -> None:
    text = '[{"bbox_2d": [0, 0, 20, 20], "label": "traffic lights"}]'
    rows = [(text, [{"bbox": [0, 0, 20, 20], "label": "traffic light"}])]
    assert figures(rows)["AP"] == 0
    assert figures(rows, label_ratio=0.9)["AP"] == pytest.approx(1)
    assert figures([*rows, (text, [{"bbox": [0, 0, 20, 20], "label": "cat"}])], label_ratio=0.9)["AP"] < 1


@pytest.mark.parametrize("labels", ["match", "ignore"])
def test_one_image_has_the_average_precision_of_the_reward_under_its_protocol_coco(labels: str) -> None:
    things, text, _ = IMAGES[0]
    solution = reference(things)
    found = figures([(text, solution)], reference="xywh", labels=labels)
    for measure in ("ap", "ap50", "ap75"):
        one = detection_ap(
            vr.Completion(text),
            solution,
            vr.Context(),
            reference="xywh",
            labels=labels,  # type: ignore[arg-type] # of parametrize
            measure=measure,
            protocol="coco",
        ).score
        assert found[measure.upper()] == pytest.approx(one, abs=1e-9)
