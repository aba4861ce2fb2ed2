"""`image`: which of several pictures of a row the answer and its reference lie in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

import vlm_rewards as vr
import vlm_rewards_grounding as pack
from vlm_rewards.preflight import examine

SIZES = [(1000, 1000), (640, 480), (200, 100)]
IMAGES = tuple(vr.ImageRef(Image.new("1", size)) for size in SIZES)
BOX = "[100, 100, 500, 500]"
REWARDS: list[tuple[Callable[..., vr.RewardOutput], str]] = [
    *((reward, BOX) for reward in (pack.box_iou, pack.box_l1, pack.detection_f1, pack.detection_ap)),
    *((reward, "(300, 300)") for reward in (pack.point_in_box, pack.point_distance, pack.point_gaussian)),
]


@pytest.mark.parametrize(("reward", "text"), REWARDS)
@pytest.mark.parametrize(("image", "at"), [(0, 0), (1, 1), (2, 2), ("last", 2)])
def test_the_numbers_lie_in_the_image_that_is_chosen(reward: Any, text: str, image: Any, at: int) -> None:
    width, height = SIZES[at]
    first, last = (0.1, 0.5) if text == BOX else (0.28, 0.32)
    gold = [first * width, first * height, last * width, last * height]
    output = reward(vr.Completion(text), gold, vr.Context(), IMAGES, space="per_1000", image=image)
    assert output.score == pytest.approx(1.0)
    assert reward(vr.Completion(text), gold, vr.Context(), IMAGES, space="per_1000", image=(at + 1) % 3).score != 1.0


@pytest.mark.parametrize("image", [3, -1])
def test_an_image_that_the_row_does_not_have_is_the_datas_fault(image: int) -> None:
    output = pack.box_iou(vr.Completion(BOX), [1, 2, 3, 4], vr.Context(), IMAGES, space="per_1000", image=image)
    assert output.status is vr.Status.BAD_REFERENCE


def test_what_can_be_seen_is_said_of_the_image_that_is_chosen() -> None:
    boxes = vr.Completion("[[0, 0, 9, 9], [300, 0, 320, 9]]")
    assert [pack.count(boxes, 2, vr.Context(), IMAGES, image=at).score for at in (0, 1, 2)] == [1.0, 1.0, 0.0]
    right = vr.Completion("[300, 0, 320, 9]")
    assert pack.rejection(right, [1, 2, 3, 4], vr.Context(), IMAGES, image="last").score == 0.0


def test_a_mask_lies_in_the_image_that_is_chosen() -> None:
    pytest.importorskip("pycocotools")
    mask = [[0, 0], [100, 0], [100, 100], [0, 100]]
    for reward in (pack.mask_iou, pack.dice):
        answer = vr.Completion("[[0, 0], [500, 0], [500, 1000], [0, 1000]]")
        assert reward(answer, [mask], vr.Context(), IMAGES, space="per_1000", image="last").score == 1.0
    point = vr.Completion("(499, 999)")
    assert pack.point_in_mask(point, [mask], vr.Context(), IMAGES, space="per_1000", image=2).score == 1.0


def test_the_preflight_looks_at_the_image_that_is_chosen() -> None:
    columns: dict[str, list[Any]] = {
        "solution": [[1, 1, 300, 50]],
        "images": [[Image.new("1", size) for size in SIZES]],
    }
    for image, outside in ((0, False), ("last", True)):
        terms = {"box": {"use": "grounding/box_iou", "params": {"image": image}}}
        scorer = vr.load_scorer({"version": 1, "rewards": terms}, context=None)
        said = "".join(finding.what for finding in examine(scorer, columns))
        assert ("outside the image" in said) == outside


@pytest.mark.parametrize("image", ["first", 1.5])
def test_other_values_are_refused_before_anything_is_scored(image: object) -> None:
    terms = {"box": {"use": "grounding/box_iou", "params": {"image": image}}}
    with pytest.raises(Exception, match="image"):
        vr.load_scorer({"version": 1, "rewards": terms})


@pytest.mark.parametrize(("image", "score"), [("last", 1.0), (1, 0.5), (0, 0.5)])
def test_a_click_is_on_the_screen_that_the_option_names(image: int | str, score: float) -> None:
    width, height = IMAGES[-1].size
    gold = {"action": "click", "point": [0.9 * width, 0.9 * height]}
    click = vr.Completion('{"action": "click", "coordinate": [900, 900]}')
    params: dict[str, Any] = {"space": "per_1000", "image": image, "radius": 0.01}
    assert pack.gui_action(click, gold, vr.Context(), IMAGES, **params).score == score
