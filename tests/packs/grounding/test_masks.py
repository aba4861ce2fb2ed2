"""`mask_iou`, `dice`, `point_in_mask` and the run lengths below them, beside pycocotools."""

from __future__ import annotations

import builtins
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import vlm_rewards as vr
from vlm_rewards_grounding import dice, mask_iou, point_in_mask
from vlm_rewards_grounding.formats.masks.reading import read_mask
from vlm_rewards_grounding.formats.masks.rle import decode, inside

coco_mask = pytest.importorskip("pycocotools.mask")

SIZE = (8, 6)
PICTURE = (vr.ImageRef(Image.new("1", SIZE)),)
GOLD = {"size": [6, 8], "counts": [6, 12, 30]}  # columns 1 and 2


@st.composite
def bitmaps(draw: st.DrawFn) -> Any:
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    bits = draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    return np.asfortranarray(np.array(bits, dtype=np.uint8).reshape(height, width))


def encoded(bitmap: Any) -> dict[str, Any]:
    found = coco_mask.encode(bitmap)
    return {"size": [int(side) for side in found["size"]], "counts": found["counts"].decode()}


def outcome(text: str, solution: Any = GOLD, reward: Any = mask_iou, **params: Any) -> vr.RewardOutput:
    output = reward(vr.Completion(text), solution, vr.Context(), PICTURE, **params)
    assert isinstance(output, vr.RewardOutput)
    return output


@given(bitmaps(), st.data())
def test_runs_are_what_pycocotools_encodes(bitmap: Any, data: st.DataObject) -> None:
    height, width = bitmap.shape
    runs = decode(encoded(bitmap)["counts"], bitmap.size)
    assert sum(runs[1::2]) == bitmap.sum()
    column, row = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    assert inside(runs, column=column, row=row, height=height) == bool(bitmap[row, column])


@given(bitmaps(), st.randoms(use_true_random=False))
def test_mask_iou_and_dice_equal_pycocotools_and_the_pixels(bitmap: Any, random: Any) -> None:
    other = np.asfortranarray(np.roll(bitmap, random.randrange(9), axis=random.randrange(2)))
    one, two = encoded(bitmap), encoded(other)
    if not bitmap.any():
        assert mask_iou(vr.Completion(json.dumps(one)), two, vr.Context()).status is vr.Status.BAD_REFERENCE
        return
    got = mask_iou(vr.Completion(json.dumps(one)), two, vr.Context()).score
    assert got == pytest.approx(float(coco_mask.iou([one], [two], [0])[0, 0]), abs=1e-12)
    both = dice(vr.Completion(json.dumps(one)), two, vr.Context()).score
    assert both == pytest.approx(2 * (bitmap & other).sum() / (bitmap.sum() + other.sum()))


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 6)), min_size=3, max_size=6))
def test_polygons_are_rasterised_as_pycocotools_does(corners: list[tuple[int, int]]) -> None:
    flat = [float(side) for corner in corners for side in corner]
    theirs = coco_mask.merge(coco_mask.frPyObjects([flat], 6, 8))
    for form in (corners, flat, [flat], [corners], {"segmentation": [flat]}):
        runs, size = read_mask(json.loads(json.dumps(form)), SIZE)
        assert size == SIZE
        assert runs == decode(theirs["counts"], 48)


