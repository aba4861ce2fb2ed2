"""What a reference says under each of its keys: nothing of it is dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest

import vlm_rewards as vr
from vlm_rewards_grounding import Frame, box_iou, detection_ap, detection_f1, point_in_box, read_reference
from vlm_rewards_grounding.frames.presets import preset_of

BOX = (10.0, 20.0, 40.0, 60.0)
SIDES = [10, 20, 40, 60]
NAMES = """label labels name names class class_name category categories category_name object object_name phrase caption
text ref refs title description element tag type Label className Category-Name captions phrases"""
SAID = "id image_id file_name area score width height split source supercategory shape_type difficult pose attributes"


@pytest.mark.parametrize("key", NAMES.split())
@pytest.mark.parametrize("reward", [detection_f1, detection_ap])
def test_a_name_counts_under_each_of_these_keys_in_every_form(reward: Any, key: str) -> None:
    forms: list[Any] = [
        {"bbox": [SIDES], key: ["dog"]},
        {"bbox": SIDES, key: "dog"},
        [{"bbox_2d": SIDES, key: "dog"}],
        {"objects": {key: ["dog"], "bbox": [SIDES]}},
    ]
    for gold in forms:
        for name, expected in (("dog", 1.0), ("horse", 0.0)):
            answer = vr.Completion(f'[{{"bbox_2d": {SIDES}, "label": "{name}"}}]')
            assert reward(answer, gold, vr.Context()).score == expected, (gold, name)


@pytest.mark.parametrize("key", SAID.split())
@pytest.mark.parametrize("value", [3, "x", [3]])
def test_bookkeeping_beside_a_box_says_nothing(key: str, value: Any) -> None:
    assert [(item.box, item.label) for item in read_reference({"bbox": SIDES, key: value})] == [(BOX, None)]


@pytest.mark.parametrize("value", [None, "", [], {}, 3, 0.5, False])
def test_an_unknown_key_that_is_empty_or_one_number_says_nothing(value: Any) -> None:
    assert read_reference({"bbox": SIDES, "depth_order": value})[0].box == BOX


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("not_bbox", [1, 2, 3, 4]), ("wrong_box", [1, 2, 3, 4]), ("species", "dog"), ("where", {"x": 1, "y": 2})),
        *(("normalized_bbox", [0.1, 0.2, 0.3, 0.4]), ("mask", [[1, 2, 3, 4, 5, 6]]), ("action", "click")),
        *(("class_number", 3), ("n_boxes", 2), ("arguments", {"x": 1}), ("species", ["dog"])),
    ],
)
def test_a_key_that_is_neither_read_nor_bookkeeping_is_named_with_its_value(key: str, value: Any) -> None:
    forms: list[Any] = [{"bbox": SIDES, key: value}, [{"bbox": SIDES, key: value}]]
    for gold in forms:
        output = box_iou(vr.Completion(str(SIDES)), gold, vr.Context())
        assert output.status is vr.Status.BAD_REFERENCE
        assert f"`{key}`" in (output.reason or "")


def test_a_key_that_denies_its_box_is_no_box() -> None:
    with pytest.raises(
        ValueError, match=r"`not_bbox` \(\[10, 20, 40, 60\]\) is not read: boxes are read under `bbox_2d`"
    ):
        read_reference({"not_bbox": SIDES})


@pytest.mark.parametrize(
    "value",
    [
        {"x1": 10, "y1": 20, "x2": 40, "y2": 60},
        {"xmin": 10, "ymin": 20, "xmax": 40, "ymax": 60},
        {"x": 10, "y": 20, "width": 30, "height": 40},
        {"bbox": {"left": 10, "top": 20, "right": 40, "bottom": 60}},
        {"boxes": [{"x1": 10, "y1": 20, "x2": 40, "y2": 60}]},
        {"xMin": [10], "yMin": [20], "xMax": [40], "yMax": [60]},
        {"top_left": [10, 20], "bottom_right": [40, 60]},
        {"polygon": [[10, 20], [40, 20], [40, 60], [10, 60]]},
        {"polygon": [10, 20, 40, 20, 40, 60]},
        {"segmentation": [[10, 20, 40, 20, 40, 60, 10, 60]]},
        {"quad_boxes": [[10, 20, 40, 20, 40, 60, 10, 60]]},
        {"bbox": SIDES, "polygon": [[10, 20], [40, 20], [40, 60]]},
        {"annotations": [{"bbox": SIDES, "id": 1}]},
        {"bbox": [], "bbox_2d": SIDES},
        {"box": SIDES, "bbox": SIDES},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["xyxy", "xywh"])
def test_a_box_by_the_names_of_its_sides_or_corners(value: Any, form: Any) -> None:
    if form == "xywh" and str(SIDES) in str(value):  # plain sides are as the form has them
        return
    assert [item.box for item in read_reference(value, form=form)] == [BOX]


def test_sides_by_their_names_are_in_no_familys_order() -> None:
    frame = Frame(preset_of("gemini_gemma3"), (1000, 1000))
    assert read_reference({"ymin": 20, "xmin": 10, "ymax": 60, "xmax": 40}, frame=frame)[0].box == BOX
    assert read_reference({"bbox": [20, 10, 60, 40]}, frame=frame)[0].box == BOX


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"bbox": SIDES, "box": [1, 2, 3, 4]}, "`bbox`, `box`, which are not the same"),
        ({"bbox": SIDES, "x1": 10}, "`x1` are not read beside its box"),
        ({"bbox": SIDES, "target": "dog"}, "things under `target` beside"),
        ({"bbox": SIDES, "position": "left"}, "'left' as its point"),
        ({"bbox": "10, 20, 40, 60"}, "as its box; give numbers"),
        ({"bbox": SIDES, "label": {"en": "dog"}}, "as a name"),
        ({"bbox": SIDES, "label": ["a", "b"]}, "1 boxes and 2 values of `label`"),
        ({"bbox": [SIDES, SIDES], "point": [1, 2]}, "2 boxes and the points `point`"),
        ({"x1": 10, "y1": 20}, "`x1`, `y1` are not the sides of a box"),
        ({"x1": [10], "y1": [20], "x2": [30], "y2": [40, 50]}, "not of one length"),
        ({"polygon": [[10, 20], [40, 20], [40, "x"]]}, "a box has four numbers"),
        ({"bbox": [1, 2, 3, 4, 5, 6]}, "a box has four numbers"),
        ({"bbox": SIDES, "bbox_type": "norm1"}, "set reference_space: relative"),
        ({"bbox": SIDES, "bbox_type": "polar"}, "known are real, norm1"),
    ],
    ids=str,
)
def test_what_cannot_be_read_beside_a_box_is_refused(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_reference(value)


def test_a_reference_that_says_its_unit_is_read_in_it() -> None:
    assert read_reference({"bbox": [SIDES], "bbox_type": "real"})[0].box == BOX
    relative = Frame(preset_of("relative"), (100, 100))
    assert read_reference({"bbox": [0.1, 0.2, 0.4, 0.6], "bbox_type": "norm1"}, frame=relative)[0].box == BOX


def test_a_point_beside_a_box_is_its_own() -> None:
    (found,) = read_reference({"bbox_2d": SIDES, "point_2d": [15, 25], "label": "dog"})
    assert (found.box, found.point, found.label) == (BOX, (15.0, 25.0), "dog")


def test_corners_are_a_region_where_a_box_is_asked_for_and_points_where_points_are() -> None:
    corners = [[10, 20], [40, 20], [40, 60], [10, 60]]
    gold: dict[str, Any] = {"points": corners, "label": "sign"}
    answer = vr.Completion(f'[{{"label": "sign", "points": {corners}}}]')
    for solution in (gold, {"bbox": SIDES, "label": "sign"}):
        for reward in (box_iou, detection_f1, detection_ap):
            assert reward(answer, solution, vr.Context()).score == 1.0
    assert len(read_reference(gold)) == 4
    named = {"points": corners, "label": ["a", "b", "c", "d"]}
    assert box_iou(answer, named, vr.Context()).status is vr.Status.BAD_REFERENCE
    assert point_in_box(vr.Completion(f'{{"points": {corners}}}'), [5, 50, 15, 70], vr.Context()).score == 1.0


@pytest.mark.parametrize("depth", [3, 10_000])
def test_things_under_things_are_read_a_few_deep(depth: int) -> None:
    value: Any = {"bbox": SIDES}
    for _ in range(depth):
        value = {"objects": value}
    output = box_iou(vr.Completion(str(SIDES)), value, vr.Context())
    assert (output.score == 1.0) == (depth == 3)
    assert depth == 3 or output.status is vr.Status.BAD_REFERENCE


def test_two_keys_that_are_nested_deep_are_compared_without_a_fault() -> None:
    deep: list[list[object]] = [[], []]
    for _ in range(20_000):
        deep = [[deep[0]], [deep[1]]]
    value = {"bbox": deep[0], "box": deep[1], "points": deep[0]}
    assert box_iou(vr.Completion(str(SIDES)), value, vr.Context()).status is vr.Status.BAD_REFERENCE
