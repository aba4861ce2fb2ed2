"""What a policy tries when boxes are paid for: each hack costs here, and what it earned elsewhere stands beside it.

`vlm_r1_iou` and `vlm_r1_reward` restate the single-box reward of VLM-R1 (grpo_rec.py in om-ai-lab/VLM-R1), which many
repositories copy: the first `<answer>`, the first box in it, and IoU with one pixel less. `coco_ap` is what VLM-R1's
detection reward gets from COCOeval for one picture (equal to 1e-9, see metrics/test_average_precision.py).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from PIL import Image

import vlm_rewards as vr
import vlm_rewards_grounding as pack
from vlm_rewards_grounding.metrics.average_precision import Item, coco_ap

Box = Sequence[float]
GOLD = [10, 20, 30, 40]
SCREEN = (vr.ImageRef(Image.new("1", (100, 100))),)
WHOLE = [0, 0, 100, 100]


def answer(boxes: Sequence[Box], **extra: Any) -> str:
    return json.dumps([{"bbox_2d": list(box), **extra} for box in boxes])


def outcome(reward: Callable[..., vr.RewardOutput], text: str, solution: Any = GOLD, **params: Any) -> vr.RewardOutput:
    return reward(vr.Completion(text), solution, vr.Context(), SCREEN, **params)


def paid(reward: Callable[..., vr.RewardOutput], text: str, solution: Any = GOLD, **params: Any) -> float:
    """What the policy gets: what has no score gets the least."""
    return outcome(reward, text, solution, **params).score or 0.0


def vlm_r1_iou(one: Box, other: Box) -> float:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2] - 1, other[2] - 1), min(one[3] - 1, other[3] - 1)
    shared = (right - left + 1) * (bottom - top + 1) if left < right and top < bottom else 0
    return float(shared) / (
        (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - shared
    )


def vlm_r1_reward(text: str, gold: Box) -> float:
    block = re.search(r"<answer>(.*?)</answer>", text, re.DOTALL)
    box = re.search(r"\[(\d+),\s*(\d+),\s*(\d+),\s*(\d+)]", block.group(1)) if block else None
    return vlm_r1_iou([int(side) for side in box.groups()], gold) if box else 0.0


def everywhere_else(boxes: Sequence[Box], gold: Sequence[Box], scores: Sequence[float] = ()) -> float:
    found = [Item((*box,), None, score) for box, score in zip(boxes, scores or [1.0] * len(boxes), strict=True)]  # type: ignore[arg-type]
    value = coco_ap(found, [Item((*box,)) for box in gold])  # type: ignore[arg-type]
    assert value is not None
    return value.ap


# -- boxes around everything -----------------------------------------------------------------------------------------


def test_a_whole_image_box_earns_its_overlap_and_no_more() -> None:
    share = 400 / 10_000
    assert paid(pack.box_iou, answer([WHOLE])) == pytest.approx(share)
    assert paid(pack.box_iou, answer([WHOLE]), shape="squared") == pytest.approx(share**2)
    for hit_or_miss in (pack.detection_f1, pack.detection_ap):
        assert paid(hit_or_miss, answer([WHOLE])) == 0.0
    assert paid(pack.box_l1, answer([WHOLE])) == 0.0
    # Mapped to 0..1 the relatives of IoU pay a bad box up to a half, by design; more than that is not to be had.
    assert paid(pack.box_iou, answer([WHOLE]), metric="giou") == pytest.approx((share + 1) / 2)


def test_a_whole_image_box_is_no_point() -> None:
    """R_point of GUI-G2 (arXiv 2507.15846) takes the centre of the box and never looks at its size."""
    middle = [40, 40, 60, 60]
    assert (
        math.exp(-((50 - 50) ** 2 / 10**2 + (50 - 50) ** 2 / 10**2) / 2) == 1.0
    )  # the whole picture, centre on centre
    for reward in (pack.point_in_box, pack.point_distance, pack.point_gaussian):
        output = outcome(reward, answer([WHOLE]), middle)
        assert (output.status, output.reason) == (vr.Status.UNPARSEABLE, "a box where a point is asked for")
    assert paid(pack.point_gaussian, answer([WHOLE]), middle, form="plane") < 0.4
    assert paid(pack.point_gaussian, answer([WHOLE]), middle, boxes="centre") == 1.0  # who wants the paper's, gets it


# -- too many boxes --------------------------------------------------------------------------------------------------


def test_a_shotgun_of_boxes_costs() -> None:
    shots = [[x, y, x + 20, y + 20] for x in range(0, 80, 10) for y in range(0, 80, 10)]
    first = [GOLD, *(box for box in shots if box != GOLD)]
    assert everywhere_else(first, [GOLD]) == 1.0
    assert paid(pack.detection_ap, answer(first)) < 0.02
    assert paid(pack.detection_f1, answer(first)) < 0.04
    assert paid(pack.box_iou, answer([*first, [70, 70, 90, 90]])) == 0.0  # one box is one guess: the last
    assert paid(pack.count, answer(first), 1) == 0.0


def test_more_boxes_than_anybody_needs_are_refused_as_a_whole() -> None:
    flood = answer([GOLD] + [[x, y, x + 5, y + 5] for x in range(32) for y in range(32)])
    for reward in (pack.box_iou, pack.detection_f1, pack.detection_ap, pack.box_l1):
        assert paid(reward, flood) == 0.0


def test_a_shotgun_of_points_is_one_guess() -> None:
    points = json.dumps([{"point_2d": [x, 30]} for x in range(0, 100, 5)])
    assert paid(pack.point_in_box, points) == 0.0
    assert paid(pack.point_gaussian, points) < 0.001


def test_duplicates_cost() -> None:
    copies = [GOLD] * 4
    assert everywhere_else(copies, [GOLD]) == 1.0
    assert paid(pack.detection_ap, answer(copies)) == 0.25
    assert paid(pack.detection_f1, answer(copies)) == pytest.approx(2 / 5)
    two = [GOLD, [60, 60, 80, 80]]
    assert paid(pack.detection_f1, answer(copies), two) < paid(pack.detection_f1, answer([GOLD]), two)
    assert paid(pack.count, answer([GOLD, GOLD]), 2) == 0.0
    assert paid(pack.count, answer([GOLD, [10, 20, 30, 40.5]]), 2) == 0.0  # a near copy


# -- numbers that are none -------------------------------------------------------------------------------------------

HOSTILE = ["NaN", "Infinity", "-Infinity", "1e308", "-1e308", "1e999999999", "9" * 400]


@pytest.mark.parametrize("number", HOSTILE)
def test_numbers_that_are_not_finite_or_too_large_earn_nothing(number: str) -> None:
    for at in range(4):
        sides = [str(side) for side in GOLD]
        sides[at] = number
        text = f'[{{"bbox_2d": [{", ".join(sides)}]}}]'
        for reward in (pack.box_iou, pack.detection_f1, pack.detection_ap, pack.box_l1, pack.point_in_box):
            assert paid(reward, text) == 0.0
        both = f'[{{"bbox_2d": [{", ".join(sides)}]}}, {{"bbox_2d": {GOLD}}}]'
        assert paid(pack.detection_f1, both) < 1.0  # a refused box was predicted too
        assert paid(pack.detection_ap, both) < 1.0


def test_a_nan_box_matches_everything_in_pycocotools() -> None:
    """`ious < threshold` is False for NaN, so COCOeval takes the box for a match: AP 1.0."""
    np, mask = pytest.importorskip("numpy"), pytest.importorskip("pycocotools.mask")
    overlap = mask.iou(np.array([[math.nan, 20.0, 20.0, 20.0]]), np.array([[10.0, 20.0, 20.0, 20.0]]), [0])
    assert not (overlap < 0.95).any()
    assert paid(pack.detection_ap, '[{"bbox_2d": [NaN, 20, 30, 40]}]') == 0.0


def test_inverted_corners_earn_nothing() -> None:
    inverted = [30, 40, 10, 20]
    metrics = ("iou", "giou", "diou", "ciou")
    for box in (inverted, [1000, 1000, 0, 0]):
        assert [paid(pack.box_iou, answer([box]), metric=metric) for metric in metrics] == [0.0] * 4
    for reward in (pack.detection_f1, pack.detection_ap, pack.box_l1):
        assert paid(reward, answer([inverted])) == 0.0


def test_zero_area_boxes_earn_nothing_and_count() -> None:
    line, dot = [10, 20, 10, 40], [10, 20, 10, 20]
    with pytest.raises(ZeroDivisionError):
        vlm_r1_iou(dot, dot)
    for box in (line, dot):
        for reward in (pack.box_iou, pack.detection_f1, pack.detection_ap, pack.box_l1):
            assert paid(reward, answer([box])) == 0.0
        assert paid(pack.detection_f1, answer([GOLD, box])) == pytest.approx(2 / 3)
        assert paid(pack.detection_ap, answer([GOLD, box])) == 0.5


# -- the wrong place for the right numbers ---------------------------------------------------------------------------


def test_a_right_box_in_another_frame_earns_nothing() -> None:
    """Guessing the frame by size (all at most 1: relative; all at most 1000: per mille) pays each of these in full."""
    relative, per_1000 = [0.1, 0.2, 0.3, 0.4], [100, 200, 300, 400]
    assert paid(pack.box_iou, answer([relative]), space="relative") == pytest.approx(1.0)
    assert paid(pack.box_iou, answer([per_1000]), space="per_1000") == pytest.approx(1.0)
    assert paid(pack.box_iou, answer([relative])) == 0.0
    assert paid(pack.box_iou, answer([per_1000])) == 0.0
    assert paid(pack.box_iou, answer([GOLD]), space="per_1000") < 0.01
    assert paid(pack.point_in_box, '{"point_2d": [0.2, 0.3]}') == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "<think><answer>[10, 20, 30, 40]</answer></think><answer>I do not know</answer>",
        "<think>It is at [10, 20, 30, 40].</think> Somewhere.",
        "<think>[10, 20, 30, 40]",
    ],
)
def test_boxes_only_in_the_reasoning_earn_nothing(text: str) -> None:
    for reward in (pack.box_iou, pack.detection_f1, pack.detection_ap, pack.box_l1, pack.point_in_box):
        assert outcome(reward, text).status is vr.Status.UNPARSEABLE


def test_a_box_in_the_reasoning_is_what_the_usual_regular_expression_pays() -> None:
    text = "<think><answer>[10, 20, 30, 40]</answer></think><answer>[0, 0, 5, 5]</answer>"
    assert vlm_r1_reward(text, GOLD) == 1.0
    assert paid(pack.box_iou, text) == 0.0


# -- names and confidences -------------------------------------------------------------------------------------------


def test_unknown_labels_cost() -> None:
    gold = [{"bbox": GOLD, "label": "cat"}]
    right, zebra = {"bbox_2d": GOLD, "label": "Cat "}, {"bbox_2d": [60, 60, 80, 80], "label": "zebra"}
    boxes = [Item((10, 20, 30, 40), "cat"), Item((60, 60, 80, 80), "zebra")]
    elsewhere = coco_ap(boxes, [Item((10, 20, 30, 40), "cat")])
    assert elsewhere is not None
    assert elsewhere.ap == 1.0
    assert paid(pack.detection_ap, json.dumps([right, zebra]), gold) == 0.5
    assert paid(pack.detection_f1, json.dumps([right, zebra]), gold) == pytest.approx(2 / 3)
    assert paid(pack.detection_f1, json.dumps([{**right, "label": "zebra"}]), gold) == 0.0
    assert paid(pack.detection_f1, json.dumps([{**right, "label": "zebra"}]), gold, labels="ignore") == 1.0
    assert paid(pack.detection_f1, json.dumps([{"bbox_2d": GOLD}]), gold) == 0.0  # no name is no match either
    # The same box once under every name there is.
    names = [{**right, "label": name} for name in ("cat", "dog", "car", "zebra")]
    assert paid(pack.detection_ap, json.dumps(names), gold) == 0.25


@pytest.mark.parametrize("scores", [(1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1e300, -1e300)])
def test_confidence_games_do_not_pay(scores: tuple[float, float]) -> None:
    boxes = [GOLD, [60, 60, 80, 80]]
    if scores[0] > scores[1]:
        assert everywhere_else(boxes, [GOLD], scores) == 1.0  # a wrong box with confidence 0 is free
    items = [{"bbox_2d": box, "score": score} for box, score in zip(boxes, scores, strict=True)]
    for order in (items, items[::-1]):
        assert paid(pack.detection_ap, json.dumps(order)) == 0.5
        assert paid(pack.detection_f1, json.dumps(order)) == pytest.approx(2 / 3)


# -- saying nothing, and saying everything ---------------------------------------------------------------------------


def test_none_is_right_only_where_nothing_is() -> None:
    for reward in (pack.rejection, pack.detection_f1, pack.detection_ap):
        assert paid(reward, "<answer>none</answer>", []) == 1.0
        assert paid(reward, "<answer>none</answer>", GOLD) == 0.0
        assert paid(reward, answer([GOLD]), []) == 0.0
        assert paid(reward, "<answer>none, or [10, 20, 30, 40]</answer>", []) == 0.0
        assert paid(reward, "", []) == 0.0
        assert paid(reward, "The cat sits there.", []) == 0.0


def test_the_whole_video_earns_its_share_and_many_moments_no_more_than_one() -> None:
    def time(text: str, **params: Any) -> float:
        return pack.temporal_iou(vr.Completion(text), [5, 15], **params).score or 0.0

    assert time("0 to 600") == pytest.approx(10 / 600)
    assert time("15 to 5") == time("5 to 5") == time("5 to 1e308") == time("NaN to 15") == 0.0
    assert time("<think>5 to 15</think> never") == 0.0
    many = ", ".join(f"[{start}, {start + 10}]" for start in range(5, 600, 10))
    assert time(f"[{many}]") == 0.0
    assert time(f"[{many}]", intervals="merged") < 0.02
    assert time("[5, 10], [5, 10], [10, 15]", intervals="merged") == 1.0  # the same time twice is once


def test_an_action_is_not_paid_for_its_place_alone() -> None:
    gold = {"action": "type", "bbox": GOLD, "text": "cat food"}
    assert paid(pack.gui_action, "type(content='cat food', point='(20, 30)')", gold) == 1.0
    assert paid(pack.gui_action, "click(point='(20, 30)')", gold) == 0.0
    assert paid(pack.gui_action, "type(content='')", gold) < 0.5
    everything = "click(point='(20, 30)') type(content='cat food') scroll(direction='down')"
    assert paid(pack.gui_action, everything, gold) == 0.0  # the last action is the one that is done