def test_polygons_lie_in_the_space_that_is_declared() -> None:
    polygon = "[[0.125, 0], [0.375, 0], [0.375, 1], [0.125, 1]]"
    assert outcome(polygon, space="relative").score == 1.0
    assert outcome("[[125, 0], [375, 0], [375, 1000], [125, 1000]]", space="per_1000").score == 1.0
    assert outcome(polygon).score is None  # less than a pixel


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I see no mask.", "no mask after the reasoning"),
        ("<think>" + json.dumps(GOLD) + "</think>", "no mask after the reasoning"),
        ("[" * 5000, "no mask after the reasoning"),
        ("[[1, 2], [3, 4]", "no mask after the reasoning"),
        ("[1, 2, 3, 4]", "not a mask: neither run lengths nor polygons"),  # a box is no polygon
        ("[[1, 2], [3, NaN], [5, 6]]", "not a mask: neither run lengths nor polygons"),
        ("[[1, 2], [3, 1e308], [5, 6]]", "not a mask: neither run lengths nor polygons"),
        ("[[0, 0], [0, 0], [0, 0]]", "an empty mask"),
        ('{"size": [6, 8], "counts": [48]}', "an empty mask"),
        ('{"size": [6, 8], "counts": [0, 49]}', "the runs of the mask cover 49 pixels of an image of 48"),
        ('{"size": [6, 8], "counts": [0, 1e999]}', "a run of the mask is not a number of pixels"),
        ('{"size": [6, 8], "counts": [-1, 49]}', "a run of the mask is not a number of pixels"),
        ('{"size": [6, 8], "counts": [true, 47]}', "a run of the mask is not a number of pixels"),
        ('{"size": [6, 8], "counts": "~~~"}', "the counts are not compressed runs"),
        ('{"size": [6, 8], "counts": "oooooooooooooooo"}', "the counts are not compressed runs"),
        ('{"size": [6, 8], "counts": "o"}', "the counts end within a run"),
        ('{"size": [6, 8], "counts": {}}', "the counts of a mask are neither text nor a list"),
        ('{"size": [1, 48], "counts": [0, 48]}', "the mask is 48x1, and the image 8x6"),
        ('{"size": [100000, 100000], "counts": []}', "the size of a mask is not [height, width] in pixels"),
        ('{"counts": [0, 48]}', "the run lengths of a mask need their size, [height, width]"),
    ],
)
def test_what_is_no_mask_is_unparseable(text: str, why: str) -> None:
    for reward in (mask_iou, dice):
        output = outcome(text, reward=reward)
        assert (output.status, output.reason) == (vr.Status.UNPARSEABLE, why)


def test_the_whole_image_as_a_mask_earns_its_share() -> None:
    whole = '{"size": [6, 8], "counts": [0, 48]}'
    assert outcome(whole).score == pytest.approx(12 / 48)
    assert outcome(whole, reward=dice).score == pytest.approx(24 / 60)


def test_an_endless_outline_is_refused_before_it_is_drawn() -> None:
    big = (4000, 4000)
    zigzag = [[0, 0], [4000, 4000]] * 50
    with pytest.raises(ValueError, match="outline of the mask is too long"):
        read_mask(zigzag, big)
    runs, _ = read_mask([[-1e7, -1e7], [1e7, -1e7], [1e7, 1e7], [-1e7, 1e7]], big)
    assert runs == (0, 16_000_000)


@pytest.mark.parametrize(
    "solution", [None, "x", [], [1, 2, 3, 4], {"size": [6, 8], "counts": [48]}, {"size": [6], "counts": []}]
)
def test_a_reference_that_is_no_mask_is_the_datas_fault(solution: object) -> None:
    assert outcome(json.dumps(GOLD), solution).status is vr.Status.BAD_REFERENCE
    if solution != {"size": [6, 8], "counts": [48]}:
        assert outcome("(1, 1)", solution, point_in_mask).status is vr.Status.BAD_REFERENCE


def test_polygons_need_a_picture_and_run_lengths_do_not() -> None:
    polygon = [[1, 0], [3, 0], [3, 6], [1, 6]]
    assert mask_iou(vr.Completion(json.dumps(polygon)), GOLD, vr.Context()).score == 1.0  # the reference has the size
    assert mask_iou(vr.Completion("x"), polygon, vr.Context()).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize(
    ("point", "expected"),
    [("(1, 0)", 1.0), ("(2.9, 5.9)", 1.0), ("(3, 3)", 0.0), ("(0.5, 3)", 0.0), ("(-1, 3)", 0.0), ("(2, 6)", 0.0)],
)
def test_a_point_on_a_pixel_of_the_mask(point: str, expected: float) -> None:
    assert outcome(point, reward=point_in_mask).score == expected
    assert outcome(point, json.dumps(GOLD), point_in_mask).score == expected


def test_without_pycocotools_a_config_fails_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("pycocotools"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    for reward in ("mask_iou", "dice", "point_in_mask"):
        with pytest.raises(Exception, match=r"vlm-rewards\[masks\]") as error:
            vr.load_scorer({"version": 1, "rewards": {"it": {"use": f"grounding/{reward}"}}})
        assert type(error.value).__name__ == "ConfigError"
