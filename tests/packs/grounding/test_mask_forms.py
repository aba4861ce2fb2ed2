"""The forms of a mask: polygons of several makes, Florence-2's tokens, Gemini's pictures, and what is refused."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

import vlm_rewards as vr
from vlm_rewards_grounding import mask_iou

pytest.importorskip("pycocotools.mask")

SIZE = (200, 100)
PICTURE = (vr.ImageRef(Image.new("1", SIZE)),)
CORNERS = [[20, 10], [80, 10], [80, 60], [20, 60]]
FLAT = [side for corner in CORNERS for side in corner]
LEFT, RIGHT = [20, 10, 50, 10, 50, 60, 20, 60], [50, 10, 80, 10, 80, 60, 50, 60]


def outcome(text: str, solution: Any = None, **params: Any) -> vr.RewardOutput:
    output = mask_iou(vr.Completion(text), solution or [FLAT], vr.Context(), PICTURE, **params)
    assert isinstance(output, vr.RewardOutput)
    return output


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"polygon": CORNERS, "label": "cat"}]),
        json.dumps([{"label": "cat", "points": CORNERS}]),
        json.dumps({"polygon_2d": CORNERS}),
        json.dumps({"mask_2d": FLAT}),
        json.dumps({"polygon": [{"x": x, "y": y} for x, y in CORNERS]}),
        json.dumps([{"polygon": LEFT}, {"polygon": RIGHT}]),
        json.dumps({"segmentation": [LEFT, RIGHT]}),
        json.dumps({"polygon": [[str(x), str(y)] for x, y in CORNERS]}),
        f"{json.dumps(LEFT)}\n{json.dumps(RIGHT)}",
        "outline: (20, 10), (80, 10), (80, 60), (20, 60)",
        "<quad>20,10,80,10,80,60,20,60</quad>",
        "<quad>(20,10),(80,10),(80,60),(20,60)</quad>",
        "[[20, 10], [80, 10], [80, 60], [20, 60],]",
        "{'polygon': [[20, 10], [80, 10], [80, 60], [20, 60]]}",
        "The cat (left) has the outline [[20, 10], [80, 10], [80, 60], [20, 60]] (all of it).",
        f"[1, 2, 3, 4] or rather {FLAT}",
    ],
)
def test_a_mask_may_be_written_in_each_of_these_forms(text: str) -> None:
    output = outcome(text)
    assert output.score == 1.0, output.reason


def test_several_run_lengths_are_joined() -> None:
    whole = {"size": [100, 200], "counts": [2000, 6000, 12000]}
    halves = [{"size": [100, 200], "counts": [at, 3000, 17000 - at]} for at in (2000, 5000)]
    assert outcome(json.dumps(halves), whole).score == 1.0


def test_florences_polygons_are_bins_of_a_thousand() -> None:
    tokens = "".join(f"<loc_{x * 5}><loc_{y * 10}>" for x, y in CORNERS)
    assert (outcome(f"cat{tokens}", space="florence2").score or 0) > 0.95
    assert outcome("cat<loc_1><loc_2><loc_3><loc_4>", space="florence2").status is vr.Status.UNPARSEABLE


def png(box: tuple[int, int, int, int], size: tuple[int, int] = (64, 64)) -> str:
    """A picture whose left half is lit."""
    image = Image.new("L", size)
    image.paste(255, (0, 0, size[0] // 2, size[1]))
    held = io.BytesIO()
    image.save(held, "PNG")
    return json.dumps([{"box_2d": box, "mask": f"data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}"}])


def test_geminis_mask_is_a_picture_stretched_over_its_box() -> None:
    answer = png((100, 100, 600, 700))  # y1, x1, y2, x2 in thousandths: 20, 10, 140, 60
    assert (outcome(answer, space="gemini").score or 0) > 0.95
    assert outcome(answer, [[150, 10, 200, 10, 200, 60, 150, 60]], space="gemini").score == 0.0
    assert (outcome(png((-9000, 100, 9_000_000, 700)), space="gemini").score or 1) < 0.6  # moved to the edge


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (png((100, 100, 100, 700)), "the box of the mask has no pixel"),
        (png((100, 100, 600, 700), (5000, 1)), "too large"),
        (png((100, 100, 600, 700))[:120] + '"}]', "not a PNG in base64"),
        ('{"box_2d": [0, 0, 9, 9], "mask": "data:image/png;base64,AAAA"}', "not a PNG in base64"),
        ('{"box_2d": [0, 0, 90, 90], "mask": "data:image/png;base64,AAAA"}', "not a PNG in base64"),
        ('{"box_2d": [0, 0, 90], "mask": "data:image/png;base64,AAAA"}', "neither run lengths nor polygons"),
        ('{"box_2d": [0, 0, 90, 90], "mask": "/etc/passwd"}', "neither run lengths nor polygons"),
    ],
)
def test_what_is_no_picture_of_a_mask_is_unparseable(text: str, why: str) -> None:
    output = outcome(text, space="gemini")
    assert output.status is vr.Status.UNPARSEABLE
    if "[0, 0, 9, 9]" not in text:  # no pixel of a small image
        assert why in (output.reason or "")
    assert " at 0x" not in (output.reason or "")  # the same in every run


def test_paligemmas_codes_are_refused_by_name() -> None:
    output = outcome("<loc0010><loc0010><loc0500><loc0500><seg001><seg002> cat", space="paligemma")
    assert output.status is vr.Status.UNPARSEABLE
    assert "<seg>" in (output.reason or "")


@pytest.mark.parametrize(
    "solution",
    [
        {"polygon": CORNERS, "label": "cat", "id": 3, "bbox": [1, 2, 3, 4]},
        {"points": CORNERS, "shape_type": "polygon"},
        [{"segmentation": [LEFT, RIGHT], "category_id": 7, "area": 12.5, "iscrowd": 0}],
        {"segmentation": None, "mask": [FLAT]},
        json.dumps({"polygon": CORNERS}),
    ],
)
def test_a_reference_mask_stands_beside_what_datasets_write(solution: Any) -> None:
    assert outcome(json.dumps(CORNERS), solution).score == 1.0


@pytest.mark.parametrize("key", ["not_mask", "old_polygon", "species"])
def test_a_key_of_a_reference_mask_that_is_not_read_is_named(key: str) -> None:
    output = outcome(json.dumps(CORNERS), {"polygon": CORNERS, key: "cat"})
    assert output.status is vr.Status.BAD_REFERENCE
    assert f"`{key}`" in (output.reason or "")
