"""References: the same box in every form and space, and a clear word about what is none."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_grounding import Frame, box_iou, count, gui_action, read_reference, temporal_iou
from vlm_rewards_grounding.frames.presets import preset_of
from vlm_rewards_grounding.references import Form

BOX = (10.0, 20.0, 40.0, 60.0)


@pytest.mark.parametrize(
    "value",
    [
        [10, 20, 40, 60],
        (10, 20, 40, 60),
        [[10, 20, 40, 60]],
        "[10, 20, 40, 60]",
        {"bbox": [10, 20, 40, 60]},
        {"bbox": [[10, 20, 40, 60]], "category": ["cat"]},
        {"bbox": [10, 20, 40, 60], "category": "cat"},
        [{"bbox": [10, 20, 40, 60], "category": "cat", "iscrowd": 0}],
        '{"bbox": [[10, 20, 40, 60]], "category": ["cat"]}',
        {"boxes": [[10, 20, 40, 60]], "labels": None},
        {"bbox": [10, 20, 40, 60], "label": ["cat"]},
        np.array([10, 20, 40, 60]),
        [np.float32(10), 20, 40, 60],
        {"bbox": np.array([[10.0, 20.0, 40.0, 60.0]]), "category": np.array(["cat"])},
        [{"bbox": np.array([10, 20, 40, 60]), "category": "cat"}],
        "10, 20, 40, 60",
        "(10, 20, 40, 60)",
        "[10 20 40 60]",  # as numpy writes it
        "```json\n[10, 20, 40, 60]\n```",
        '```\n{"bbox": [10, 20, 40, 60], "label": "cat"}\n```',
        "<answer>[10, 20, 40, 60]</answer>",
        "<box>(10,20),(40,60)</box>",
        "<ref>cat</ref><box>[[10, 20, 40, 60]]</box>",
        "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(10,20),(40,60)<|box_end|>",
    ],
)
def test_one_box_may_be_written_in_many_ways(value: Any) -> None:
    (found,) = read_reference(value)
    assert (found.box, found.point, found.crowd) == (BOX, None, False)
    assert found.label in {None, "cat"}


@pytest.mark.parametrize(
    ("form", "value"), [("xyxy", [10, 20, 40, 60]), ("xywh", [10, 20, 30, 40]), ("cxcywh", [25, 40, 30, 40])]
)
def test_one_box_in_every_form(form: Form, value: list[float]) -> None:
    assert read_reference(value, form=form)[0].box == BOX


@pytest.mark.parametrize(
    ("space", "value"),
    [
        ("pixels", [10, 20, 40, 60]),
        ("relative", [0.1, 0.1, 0.4, 0.3]),
        ("per_1000", [100, 100, 400, 300]),
        ("resized", [5, 10, 20, 30]),
        ("gemini_gemma3", [100, 100, 300, 400]),  # a family has an order too
    ],
)
def test_one_box_in_every_space(space: str, value: list[float]) -> None:
    found = read_reference(value, frame=Frame(preset_of(space), (100, 200), (50, 100)))
    assert found[0].box == pytest.approx(BOX)


def test_coco_objects_keep_their_names_and_crowds() -> None:
    coco = {"bbox": [[0, 0, 1, 1], [5, 6, 7, 8]], "category": ["cat", 3], "iscrowd": [0, 1], "area": [1, 56]}
    rows = [dict(zip(coco, values, strict=True)) for values in zip(*coco.values(), strict=True)]
    for value in (coco, rows, json.dumps(coco), json.dumps(rows)):
        found = read_reference(value, form="xywh")
        assert [(item.box, item.label, item.crowd) for item in found] == [
            ((0, 0, 1, 1), "cat", False),
            ((5, 6, 12, 14), "3", True),
        ]


def test_points_and_nothing_are_references_too() -> None:
    assert [item.point for item in read_reference([10, 20])] == [(10.0, 20.0)]
    assert [item.point for item in read_reference("<point>10 20</point>")] == [(10.0, 20.0)]
    assert [item.point for item in read_reference({"point": [[1, 2], [3, 4]], "label": "x"})] == [(1, 2), (3, 4)]
    empty: list[Any] = [[], {"bbox": [], "category": []}, "[]"]
    for nothing in empty:
        assert read_reference(nothing) == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("somewhere", "is not JSON"),
        ("<box>somewhere</box>", "is not JSON"),
        ("<box>(10,20),(40,60)", "is not JSON"),
        ("<box>(10,20),(40,60)</box> <box>cut</box>", "is not JSON"),
        ("It is at <box>(10,20),(40,60)</box>", "is not JSON"),
        ("<box>(40,60),(10,20)</box>", "bounds no area"),
        ("[" * 100_000, "is not JSON"),
        (None, "is not a box"),
        (7, "is not a box"),
        ('"cat"', "is not a box"),
        ([1, 2, 3], "a box has four numbers"),
        ([1, 2, 3, "4"], "a box has four numbers"),
        ([1, 2, 3, True], "a box has four numbers"),
        (["cat"], "a box has four numbers"),
        ({"category": ["cat"]}, "neither `bbox` nor `point` among its keys"),
        ({"bbox": [[1, 2, 3, 4]], "category": ["a", "b"]}, "1 boxes and 2 values of `label`"),
        ([1, 2, float("nan"), 4], "not finite"),
        ([1, 2, float("inf"), 4], "not finite"),
        ("[1, 2, 1e999, 4]", "not finite"),
        ([1, 2, 10**400, 4], "not finite"),
        ([40, 60, 10, 20], "bounds no area; give x1, y1, x2, y2"),
        ([0, 0, 1e-200, 1e-200], "bounds no area"),
    ],
)
def test_what_is_no_reference_is_refused_with_a_reason(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("`", ".")):
        read_reference(value)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["bbox", "category", "point", "iscrowd"]), inner, max_size=3)
    ),
    max_leaves=15,
)


@given(ANY, st.sampled_from(["xyxy", "xywh", "cxcywh"]))
def test_any_value_is_read_or_refused_and_never_a_fault(value: Any, form: Form) -> None:
    try:
        found = read_reference(value, form=form)
    except ValueError:
        return
    for item in found:
        assert item.point is not None or (item.box is not None and item.box[0] < item.box[2])


@pytest.mark.parametrize("reward", [box_iou, count, temporal_iou, gui_action])
def test_a_reference_may_be_nested_as_deep_as_it_likes(reward: Any) -> None:
    deep: list[Any] = []
    for _ in range(20_000):
        deep = [deep]
    options = {} if reward is temporal_iou else {"context": vr.Context()}
    assert reward(vr.Completion("click(1, 2)"), deep, **options).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize(
    "empty", [np.zeros((0, 4)), {"bbox": np.zeros((0, 4)), "category": np.array([])}, {"bbox": []}]
)
def test_nothing_to_find_is_an_empty_array_too(empty: Any) -> None:
    assert read_reference(empty) == []


@pytest.mark.parametrize("boxes", [[], [1, 2, 3, 4]])
def test_a_class_id_that_became_a_float_is_the_label_of_every_box(boxes: list[int]) -> None:
    found = read_reference({"bbox": boxes, "category": 3.0})
    assert [item.label for item in found] == ["3.0"] * bool(boxes)
