"""A right box is right to the last bit, in whatever a family counts: thresholds and equal rewards hang on it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import vlm_rewards as vr
from vlm_rewards_grounding import box_iou, parse_boxes

STEPS = {"per_1000": 1000, "per_999": 999, "bins_1024": 1024, "percent": 100, "resized": 28 * 12}


@pytest.mark.parametrize("space", STEPS)
@given(data=st.data())
def test_a_number_is_rounded_once_on_its_way_to_pixels(space: str, data: st.DataObject) -> None:
    steps = STEPS[space]
    side = data.draw(st.integers(1, 4000))
    number = data.draw(st.integers(1, steps))
    text, size = f"[0, 0, {number}, {number}]", (side, side)
    exact = float(Fraction(number * side, steps))
    assert parse_boxes(text, format=space, image_size=size, resized_size=(steps, steps)) == [(0, 0, exact, exact)]


@pytest.mark.parametrize("width", [640, 1001, 1013, 1023])
@pytest.mark.parametrize("half", ["[0, 0, 500, 1000]", "[0, 0, 1000, 500]"])
def test_half_the_picture_reaches_a_threshold_of_a_half(width: int, half: str) -> None:
    picture = (vr.ImageRef(Image.new("1", (width, 480))),)
    params: dict[str, Any] = {"space": "per_1000", "threshold": 0.5}
    assert box_iou(vr.Completion(half), [0, 0, width, 480], vr.Context(), picture, **params).score == 1.0
