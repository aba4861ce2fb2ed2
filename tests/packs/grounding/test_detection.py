"""`detection_f1`, `detection_ap`, `count`, `rejection`, `box_iou`, `box_l1`: definitions, options, references."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.optimize import linear_sum_assignment

import vlm_rewards as vr
from vlm_rewards_grounding import box_iou, box_l1, count, detection_ap, detection_f1, rejection
from vlm_rewards_grounding.formats.rejections import says_nothing
from vlm_rewards_grounding.metrics.average_precision import Item, coco_ap, strict_ap
from vlm_rewards_grounding.metrics.boxes import Box
from vlm_rewards_grounding.metrics.iou import iou

GOLD = [[10, 20, 30, 40], [60, 60, 80, 80]]
FAR = [100, 100, 120, 120]
Reward = Callable[..., vr.RewardOutput]


def answer(boxes: Sequence[Sequence[float]], labels: Sequence[str] = ()) -> str:
    named = [{"label": label} for label in labels] or [{}] * len(boxes)
    return json.dumps([{"bbox_2d": list(box), **name} for box, name in zip(boxes, named, strict=True)])


def outcome(reward: Reward, text: str, solution: Any, **params: Any) -> vr.RewardOutput:
    return reward(vr.Completion(text), solution, vr.Context(), (vr.ImageRef(Image.new("1", (200, 200))),), **params)


def score(reward: Reward, text: str, solution: Any, **params: Any) -> float:
    value = outcome(reward, text, solution, **params).score
    assert value is not None
    return value


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    return float(x), float(y), float(x + draw(st.integers(1, 40))), float(y + draw(st.integers(1, 40)))


def f1_by_scipy(found: Sequence[Box], gold: Sequence[Box], threshold: float) -> tuple[float, float]:
    table = [[iou(one, other) for other in gold] for one in found]
    pairs = list(zip(*linear_sum_assignment(table, maximize=True), strict=True))
    hits = sum(table[row][column] >= threshold for row, column in pairs)
    return sum(table[row][column] for row, column in pairs), 2 * hits / (len(found) + len(gold))


@given(
    st.lists(boxes(), min_size=1, max_size=6),
    st.lists(boxes(), min_size=1, max_size=6),
    st.sampled_from([0.3, 0.5, 0.75]),
)
def test_f1_is_the_f1_of_scipys_assignment(found: list[Box], gold: list[Box], threshold: float) -> None:
    _, f1 = f1_by_scipy(sorted(found), sorted(gold), threshold)
    assert score(detection_f1, answer(found), gold, threshold=threshold) == pytest.approx(f1)


@given(
    st.lists(st.tuples(boxes(), st.sampled_from(["cat", "dog"])), min_size=1, max_size=6),
    st.lists(st.tuples(boxes(), st.sampled_from(["cat", "dog"])), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_order_of_boxes_and_references_changes_nothing(
    found: list[tuple[Box, str]], gold: list[tuple[Box, str]], shuffle: random.Random
) -> None:
    def both(reward: Reward, **params: Any) -> float:
        solution = [{"bbox": list(box), "label": label} for box, label in gold]
        return score(reward, answer(*zip(*found, strict=True)), solution, **params)

    before = (both(detection_f1), both(detection_f1, graded=True), both(detection_ap), both(count))
    shuffle.shuffle(found)
    shuffle.shuffle(gold)
    assert (both(detection_f1), both(detection_f1, graded=True), both(detection_ap), both(count)) == before


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, 2 * 1 / 4),  # one hit of two boxes and two references
        ({"measure": "precision"}, 1 / 2),
        ({"measure": "recall"}, 1 / 2),
        ({"threshold": 0.05}, 2 * 2 / 4),
        ({"graded": True}, 2 * 1 / 4),
        ({"graded": True, "threshold": 0.05}, 2 * (1 + 1 / 7) / 4),
        ({"count_penalty": 1.0}, 1 / 2),  # as many boxes as references
    ],
)
def test_each_option_of_f1_is_what_it_says(params: dict[str, Any], expected: float) -> None:
    assert score(detection_f1, answer([GOLD[0], [70, 70, 90, 90]]), GOLD, **params) == pytest.approx(expected)


def test_the_count_penalty_takes_its_share() -> None:
    three = answer([*GOLD, FAR])
    assert score(detection_f1, three, GOLD) == pytest.approx(4 / 5)
    assert score(detection_f1, three, GOLD, count_penalty=0.5) == pytest.approx(4 / 5 * (1 - 0.5 / 3))
    assert score(detection_f1, three, GOLD, count_penalty=1) == pytest.approx(4 / 5 * 2 / 3)


def test_labels_are_compared_without_case_and_unnamed_references_take_any() -> None:
    gold = {"bbox": GOLD, "category": ["Cat", "dog"]}
    assert score(detection_f1, answer(GOLD, ["cat", " DOG "]), gold) == 1.0
    assert score(detection_f1, answer(GOLD, ["dog", "cat"]), gold) == 0.0
    assert score(detection_f1, answer(GOLD, ["dog", "cat"]), gold, labels="ignore") == 1.0
    assert score(detection_f1, answer(GOLD, ["x", "y"]), GOLD) == 1.0
    assert score(detection_ap, answer(GOLD, ["x", "y"]), GOLD) == 1.0
    assert score(detection_ap, answer(GOLD, ["dog", "cat"]), gold) == 0.0
    assert score(detection_ap, answer(GOLD, ["dog", "cat"]), gold, labels="ignore") == 1.0


def test_crowds_count_neither_way() -> None:
    gold = {"bbox": [[10, 20, 20, 20], [90, 90, 60, 60]], "category": ["cat", "cat"], "iscrowd": [0, 1]}
    right, inside, outside = [10, 20, 30, 40], FAR, [60, 0, 80, 10]
    for reward in (detection_f1, detection_ap):
        assert score(reward, answer([right, inside], ["cat"] * 2), gold, reference="xywh") == 1.0
        assert score(reward, answer([right, outside], ["cat"] * 2), gold, reference="xywh") < 1.0
        assert score(reward, answer([inside], ["cat"]), gold, reference="xywh") == 0.0
    only_crowds = {"bbox": [[90, 90, 60, 60]], "iscrowd": [1]}
    for reward in (detection_f1, detection_ap):
        assert outcome(reward, answer([FAR]), only_crowds, reference="xywh").status is vr.Status.BAD_REFERENCE


@given(st.lists(boxes(), min_size=1, max_size=5), st.lists(boxes(), min_size=1, max_size=4))
def test_the_reward_is_the_average_precision_of_its_module(found: list[Box], gold: list[Box]) -> None:
    predicted, references = [Item(box) for box in found], [Item(box) for box in gold]
    strict, coco = strict_ap(predicted, references), coco_ap(predicted, references)
    assert strict is not None
    assert coco is not None
    for measure in ("ap", "ap50", "ap75"):
        got = score(detection_ap, answer(found), gold, measure=measure)
        assert got == pytest.approx(getattr(strict, measure), abs=1e-12)
        got = score(detection_ap, answer(found), gold, measure=measure, protocol="coco")
        assert got == pytest.approx(getattr(coco, measure), abs=1e-12)


@pytest.mark.parametrize("reward", [box_iou, box_l1, detection_f1, detection_ap, rejection])
@pytest.mark.parametrize("form", ["xyxy", "xywh", "cxcywh"])
def test_references_may_be_written_in_three_ways_and_any_space(reward: Reward, form: str) -> None:
    sides = {"xyxy": [0.2, 0.1, 0.4, 0.2], "xywh": [0.2, 0.1, 0.2, 0.1], "cxcywh": [0.3, 0.15, 0.2, 0.1]}[form]
    text = answer([[40, 20, 80, 40]])
    assert score(reward, text, sides, reference=form, reference_space="relative") == pytest.approx(1.0)
    as_text = json.dumps({"bbox": sides})
    assert score(reward, text, as_text, reference=form, reference_space="relative") == pytest.approx(1.0)


@pytest.mark.parametrize("reward", [box_iou, box_l1, detection_f1, detection_ap, rejection, count])
@pytest.mark.parametrize(
    "solution", ["a cat", [1, 2, 3], [[1, 2, 3, "x"]], {"label": "cat"}, [[5, 5, 5, 5]], 1.5, [None]]
)
def test_a_reference_that_is_none_is_the_datas_fault(reward: Reward, solution: object) -> None:
    if reward is count and solution == [[5, 5, 5, 5]]:
        return  # only its length matters
    for text in (answer(GOLD), "none", "hm"):
        assert outcome(reward, text, solution).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize("reward", [box_iou, box_l1])
def test_a_reward_of_one_box_takes_one_reference(reward: Reward) -> None:
    for solution in (GOLD, [], [3, 4]):
        assert outcome(reward, answer(GOLD), solution).status is vr.Status.BAD_REFERENCE


# -- box_iou's shapes and box_l1 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, 0.5),
        ({"shape": "squared"}, 0.25),
        ({"threshold": 0.5}, 1.0),
        ({"threshold": 0.6}, 0.0),
        ({"threshold": 0.4, "shape": "gated"}, 0.5),
        ({"threshold": 0.6, "shape": "gated"}, 0.0),
        ({"metric": "giou"}, 0.75),
        ({"metric": "diou"}, (0.5 - 25 / 800 + 1) / 2),
    ],
)
def test_each_shape_of_box_iou_is_what_it_says(params: dict[str, Any], expected: float) -> None:
    output = outcome(box_iou, "[10, 20, 30, 30]", [10, 20, 30, 40], **params)
    assert output.score == pytest.approx(expected)


@pytest.mark.parametrize(
    "params",
    [
        {"shape": "gated"},
        {"shape": "thresholded"},
        {"shape": "squared", "threshold": 0.5},
        {"space": "guess"},
        {"reference_space": "guess"},
    ],
)
def test_options_that_contradict_each_other_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"threshold|space"):
        outcome(box_iou, "[10, 20, 30, 40]", [10, 20, 30, 40], **params)


@given(boxes(), boxes(), st.floats(0.1, 4))
def test_box_l1_is_its_formula(found: Box, gold: Box, limit: float) -> None:
    sides = (gold[2] - gold[0], gold[3] - gold[1])
    far = sum(abs(found[at] - gold[at]) / sides[at % 2] for at in range(4)) / 4
    got = score(box_l1, answer([found]), list(gold), limit=limit)
    assert got == pytest.approx(max(0.0, 1 - far / limit), abs=1e-12)


# -- counting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "solution", "exact", "graded"),
    [
        (answer(GOLD), 2, 1.0, 1.0),
        (answer(GOLD), "2", 1.0, 1.0),
        (answer(GOLD), GOLD, 1.0, 1.0),
        (answer(GOLD), [[60, 60, 20, 20]], 0.0, 0.5),  # COCO's boxes too: only their number matters
        (answer(GOLD), 4, 0.0, 0.5),
        (answer(GOLD), 0, 0.0, 0.0),
        ("none", 0, 1.0, 1.0),
        ("none", 3, 0.0, 0.0),
        ('[{"point_2d": [1, 2]}, {"point_2d": [3, 4]}]', 2, 1.0, 1.0),
        ('[{"point_2d": [1, 2]}, {"point_2d": [1, 2]}]', 2, 0.0, 0.5),
        (answer([GOLD[0], [10, 20, 30, 40.1]]), 1, 1.0, 1.0),
        (answer([GOLD[0], GOLD[0]], ["cat", "dog"]), 2, 1.0, 1.0),
    ],
)
def test_count(text: str, solution: object, exact: float, graded: float) -> None:
    assert (score(count, text, solution), score(count, text, solution, shape="graded")) == (exact, graded)


@pytest.mark.parametrize("solution", [-1, 2.5, True, float("nan"), "many", "-2"])
def test_a_count_that_is_none_is_the_datas_fault(solution: object) -> None:
    assert outcome(count, answer(GOLD), solution).status is vr.Status.BAD_REFERENCE


def test_near_copies_are_looked_for_among_few_boxes_only() -> None:
    many = [[x, 0, x + 50, 50] for x in range(100)]
    assert score(count, answer(many), 100) == 1.0
    assert outcome(count, answer(many[:60]), 60).details["count"] < 60


# -- nothing to find -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("none", "None.", "**None**", "nothing", "null", "N/A", "[]", "{}", "[[]]", "```json\n[]\n```", "not found"),
        *('{"bbox_2d": []}', '{"bbox_2d": null}', '[{"bbox_2d": "none"}]', '{"objects": []}', "no such object"),
        *("There is no cat in the image.", "There are no dogs here", "The cat is not visible.", "there isn’t any dog"),
        *('{"bbox_2d": [], "label": "cat"}', '[{"bbox_2d": null, "label": "cat"}]', "{'bbox_2d': none}"),
        *("I cannot find the cat.", "I don’t see a dog in it", "The image does not contain a cat."),
        *("No objects found.", "No cat is visible in this picture.", "None of the objects are present."),
        *("The cat is not visible in this photo.", "This image does not contain a cat", "No dogs detected"),
        *("['No Objects']", '["none"]', "Empty list: []", "The answer is []", "No cat.", "0 cats", "There are 0 dogs."),
        *("The dog cannot be seen.", "The image doesn't show any bicycles", "In this picture, there is no dog."),
        *("Nothing matches the query.", "There is nothing that matches the description", "Nothing to detect."),
        *("It does not appear in the picture.", "There is no cat. No dog is there either.", "I found no car here."),
        *("I don't see any cat to the left of the dog", "No person, car or dog is visible", "The dog is absent."),
        *("There is no person who is wearing a hat.", "Sorry, I can't find the dog.", "No bounding boxes."),
        *("图片中没有任何狗", "不存在", "未检测到目标。", "这张图里找不到猫", "无"),
    ],
)
def test_these_answers_say_that_nothing_is_there(text: str) -> None:
    assert says_nothing(text)
    assert score(rejection, f"<think>hm</think><answer>{text}</answer>", []) == 1.0
    assert score(rejection, text, GOLD) == 0.0
    assert score(detection_f1, text, []) == 1.0
    assert score(count, text, 0) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        *("", "a cat", "no idea", "[1, 2, 3, 4]", "none of [1, 2, 3, 4]", "There is no doubt. It is the left one."),
        *('{"label": "none", "where": "left"}', '{"bbox_2d": [], "point_2d": ["left"]}', '{"bbox_2d": []} or left'),
        *("There are no dogs but there is a cat", "No dog, however a cat is present", "Nothing except a cat"),
        *("no, the cat", "No problem, found it [1, 2, 3, 4]", "None of them is a dog; the cat is found"),
        *("()", "There is no way to tell", "No need to look.", "No problem", "There is nothing better than a cat"),
        *("I can't see why not", "I see no reason to doubt it", "There is no question that it is there", "(none)x"),
        *("The image is not clear", "It is not a dog", "Not bad", "There is no dog, it is a cat", "There are 2 cats"),
        *("No one would miss the cat", "No more than one cat", "There is no place like home", "Nothing to add"),
        *(
            "not only a cat is visible",
            "The cat does not move",
            "No cat. It is a dog.",
            "the list",
            "There is no limit",
        ),
        *("没有问题", "毫无疑问", "没有什么比这只猫更好", "图中没有狗，但有猫", "有2只猫"),
        *("There is no doubt: the cat", "I see nothing wrong with it", '{"a": [], "b": [1]}', "none " * 100, "0"),
    ],
)
def test_these_answers_do_not(text: str) -> None:
    assert not says_nothing(text)
    assert outcome(rejection, text, []).score in (None, 0.0)


@pytest.mark.parametrize(
    "text", ["none or [1, 2, 3, 4]", "[1, 2, 3, 4], or nothing", "No cat, or maybe {'bbox_2d': [1, 2, 3, 4]}"]
)
def test_an_answer_that_says_both_is_wrong_either_way(text: str) -> None:
    assert (score(rejection, text, GOLD), score(rejection, text, [])) == (0.0, 0.0)


def test_a_thing_beside_one_that_is_not_there_is_found() -> None:
    assert score(rejection, "There is no dog, but the cat is at [1, 2, 3, 4].", GOLD) == 1.0


@pytest.mark.parametrize("text", ["[-9, -9, -5, -5]", "(-1, 5)", "[[-9, -9, 0, 5], [-3, -3, -1, -1]]"])
def test_what_lies_outside_of_the_image_is_neither_found_nor_counted(text: str) -> None:
    assert score(rejection, text, GOLD) == 0.0
    assert score(rejection, text, []) == 0.0
    assert outcome(count, text, 1).status is vr.Status.UNPARSEABLE


def test_the_size_of_the_image_says_what_lies_outside_on_the_right() -> None:
    images = (vr.ImageRef(Image.new("1", (100, 50))),)
    for text, expected in (("[[0, 0, 9, 9], [100, 0, 120, 9]]", 1.0), ("[[0, 0, 9, 9], [99, 0, 120, 9]]", 0.0)):
        assert count(vr.Completion(text), 1, vr.Context(), images).score == expected


@pytest.mark.parametrize(
    "text", ["[[9, 9, 0, 0], [5, 5, 1, 1]]", '[{"bbox_2d": [3, 3, 3, 3]}, {"bbox_2d": [1, 2, NaN, 4]}]']
)
@pytest.mark.parametrize("wanted", [0, 2])
def test_boxes_without_area_are_not_counted(text: str, wanted: int) -> None:
    assert outcome(count, text, wanted).score in (None, 0.0)


def test_a_familys_own_sign_for_nothing_is_read() -> None:
    assert score(rejection, "[-1,-1]", [], space="ui_venus") == 1.0
    assert score(rejection, "[-1,-1]", [3, 4], space="ui_venus") == 0.0
    assert outcome(rejection, "The sky is blue.", GOLD).status is vr.Status.UNPARSEABLE


@pytest.mark.parametrize("reward", [box_iou, box_l1, detection_f1, detection_ap])
@pytest.mark.parametrize("text", ["[1, 2, 3, 4]", "[1, 2, 3, 4], [5, 5, 5, 5]", "[[1, 2, 3, 4], [9, 9, 1, 1]]"])
def test_points_are_no_reference_for_boxes(reward: Any, text: str) -> None:
    assert outcome(reward, text, [[1, 2], [3, 4], [5, 6]]).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize("reward", [detection_f1, detection_ap])
def test_classes_by_number_are_no_names_to_compare_with(reward: Reward) -> None:
    found = vr.Completion('[{"bbox_2d": [0, 0, 10, 10], "label": "cat"}, {"bbox_2d": [20, 20, 30, 30], "label": 17}]')
    boxes = [[0, 0, 10, 10], [20, 20, 30, 30]]
    numbered: list[Any] = [
        {"bbox": boxes, "category": [17, 3]},
        {"bbox": boxes, "category": np.array([17, 3])},
        [{"bbox": box, "category_id": 17} for box in boxes],
        json.dumps({"bbox": boxes, "category": [17, 3]}),
    ]
    for gold in numbered:
        output = reward(found, gold, vr.Context())
        assert output.status is vr.Status.BAD_REFERENCE
        assert "the class 17 as a number" in (output.reason or "")
        assert reward(found, gold, vr.Context(), labels="ignore").score == 1.0
    assert reward(found, {"bbox": boxes, "category": ["cat", "17"]}, vr.Context()).score == 1.0
    assert 0 < (reward(found, {"bbox": boxes, "category": ["cat", "cat 5"]}, vr.Context()).score or 0) < 1


@pytest.mark.parametrize(
    ("name", "ratio", "expected"),
    [
        *(("traffic lights", 1.0, 0.0), ("traffic lights", 0.9, 1.0), ("traffic lights", 0.99, 0.0)),
        *(("cat", 0.5, 0.0), ("traffic light" + "s" * 60, 0.1, 0.0), ("Traffic light", 1.0, 1.0)),
    ],
)
def test_names_may_be_compared_by_their_letters(name: str, ratio: float, expected: float) -> None:
    gold = [{"bbox": GOLD[0], "label": "traffic light"}]
    for reward in (detection_f1, detection_ap):
        assert score(reward, answer(GOLD[:1], [name]), gold, label_ratio=ratio) == expected


def test_of_several_names_an_answer_s_is_the_most_alike() -> None:
    gold = [{"bbox": GOLD[0], "label": "red car"}, {"bbox": GOLD[1], "label": "red cars"}]
    assert score(detection_ap, answer(GOLD, ["red car", "red carss"]), gold, label_ratio=0.8) == 1
    assert score(detection_ap, answer(GOLD, ["red carss", "red car"]), gold, label_ratio=0.8) == 0


@pytest.mark.parametrize(
    ("box", "expected"),
    [([10, 20, 30, 40], 1.0), ([0, 0, 90, 90], 1.0), ([20, 20, 60, 40], 0.5), ([50, 50, 60, 60], 0.0)],
)
def test_the_intersection_may_be_taken_over_the_smaller_box(box: list[int], expected: float) -> None:
    assert score(box_iou, answer([box]), GOLD[:1], metric="over_smaller") == expected


@pytest.mark.parametrize("key", ["not_bbox", "wrong_box", "no_box", "incorrect_bbox_2d", "false-points"])
@pytest.mark.parametrize(
    "value", ["[10, 20, 30, 40]", "[[10, 20, 30, 40]]", '{"x1": 10, "y1": 20, "x2": 30, "y2": 40}']
)
def test_a_key_that_denies_its_box_holds_none(key: str, value: str) -> None:
    text = f'{{"{key}": {value}}}'
    assert outcome(box_iou, text, GOLD[:1]).status is vr.Status.UNPARSEABLE
    assert score(box_iou, f'{{"{key}": {value}, "bbox_2d": [60, 60, 80, 80]}}', [GOLD[1]]) == 1.0
