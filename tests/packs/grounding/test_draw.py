"""`draw`: both sides are visible where they lie, whatever the answer was."""

from __future__ import annotations

import pytest
from PIL import Image

from vlm_rewards_grounding.detections import Detection
from vlm_rewards_grounding.draw import PREDICTED, REFERENCE, Shown, draw


def test_each_side_is_drawn_in_its_colour_where_it_lies() -> None:
    before = Image.new("RGB", (200, 100), (255, 255, 255))
    after = draw(before, [(20, 20, 80, 80), (120, 50)], references=[Detection((100, 10, 190, 90), (150, 50))])
    assert before.getcolors() == [(20000, (255, 255, 255))]  # the picture itself is as it was
    assert {after.getpixel(at) for at in ((20, 50), (80, 50), (50, 20), (50, 80), (120, 50))} == {PREDICTED}
    assert {after.getpixel(at) for at in ((190, 50), (145, 90), (150, 50))} == {REFERENCE}
    assert after.getpixel((50, 50)) == (255, 255, 255)
    assert after.size == (200, 118)  # the legend stands below


def test_what_is_transparent_lies_on_white_and_16_bits_keep_their_shades() -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert draw(clear, [], legend=False).getpixel((5, 5)) == (255, 255, 255)
    assert draw(Image.new("I;16", (40, 40), 32768), [], legend=False).getpixel((5, 5)) == (128, 128, 128)


def test_a_polygon_and_labels_are_drawn_and_the_legend_can_be_left_out() -> None:
    white = Image.new("L", (100, 100), 255)
    shapes: list[Shown] = [(50, 10, 90, 50, 50, 90, 10, 50), Detection((5, 5, 30, 30), label="cat")]
    plain, named = (draw(white, shapes, labels=labels, legend=False) for labels in ((), ("kite",)))
    assert plain.size == (100, 100)
    assert plain.getpixel((70, 30)) == PREDICTED
    assert plain.tobytes() != named.tobytes()


@pytest.mark.parametrize("label", ["\ud800\n\x00", "猫", "x" * 10_000, "", "\u202e"])
@pytest.mark.parametrize("box", [(-1e7, -1e7, 1e7, 1e7), (1e7, 1e7, 1.1e7, 1.1e7), (0, 0, 0.001, 0.001), (1e7, -1e7)])
def test_no_answer_stops_a_report(box: tuple[float, ...], label: str) -> None:
    assert draw(Image.new("RGB", (30, 20)), [box], labels=[label]).size == (30, 38)
