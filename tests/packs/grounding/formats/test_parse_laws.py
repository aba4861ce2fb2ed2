"""Laws of the parser: what holds for every text, every space and every family."""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.registry import entry_points as core
from vlm_rewards_grounding import Preset, parse_boxes
from vlm_rewards_grounding.formats.json import read_json, read_plain_json
from vlm_rewards_grounding.formats.values import read_values
from vlm_rewards_grounding.frames import presets
from vlm_rewards_grounding.frames.frame import Frame
from vlm_rewards_grounding.frames.presets import PRESETS, SPACES, preset_of
from vlm_rewards_grounding.parse import detect

DATA = Path(__file__).parents[5] / "shared" / "data" / "grounding"
SIZE = (640, 480)
PIECES = [
    *("<box>", "</box>", "<ref>", "</ref>", "<|box_start|>", "<|box_end|>", "<|det|>", "<quad>", "<point ", "coords="),
    *("<loc0001>", "<loc_1>", "<patch_index_0001>", "<|begin_of_box|>", "<|end_of_box|>", "x1=", 'y1="2"', "alt='"),
    *('"bbox_2d"', "'bbox_2d'", "bbox_2d", "point_2d", "label", ":", "=", "[", "]", "{", "}", "(", ")", ",", ";"),
    *('"', "'", "\\", "“", "，", "//", "/*", "\n", " ", "```", "1", "20", "-3.5", "1e9", "NaN", "null", "True"),
    *("<think>", "</think>", "<answer>", "</answer>", "[1, 2, 3, 4]", '{"bbox_2d": [1, 2, 3, 4]}', "(1,2),(3,4)"),
    *("\ud800", "cat", "Action:"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=60)
FORMATS = st.sampled_from([*PRESETS, *SPACES])


@given(TEXTS, FORMATS)
def test_any_text_gives_finite_shapes_with_an_area_or_none(text: str, name: str) -> None:
    found = detect(vr.Completion(text), Frame(preset_of(name), SIZE, SIZE))
    assert (found.reason is None) == (bool(found.items) and not found.ambiguous)
    for item in found.items:
        numbers = [*(item.box or ()), *(item.point or ()), *(item.polygon or ())]
        assert numbers
        assert all(map(math.isfinite, numbers))
        if item.box is not None:
            assert item.box[2] > item.box[0]
            assert item.box[3] > item.box[1]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | st.text("ab 'é[{(:,", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["bbox_2d", "label", "a b", "'"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def as_text(value: Any) -> Any:
    """A value as the tolerant reader gives it: numbers without quotes stay as they are written."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return value if value is None or isinstance(value, bool | str) else json.dumps(value)


@given(st.lists(VALUES, min_size=1, max_size=3) | st.dictionaries(st.just("k"), VALUES, min_size=1))
def test_valid_json_is_read_alike_by_the_strict_and_the_tolerant_reader(value: Any) -> None:
    text = json.dumps(value)
    (strict,) = read_values(text)
    (tolerant,) = read_values("(" + text + ")")
    assert (strict.value, strict.strict) == (value, True)
    assert tolerant.whole
    assert without_empty_mappings(tolerant.value[0]) == without_empty_mappings(as_text(value))


def without_empty_mappings(value: Any) -> Any:
    """In broken text `{}` may be an empty list as well as an empty mapping."""
    if isinstance(value, dict):
        return {key: without_empty_mappings(item) for key, item in value.items()} or []
    return [without_empty_mappings(item) for item in value] if isinstance(value, list) else value


ONE_BOX = st.tuples(
    st.sampled_from(["", "[", "```json\n[\n  ", "(", "x [", "] ", "{"]),
    st.sampled_from(['{"bbox_2d": [', '{"bbox_2d":[', '{"a": 1, "bbox_2d": [']),
    st.lists(
        st.sampled_from(["1", "20", "300", "010", "1_0", "٤", "-5", "1.5", " 7", "99999999", "9" * 50]), max_size=5
    ),
    st.sampled_from(["]", "", "]]"]),
    st.sampled_from(["", ', "label": "cat"', ', "label": "a\\"b"', ', "label": "a\nb"', ', "label": "a', ', "x": "y"']),
    st.sampled_from(["}", "}]", "} ]\n```", "}]]", "}, {}", "", "} [1]"]),
).map(lambda parts: "".join([*parts[:2], ", ".join(parts[2]), *parts[3:]]))


@given(ONE_BOX | TEXTS | VALUES.map(json.dumps) | VALUES.map(str))
def test_the_short_way_through_plain_json_is_the_long_one(text: str) -> None:
    short = read_plain_json(text)
    if short is not None:
        assert short.items == read_json(text, points=False).items
        assert short[1:] == read_json(text, points=False, order_known=False)[1:] or "'" in text


@given(ONE_BOX | TEXTS, FORMATS)
def test_a_trace_changes_no_result(text: str, name: str) -> None:
    places: dict[str, Any] = {"format": name, "image_size": SIZE, "resized_size": (56, 28)}
    assert parse_boxes(text, **places) == parse_boxes(text, trace=True, **places)[0]


def test_the_short_way_knows_clicks_as_boxes_and_middles_of_bins() -> None:
    click = '{"bbox_2d": [5, 7, 5, 7]}'
    assert parse_boxes(click, format="computer_use_qwen3", image_size=(1000, 1000)) == [(5.0, 7.0)]
    assert parse_boxes(click, format="qwen3_vl", image_size=(1000, 1000)) == []
    bins = Preset("bins", "json", "bins_1000")
    assert parse_boxes('{"bbox_2d": [1, 2, 3, 4]}', format=bins, image_size=(1000, 1000)) == [(1.5, 2.5, 3.5, 4.5)]


@given(st.tuples(*[st.integers(0, 400)] * 2), st.tuples(*[st.integers(1, 500)] * 2), st.sampled_from(sorted(SPACES)))
def test_a_box_comes_back_from_every_space(corner: tuple[int, int], side: tuple[int, int], name: str) -> None:
    box = (*corner, corner[0] + side[0], corner[1] + side[1])
    space, resized = SPACES[name], (336, 252)
    unit = space.unit
    width, height = (unit, unit) if isinstance(unit, float) else {"original": SIZE, "resized": resized}[unit]
    shift = 0.5 if space.centred else 0.0
    scaled = [n / full * sides - shift for n, full, sides in zip(box, SIZE * 2, (width, height) * 2, strict=True)]
    text = f"[{', '.join(f'{n:.12f}' for n in scaled)}]"
    (found,) = parse_boxes(text, format=name, image_size=SIZE, resized_size=resized)
    assert found == pytest.approx(box, abs=1e-6)


def test_a_format_says_what_the_numbers_are() -> None:
    text = "[100, 100, 300, 300]"
    assert parse_boxes(text, format="auto:per_1000", image_size=SIZE) == parse_boxes(
        text, format="per_1000", image_size=SIZE
    )
    assert parse_boxes(text, format="pixels", image_size=SIZE) == [(100, 100, 300, 300)]
    assert preset_of("Qwen2.5-VL") is preset_of("qwen2_5_vl")
    for unknown in ("auto", "auto:", "guess", "auto:qwen3_vl", ""):
        with pytest.raises(ValueError, match="Give a space"):
            parse_boxes(text, format=unknown, image_size=SIZE)
    with pytest.raises(ValueError, match="what the numbers mean cannot"):
        preset_of("auto")


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 5)])
def test_a_size_without_area_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"size|area"):
        parse_boxes("[1, 2, 3, 4]", format="per_1000", image_size=size)
    with pytest.raises(ValueError, match=r"size|area"):
        parse_boxes("[1, 2, 3, 4]", format="qwen2_5_vl", image_size=SIZE, resized_size=size)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_without_a_resized_size_it_is_that_of_the_families_processor(width: int, height: int) -> None:
    resize = importlib.import_module("transformers.models.qwen2_vl.image_processing_pil_qwen2_vl").smart_resize
    for name, least, most in (("qwen2_5_vl", 4 * 784, 16384 * 784), ("ui_tars15", 100 * 784, 16384 * 784)):
        try:
            seen = resize(height, width, factor=28, min_pixels=least, max_pixels=most)[::-1]
        except ValueError:  # the aspect ratio is over 200
            with pytest.raises(ValueError, match="aspect ratio"):
                parse_boxes("[1, 2, 3, 4]", format=name, image_size=(width, height))
            continue
        given_size = parse_boxes("[1, 2, 3, 4]", format=name, image_size=(width, height), resized_size=seen)
        assert parse_boxes("[1, 2, 3, 4]", format=name, image_size=(width, height)) == given_size


def test_another_distribution_adds_a_family(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = Preset("acme_vl", "json", "per_999", order="yx")
    monkeypatch.setattr(presets, "ACME", acme, raising=False)
    found = [
        EntryPoint("acme_vl", "vlm_rewards_grounding.frames.presets:ACME", presets.ENTRY_POINTS),
        EntryPoint("broken", "vlm_rewards_grounding.frames.presets:PRESETS", presets.ENTRY_POINTS),
    ]
    monkeypatch.setattr(
        core, "entry_points", lambda *, group, name: [one for one in found if (one.group, one.name) == (group, name)]
    )
    assert dataclasses.asdict(preset_of("acme_vl")) == dataclasses.asdict(acme)
    assert parse_boxes("[0, 0, 999, 999]", format="acme_vl", image_size=SIZE) == [(0, 0, 640, 480)]
    with pytest.raises(ValueError, match="not a dataclass"):
        preset_of("broken")
    presets._look_up.cache_clear()
    with pytest.raises(ValueError, match="unknown space 'inches'"):
        Preset("acme_vl", "json", "inches")
    with pytest.raises(ValueError, match="not pixels"):
        Preset("acme_vl", "points", "resized")


def test_a_trace_shows_every_step() -> None:
    text = '<think>hm</think>{"bbox_2d": [100, 50, 300, 250], "label": "cat"} [9, 9, 1, 1]'
    boxes, trace = parse_boxes(
        text, format="qwen2_5_vl", image_size=(1920, 1080), resized_size=(1932, 1092), trace=True
    )
    assert boxes == [trace.detections.items[0].box]
    assert str(trace).splitlines() == [
        """answer  '{"bbox_2d": [100, 50, 300, 250], "label": "cat"} [9, 9, 1, 1]'""",
        "format  qwen2_5_vl: syntax json, xy order",
        "syntax  json",
        "frame   image 1920x1080, seen by the model as 1932x1092",
        "space   resized: pixels of the resized image",
        "scale   x 0.993789, y 0.989011",
        "read    (100, 50, 300, 250) 'cat'",
        "pixels  (99.37888199, 49.45054945, 298.136646, 247.2527473)",
    ]
    _, refused = parse_boxes("[9, 9, 1, 1]", format="florence2", image_size=SIZE, trace=True)
    assert str(refused).endswith("none    no box after the reasoning")
    _, refused = parse_boxes("[9, 9, 1, NaN] x" * 50 + "(5,5,1,1", format="relative", image_size=SIZE, trace=True)
    assert "x..." not in str(refused).splitlines()[0][:200]
    _, refused = parse_boxes("[9, 9, 1, 1]", format="relative", image_size=SIZE, trace=True)
    assert str(refused).splitlines()[-2:] == ["refused 1", "none    the box has no area"]


def same(one: list[tuple[float, ...]], other: list[list[float]], tolerance: float) -> bool:
    return len(one) == len(other) and all(
        a == pytest.approx(b, abs=tolerance) for a, b in zip(one, map(tuple, other), strict=True)
    )


def test_all_real_and_made_outputs_for_development_are_placed_where_they_belong() -> None:
    if not DATA.is_dir():
        pytest.skip(f"the development data is not there: {DATA}")
    rows = [json.loads(line) for line in (DATA / "box_cases_dev.jsonl").read_text().splitlines()]
    assert len(rows) >= 70
    for row in rows:
        resized = tuple(row["resized_wh"]) if row["resized_wh"] else None
        size = tuple(row["image_wh"])
        found = parse_boxes(row["text"], format=row["family"], image_size=size, resized_size=resized)
        best = [place["xy"] for place in row["expected"]]
        assert same(found, best, row["tol_px"]), row["id"]
        items = detect(vr.Completion(row["text"]), Frame(preset_of(row["family"]), size, resized)).items
        for item, thing in zip(items, row["expected"], strict=True):
            assert thing["label"] in {None, item.label}, row["id"]
