"""AP equals pycocotools, also with crowds and ties; the strict form is its worst order and charges every wrong box."""

from __future__ import annotations

import contextlib
import io
import itertools
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlm_rewards_grounding.metrics import average_precision as module
from vlm_rewards_grounding.metrics.average_precision import Item, coco_ap, strict_ap
from vlm_rewards_grounding.metrics.boxes import Box

coco = pytest.importorskip("pycocotools.coco")
cocoeval = pytest.importorskip("pycocotools.cocoeval")

BOX: Box = (10.0, 10.0, 50.0, 50.0)
FAR: Box = (200.0, 200.0, 240.0, 240.0)


def by_pycocotools(predictions: list[Item], references: list[Item]) -> list[float]:
    items: list[Any] = [*predictions, *references]
    labels = sorted({item.label or "" for item in items}) or [""]
    numbers = {label: index + 1 for index, label in enumerate(labels)}

    def entry(item: Any, number: int) -> dict[str, Any]:
        x1, y1, x2, y2 = item.box
        place = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}
        extra = {"iscrowd": int(item.crowd), "score": item.score}
        return {"id": number, "image_id": 1, "category_id": numbers[item.label or ""], **place, **extra}

    gold, found = coco.COCO(), coco.COCO()
    pictures, classes = [{"id": 1}], [{"id": number} for number in numbers.values()]
    with contextlib.redirect_stdout(io.StringIO()):
        for table, rows in ((gold, references), (found, predictions)):
            entries = [entry(item, number + 1) for number, item in enumerate(rows)]
            table.dataset = {"images": pictures, "categories": classes, "annotations": entries}
            table.createIndex()
        run = cocoeval.COCOeval(gold, found, "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [float(value) for value in run.stats[:3]]


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.integers(0, 6)) * 10, draw(st.integers(0, 6)) * 10
    return float(x), float(y), float(x + draw(st.integers(1, 40))), float(y + draw(st.integers(1, 40)))


@st.composite
def pictures(draw: st.DrawFn, *, crowds: bool = True) -> tuple[list[Item], list[Item]]:
    labels = st.sampled_from(["cat", "dog", "car"][: draw(st.integers(1, 3))])
    gold = [
        Item(draw(boxes()), draw(labels), crowd=crowds and draw(st.integers(0, 4)) == 0)
        for _ in range(draw(st.integers(0, 5)))
    ]
    found: list[Item] = []
    scores = draw(st.sampled_from((st.just(1.0), st.integers(0, 3).map(lambda tick: tick / 4), st.floats(0, 1))))
    for _ in range(draw(st.integers(0, 9))):
        near_one = draw(st.booleans())
        if gold and near_one:
            near = draw(st.sampled_from(gold))
            x1, y1, x2, y2 = near.box
            shift = draw(st.integers(0, 6))
            found.append(Item((x1 + shift, y1, x2 + shift, y2), near.label, draw(scores)))
        else:
            found.append(Item(draw(boxes()), draw(labels), draw(scores)))
    return found, gold


@given(pictures())
@settings(max_examples=100)
def test_ap_equals_pycocotools(picture: tuple[list[Item], list[Item]]) -> None:
    found, gold = picture
    ours, theirs = coco_ap(found, gold), by_pycocotools(found, gold)
    assert (list(ours) if ours else [-1.0] * 3) == pytest.approx(theirs, abs=1e-9)


def test_ap_equals_pycocotools_beyond_its_hundred_boxes() -> None:
    draw = random.Random(7)
    gold = [Item((x, y, x + 30.0, y + 30.0)) for x in range(0, 200, 40) for y in range(0, 200, 40)]
    found = []
    for _ in range(150):
        x, y = draw.randrange(0, 200, 5), draw.randrange(0, 200, 5)
        found.append(Item((float(x), float(y), x + 30.0, y + 30.0), None, draw.random()))
    ours = coco_ap(found, gold)
    assert ours is not None
    assert list(ours) == pytest.approx(by_pycocotools(found, gold), abs=1e-9)


def test_thresholds_and_levels_are_cocos_to_the_bit() -> None:
    params = cocoeval.Params(iouType="bbox")
    assert list(module.THRESHOLDS) == params.iouThrs.tolist() == np.linspace(0.5, 0.95, 10).tolist()
    assert list(module._LEVELS) == params.recThrs.tolist()


@given(pictures(crowds=False))
@settings(max_examples=20)
def test_strict_ap_of_one_class_without_conflicts_is_pycocotools_with_wrong_boxes_first(
    picture: tuple[list[Item], list[Item]],
) -> None:
    gold = [Item((x * 100.0, 0.0, x * 100.0 + 40, 40.0)) for x in range(3)]  # apart: no box overlaps two of them
    seen = set()
    found = []
    for item, row in zip(picture[0], itertools.cycle(gold), strict=False):
        shift = item.box[0] / 8
        found.append(Item((row.box[0] + shift, 0.0, row.box[2] + shift, 40.0)))
        if row.box in seen:
            found.pop()  # one box for each reference: pairing them has no alternatives
        seen.add(row.box)
    found.append(Item((900.0, 900.0, 950.0, 950.0)))
    strict = strict_ap(found, gold)
    assert strict is not None
    worst = [
        min(values)
        for values in zip(*(by_pycocotools(list(order), gold) for order in itertools.permutations(found)), strict=True)
    ]
    assert [strict.ap50, strict.ap75] == pytest.approx(worst[1:], abs=1e-9)


