from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hostile import DOT, svg
from PIL import Image
from vlm_rewards_svg import length, similarity, valid
from vlm_rewards_svg.drawing import draw
from vlm_rewards_svg.reading import RefusedError, read

import vlm_rewards as vr

pytest.importorskip("resvg_py", reason="resvg-py is not installed")

ROOT = 'viewBox="0 0 24 24"'
HEART = svg('<path d="M12 21C5 15 2 11 2 7a5 5 0 0 1 10-1 5 5 0 0 1 10 1C22 11 19 15 12 21z" fill="#c02"/>', ROOT)


def scored(answer: str, drawn: str = HEART, size: tuple[int, int] = (128, 128), **options: Any) -> vr.RewardOutput:
    picture = draw(read(drawn), 128).resize(size)
    return similarity(vr.Completion(answer), [vr.ImageRef(picture)], **options)


def score(answer: str, drawn: str = HEART, **options: Any) -> float:
    return scored(answer, drawn, **options).score or 0.0


def same(one: str, other: str) -> bool:
    return draw(read(one), 64).tobytes() == draw(read(other), 64).tobytes()


def test_the_nearer_a_drawing_is_the_more_it_earns() -> None:
    pink, moved = HEART.replace("#c02", "#e46"), HEART.replace("<path", '<path transform="translate(1 1)"')
    other, blank = svg('<circle cx="12" cy="12" r="9" fill="#c02"/>', ROOT), svg("", ROOT)
    earned = [score(answer) for answer in (HEART, pink, moved, other, blank)]
    assert earned == sorted(earned, reverse=True)
    assert earned[0] == 1.0
    assert earned[-1] == 0.0


def test_no_even_colour_earns_anything() -> None:
    colours = ("white", "#c02", "#e8c0c8", "black", "#fafafa")
    assert [score(svg(f'<rect width="24" height="24" fill="{colour}"/>', ROOT)) for colour in colours] == [0.0] * 5


def test_weights_part_colours_from_edges() -> None:
    outline = HEART.replace('fill="#c02"', 'fill="white" stroke="#c02"')
    parts = scored(outline).details
    assert score(outline, edges=0.0) == pytest.approx(parts["pixels"], abs=1e-4)
    assert score(outline, edges=1.0) == pytest.approx(parts["edges"], abs=1e-4)


def test_the_view_box_is_held_to_the_picture_or_to_the_option() -> None:
    assert score(HEART.replace("0 0 24 24", "0 0 24 12")) == 0.0
    assert score(HEART, size=(128, 64)) == 0.0
    assert score(HEART, view_box=(0, 0, 24, 24)) == 1.0
    assert scored(HEART, view_box=(0, 0, 48, 48)).reason == (
        "view_box: (0.0, 0.0, 24.0, 24.0) does not hold a picture of 128x128"
    )


def test_width_and_height_stand_for_a_missing_view_box() -> None:
    assert same(svg(DOT, 'width="10px" height="10"'), svg(DOT))
    assert same(svg(DOT, 'width="400" height="3" viewBox="0 0 10 10"'), svg(DOT))


def test_a_picture_is_needed() -> None:
    assert similarity(vr.Completion(HEART), []).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (f"Here it is:\n```svg\n{svg(DOT)}\n```\nDone.", svg(DOT)),
        (f'<?xml version="1.0"?>\n<!-- a dot -->{svg(DOT)}', svg(DOT)),
        (svg('<circle cx="5" cy="5" r="3" style="fill : red; stroke:none"/>'), svg(DOT.replace("/>", ' fill="red"/>'))),
        (svg(f'<defs><g id="a">{DOT}</g></defs><use xlink:href="#a"/>'), svg(DOT)),
        (svg(f'<g fill="none"/>{DOT}', 'viewBox="0 0 10 10" fill="blue"'), svg(f'<g fill="blue">{DOT}</g>')),
        (svg(f"{DOT}<text>a &amp; b</text>"), svg(DOT)),  # without a font it is not drawn
    ],
)
def test_the_forms_in_which_models_write_are_drawn(said: str, meant: str) -> None:
    assert same(said, meant)
    assert not same(said, svg(""))


def test_gradients_and_clips_are_drawn() -> None:
    stops = '<stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/>'
    gradient = f'<linearGradient id="g">{stops}</linearGradient><rect width="10" height="10" fill="url(#g)"/>'
    clip = f'<clipPath id="c">{DOT}</clipPath><rect width="10" height="10" clip-path="url(#c)"/>'
    row = np.asarray(draw(read(svg(gradient)), 64)).astype(int)[32]
    assert row[0, 0] - row[0, 2] > 240
    assert row[63, 2] - row[63, 0] > 240
    assert [draw(read(svg(clip)), 64).getpixel((x, x)) for x in (2, 32)] == [(255, 255, 255), (0, 0, 0)]


@pytest.mark.parametrize(("count", "passes"), [(4_999, True), (5_000, False)])
def test_at_most_five_thousand_nodes_are_read(count: int, *, passes: bool) -> None:
    said = svg("<g/>" * count)
    if passes:
        assert read(said).body.count("<g>") == 5_000
    else:
        with pytest.raises(RefusedError, match="too_large"):
            read(said)


@pytest.mark.parametrize(("depth", "passes"), [(63, True), (64, False)])
def test_at_most_sixty_four_levels_are_read(depth: int, *, passes: bool) -> None:
    said = svg("<g>" * depth + "</g>" * depth)
    if passes:
        assert draw(read(said), 16).size == (16, 16)
    else:
        with pytest.raises(RefusedError, match="too_large"):
            read(said)


def test_work_is_counted_as_often_as_it_is_drawn() -> None:
    shape = f'<g id="a">{DOT * 100}</g>'
    read(svg(shape + '<use href="#a"/>' * 50))
    with pytest.raises(RefusedError, match="too_large"):
        read(svg(shape + '<use href="#a"/>' * 90))


def test_a_short_drawing_is_paid_by_its_formula() -> None:
    spaces = [svg(DOT + " " * more) for more in (0, len(svg(DOT)) // 2, len(svg(DOT)))]
    paid = [length(vr.Completion(f"Look: {answer}"), svg(DOT)).score for answer in spaces]
    assert paid == [0.75, pytest.approx(0.0, abs=0.05), 0.0]
    assert length(vr.Completion(svg("")), svg(DOT * 4)).score == 1.0


def test_only_what_is_drawn_is_valid() -> None:
    assert valid(vr.Completion(HEART)).score == 1.0
    assert valid(vr.Completion("a heart")).reason == "no_svg: the answer holds no <svg> ... </svg>"


def test_pictures_of_other_sizes_and_modes_are_compared() -> None:
    grey = draw(read(HEART), 128).resize((300, 300)).convert("LA")
    assert 0.3 < (similarity(vr.Completion(HEART), [vr.ImageRef(grey)]).score or 0) < 1.0
    assert isinstance(grey, Image.Image)
