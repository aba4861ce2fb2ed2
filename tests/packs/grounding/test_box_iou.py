"""`grounding/box_iou`: exact overlap, declared coordinate spaces, and boxes that were built to cheat."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards_grounding import box_iou, giou
from vlm_rewards_grounding.metrics.boxes import Box, area

GOLD: Box = (10.0, 20.0, 30.0, 40.0)
FRAME = vr.FrameSpec(factor=28, min_pixels=56 * 56, max_pixels=28 * 28 * 1280)


def outcome(text: str, solution: Box = GOLD, **params: Any) -> vr.RewardOutput:
    return box_iou(vr.Completion(text), solution, vr.Context(), **params)


def picture(width: int, height: int) -> vr.Images:
    return (vr.ImageRef(Image.new("1", (width, height))),)


@st.composite
def float_boxes(draw: st.DrawFn) -> Box:
    x1, y1 = draw(st.floats(-1e7, 9e6)), draw(st.floats(-1e7, 9e6))
    box = x1, y1, draw(st.floats(x1, 1e7)), draw(st.floats(y1, 1e7))
    return box if area(box) > 0 else (x1, y1, x1 + 16.0, y1 + 16.0)


@given(float_boxes())
def test_a_box_written_as_json_reads_back_the_same(box: Box) -> None:
    text = [round(side, 3) for side in box[:2]] + [min(round(side, 3) + 1, 1e7) for side in box[2:]]
    assert outcome(f"<answer>{json.dumps({'bbox_2d': text, 'label': 'cat'})}</answer>").details["box"] == text


@pytest.mark.parametrize(
    "text",
    [
        "[10, 20, 30, 40]",
        "[ 10.0,20. ,3e1,\n+40 ]",
        "[[10, 20, 30, 40]]",
        "(10, 20), (30, 40)",  # Qwen2-VL without its special tokens
        "<think>[0, 0, 1, 1]</think>[10, 20, 30, 40]",
        "<think>a</think><answer>[10, 20, 30, 40]</answer>",
        "<answer>[10, 20, 30, 40]</answer> not [0, 0, 1, 1]",  # the block says which one is meant
        '```json\n[{"bbox_2d": [10, 20, 30, 40], "label": "cat"}]\n```',
        '{"label": "cat [1, 2]", "bbox": [10, 20, 30, 40]}',
        "[0, 0, 1, 1] or rather [10, 20, 30, 40]",  # several answers: the last one counts
    ],
)
def test_the_last_box_of_the_answer_is_read(text: str) -> None:
    assert outcome(text).score == 1.0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no box after the reasoning"),
        ("The cat is at 10, 20, 30, 40.", "no box after the reasoning"),
        ("<think>[10, 20, 30, 40]</think> I give up.", "no box after the reasoning"),
        ("<think>[10, 20, 30, 40]", "no box after the reasoning"),
        ("<answer>the cat</answer> [10, 20, 30, 40]", "no box after the reasoning"),
        ("[10, 20, 30, 40", "no box after the reasoning"),
        ("[10, 20, 30]", "no box after the reasoning"),
        ("[10, 20, 30, 40, 50]", "no box after the reasoning"),
        ("[NaN, 20, 30, 40]", "no box after the reasoning"),
        ("[10, 20, inf, Infinity]", "no box after the reasoning"),
        ("[-1e308, -1e308, 1e308, 1e308]", "no box after the reasoning"),
        ("[10, 20, 30, 1e999999999]", "no box after the reasoning"),
        ("[10, 20, 30, 10000001]", "no box after the reasoning"),
        (f"[10, 20, 30, {'4' * 400}]", "no box after the reasoning"),
        ("[10, 20, 30, 4_0]", "no box after the reasoning"),
        ("[10, 20, 30, ٤٠]", "no box after the reasoning"),
        ("[10, 20, 30, 20+20]", "no box after the reasoning"),
        ("[30, 40, 10, 20]", "the box has no area"),  # inverted corners are not put right
        ("[30, 20, 10, 40]", "the box has no area"),
        ("[10, 40, 30, 20]", "the box has no area"),
        ("[10, 20, 10, 40]", "the box has no area"),
        ("[0, 0, 1e-200, 1e-200]", "the box has no area"),
    ],
)
def test_what_is_no_box_is_unparseable(text: str, why: str) -> None:
    output = outcome(text)
    assert (output.status, output.reason) == (vr.Status.UNPARSEABLE, why)


def test_the_whole_picture_earns_the_share_that_the_reference_has_of_it() -> None:
    assert outcome("[0, 0, 100, 100]").score == pytest.approx(20 * 20 / 100**2)


def test_a_box_beyond_the_picture_earns_next_to_nothing() -> None:
    assert outcome("[-1e7, -1e7, 1e7, 1e7]").score == pytest.approx(400 / 4e14)


@pytest.mark.parametrize("text", ['{"box_2d": [10, 20, 30, 40]}', "<answer>{'box_2d': [20, 10, 40, 30]}</answer>"])
def test_box_2d_is_left_undecided_because_its_order_is_not_known(text: str) -> None:
    output = outcome(text)
    assert (output.status, output.reason) == (vr.Status.ABSTAINED, "beyond_coverage: box_2d may hold y before x")
    assert outcome(text.replace("box_2d", "bbox_2d").replace("20, 10, 40, 30", "10, 20, 30, 40")).score == 1.0


@pytest.mark.parametrize(
    "solution",
    [
        (30, 40, 10, 20),
        (10, 20, 10, 40),
        (10, 20, 30, math.inf),
        (-math.inf, 20, 30, 40),
        (math.nan, 20, 30, 40),
        (0, 0, 1e200, 1e200),
        (0, 0, 1e-200, 1e-200),
    ],
)
def test_a_reference_without_a_finite_area_is_the_datas_fault(solution: Box) -> None:
    for text in ("[10, 20, 30, 40]", "[0, 0, 1e-200, 1e-200]", "nothing"):
        assert outcome(text, solution).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize(
    ("space", "size", "text", "placed"),
    [
        ("pixels", (200, 100), "[10, 20, 30, 40]", (10, 20, 30, 40)),
        ("relative", (200, 100), "[0.05, 0.2, 0.15, 0.4]", (10, 20, 30, 40)),
        ("per_1000", (200, 100), "[50, 200, 150, 400]", (10, 20, 30, 40)),
        # 100x50 is seen as 112x56 (both sides to the nearest multiple of 28): a factor of 1.12
        ("qwen2_5_vl", (100, 50), "[11.2, 22.4, 33.6, 44.8]", (10, 20, 30, 40)),
        # 28x28 is below the least area of 56x56 and seen as that: a factor of 2
        ("qwen2_5_vl", (28, 28), "[4, 8, 30, 50]", (2, 4, 15, 25)),
        # 2000x1000 is above the greatest area: over sqrt(2e6 / 1003520) = 1.412, down to 1400x700: a factor of 0.7
        ("qwen2_5_vl", (2000, 1000), "[140, 175, 700, 350]", (200, 250, 1000, 500)),
    ],
)
def test_each_space_is_placed_as_computed_by_hand(
    space: str, size: tuple[int, int], text: str, placed: tuple[int, int, int, int]
) -> None:
    context = vr.Context(frame=FRAME)
    output = box_iou(vr.Completion(text), placed, context, picture(*size), space=space)
    assert output.details["box"] == pytest.approx(placed)
    assert output.score == pytest.approx(1.0)
    assert output.details.get("numbers", list(placed)) == json.loads(text)


def test_the_details_say_how_many_numbers_are_how_many_pixels() -> None:
    context, images = vr.Context(frame=FRAME), picture(2000, 1000)
    told = {
        space: box_iou(vr.Completion("[0, 0, 1, 1]"), GOLD, context, images, space=space).details.get("frame")
        for space in ("pixels", "per_1000", "qwen2_5_vl")
    }
    assert told == {
        "pixels": None,
        "per_1000": "1000x1000 of per_1000 are 2000x1000 pixels",
        "qwen2_5_vl": "1400x700 of qwen2_5_vl are 2000x1000 pixels",
    }


def test_one_answer_is_another_box_in_every_space() -> None:
    context, images = vr.Context(frame=FRAME), picture(500, 400)
    spaces = ["pixels", "relative", "per_1000", "qwen2_5_vl"]
    places = [
        tuple(box_iou(vr.Completion("[0, 0, 1, 1]"), GOLD, context, images, space=space).details["box"])
        for space in spaces
    ]
    assert places == [(0, 0, 1, 1), (0, 0, 500, 400), (0, 0, 0.5, 0.4), (0, 0, 500 / 504, 400 / 392)]


def test_the_box_lies_in_the_first_picture_of_the_row() -> None:
    images = picture(1000, 1000) + picture(10, 10)
    output = box_iou(vr.Completion("[10, 20, 30, 40]"), GOLD, vr.Context(), images, space="per_1000")
    assert output.score == 1.0


@pytest.mark.parametrize(("threshold", "score"), [(None, 0.5), (0.5, 1.0), (0.51, 0.0), (1, 0.0)])
def test_a_threshold_makes_it_all_or_nothing(threshold: float | None, score: float) -> None:
    output = outcome("[10, 20, 30, 30]", threshold=threshold)
    assert (output.score, output.details["iou"]) == (score, 0.5)


@pytest.mark.parametrize("threshold", [0, -1, 1.001, 50, math.nan, math.inf])
def test_a_threshold_that_could_only_score_wrongly_is_refused(threshold: float) -> None:
    with pytest.raises(ConfigError, match="threshold"):
        scored("[10, 20, 30, 40]", {"threshold": threshold}, solution=[GOLD])


def test_a_resized_space_without_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="how the processor resizes is not known"):
        outcome("[10, 20, 30, 40]", space="qwen2_5_vl", images=picture(100, 50))


def scored(text: str, params: dict[str, object], context: vr.Context | None = None, **columns: Any) -> vr.RewardOutput:
    config = {"version": 1, "rewards": {"box": {"use": "grounding/box_iou", "params": params}}}
    context = context or vr.Context()
    with vr.load_scorer(config, context=context) as scorer:
        output = scorer.score(vr.Batch.of([text], context=context, **columns)).output(0, "box")
    assert output is not None
    return output


@pytest.mark.parametrize("params", [{"space": "qwen2_5_vl"}, {"threshold": 50}, {"space": "guess"}])
def test_a_config_with_such_options_fails_before_anything_is_scored(params: dict[str, object]) -> None:
    with pytest.raises(Exception, match="grounding/box_iou") as error:
        scored("[10, 20, 30, 40]", params, solution=[GOLD])
    assert type(error.value).__name__ == "ConfigError"


@pytest.mark.parametrize(
    ("solution", "status"),
    [
        ([10, 20, 30, 40], vr.Status.SCORED),
        ("[10, 20, 30, 40]", vr.Status.SCORED),
        ("[10, 20, 30]", vr.Status.BAD_REFERENCE),
        ("somewhere", vr.Status.BAD_REFERENCE),
        ("[10, 20, 30, NaN]", vr.Status.BAD_REFERENCE),
        (None, vr.Status.BAD_REFERENCE),
    ],
)
def test_a_reference_may_be_a_list_or_its_json_text(solution: object, status: vr.Status) -> None:
    assert scored("[10, 20, 30, 40]", {}, solution=[solution]).status is status


@pytest.mark.parametrize("image", [None, "no_such_file.png", b"no picture", Image.new("1", (3000, 10))])
def test_a_row_whose_picture_cannot_be_measured_is_the_datas_fault(image: object) -> None:
    context = vr.Context(frame=FRAME)  # an aspect ratio over 200 is refused by the processor too
    output = scored("[10, 20, 30, 40]", {"space": "qwen2_5_vl"}, context, solution=[GOLD], image=image)
    assert output.status is vr.Status.BAD_REFERENCE
    assert output.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [("[10, 20, 30, 40]", 1.0), ("[30, 20, 50, 40]", 0.0), ("[50, 20, 70, 40]", -1 / 3), ("[10, 20, 50, 40]", 0.5)],
)
def test_signed_giou_is_less_than_nothing_for_boxes_apart(text: str, expected: float) -> None:
    assert giou(vr.Completion(text), [10, 20, 30, 40], vr.Context()).score == pytest.approx(expected)


def test_no_box_earns_the_least_of_signed_giou() -> None:
    scorer = vr.load_scorer({"version": 1, "rewards": {"near": {"use": "grounding/giou"}}})
    batch = vr.Batch.of(["no box", "[30, 30, 10, 10]"], solution=[[10, 20, 30, 40]] * 2)
    assert list(scorer.score(batch).totals) == [-1.0, -1.0]