@given(pictures(), st.randoms(use_true_random=False))
def test_strict_ap_depends_on_no_order_and_on_no_confidence(
    picture: tuple[list[Item], list[Item]], shuffle: random.Random
) -> None:
    found, gold = picture
    other = [item._replace(score=shuffle.random()) for item in found]
    rows = list(gold)
    shuffle.shuffle(other)
    shuffle.shuffle(rows)
    one, two = strict_ap(found, gold), strict_ap(other, rows)
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert tuple(one) == pytest.approx(tuple(two), abs=1e-12)


@given(pictures(crowds=False), boxes(), st.sampled_from(["cat", "zebra"]))
def test_a_box_that_finds_nothing_never_pays(picture: tuple[list[Item], list[Item]], far: Box, label: str) -> None:
    found, gold = picture
    before = strict_ap(found, gold)
    wrong = Item((far[0] + 500, far[1] + 500, far[2] + 500, far[3] + 500), label, 0.0)
    after = strict_ap([*found, wrong], gold)
    if before is not None and after is not None:
        assert after.ap <= before.ap
        if label == "zebra":
            assert after.ap < before.ap or before.ap == 0
    assert (before is None) == (after is None)


@given(pictures())
def test_perfect_answers_earn_one_and_all_stays_in_the_range(picture: tuple[list[Item], list[Item]]) -> None:
    found, gold = picture
    for form in (coco_ap, strict_ap):
        value = form(found, gold)
        assert value is None or all(0.0 <= part <= 1.0 for part in value)
    plain = [item._replace(crowd=False) for item in gold]
    if plain:
        right = [Item(item.box, item.label) for item in plain]
        assert coco_ap(right, plain) == strict_ap(right, plain) == (1.0, 1.0, 1.0)


def test_a_crowd_excuses_what_lies_inside_it_and_nothing_else() -> None:
    gold = [Item(BOX), Item((190.0, 190.0, 260.0, 260.0), None, crowd=True)]
    right, inside = Item(BOX), Item(FAR)
    assert strict_ap([right, inside, inside], gold) == coco_ap([right, inside, inside], gold) == (1.0, 1.0, 1.0)
    outside = Item((600.0, 600.0, 640.0, 640.0))
    assert strict_ap([right, outside], gold) == (0.5, 0.5, 0.5)
    assert strict_ap([inside], [gold[1]]) is None
    assert coco_ap([inside], [gold[1]]) is None
    crowd_of_dogs = [Item(BOX, "cat"), Item((190.0, 190.0, 260.0, 260.0), "dog", crowd=True)]
    assert strict_ap([Item(BOX, "cat"), Item(FAR, "dog")], crowd_of_dogs) == (1.0, 1.0, 1.0)


# -- what earned 1.0 elsewhere ---------------------------------------------------------------------------------------
# VLM-R1's `detection_score` hands one picture to COCOeval; `coco_ap` is that number to 1e-9, as shown above.


def test_a_shotgun_of_boxes_keeps_cocos_ap_and_loses_ours() -> None:
    gold = [Item(BOX, "cat")]
    shots = [Item((x * 60.0, 300.0, x * 60.0 + 40, 340.0), "cat", 0.1) for x in range(50)]
    found = [Item(BOX, "cat", 0.9), *shots]
    assert coco_ap(found, gold) == (1.0, 1.0, 1.0)
    assert strict_ap(found, gold) == pytest.approx([1 / 51] * 3)


def test_duplicates_keep_cocos_ap_and_lose_ours() -> None:
    gold, found = [Item(BOX, "cat")], [Item(BOX, "cat")] * 4
    assert coco_ap(found, gold) == (1.0, 1.0, 1.0)
    assert strict_ap(found, gold) == (0.25, 0.25, 0.25)


def test_a_hallucinated_class_is_free_in_cocos_ap_and_halves_ours() -> None:
    gold, found = [Item(BOX, "cat")], [Item(BOX, "cat"), Item(FAR, "dog")]
    assert coco_ap(found, gold) == (1.0, 1.0, 1.0)
    assert strict_ap(found, gold) == (0.5, 0.5, 0.5)


def test_a_wrong_box_with_confidence_0_is_free_in_cocos_ap_and_halves_ours() -> None:
    gold, found = [Item(BOX, "cat")], [Item(FAR, "cat", 0.0), Item(BOX, "cat", 1.0)]
    assert coco_ap(found, gold) == (1.0, 1.0, 1.0)
    assert strict_ap(found, gold) == (0.5, 0.5, 0.5)


def test_the_order_of_equal_confidences_decides_cocos_ap_and_not_ours() -> None:
    gold, found = [Item(BOX, "cat")], [Item(FAR, "cat"), Item(BOX, "cat")]
    assert (coco_ap(found, gold), coco_ap(found[::-1], gold)) == ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))
    assert strict_ap(found, gold) == strict_ap(found[::-1], gold) == (0.5, 0.5, 0.5)
