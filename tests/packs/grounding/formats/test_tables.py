"""Every row of every table by which answers are read: each case fails where its row is taken out."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

import vlm_rewards as vr
from vlm_rewards_grounding import parse_boxes
from vlm_rewards_grounding.detections import Detection
from vlm_rewards_grounding.formats.json import label_before
from vlm_rewards_grounding.formats.numbers import numbers
from vlm_rewards_grounding.formats.rejections import says_nothing
from vlm_rewards_grounding.formats.tags import read_tags
from vlm_rewards_grounding.frames.frame import PIXELS
from vlm_rewards_grounding.frames.presets import preset_of
from vlm_rewards_grounding.parse import detect


def one(text: str) -> Detection:
    (found,) = detect(vr.Completion(text), PIXELS).items
    return found


BOXES = """bbox_2d bbox box bboxes boxes bounding_box bounding_boxes bounding_box_2d bboxes_2d boxes_2d bndbox
rect rectangle region"""
POINTS = """point_2d point points points_2d coordinate coordinates coordinate_2d coords coord position location
start_box end_box start_point end_point start_coordinate end_coordinate coordinate2 start end center centre
click_point pos xy keypoint"""
LABELS = """label text_content name class class_name category category_name object object_name phrase text caption
description title element ref tag type labels names categories classes class_names refs captions phrases expression
sentence"""
POLYGONS = """quad polygon poly polygons polygon_2d quad_2d quad_box quad_boxes quads quadrilateral corners
corner_points vertices contour outline segmentation"""
CORNERS = """x1 y1 x2 y2|xmin ymin xmax ymax|minx miny maxx maxy|left top right bottom|x0 y0 x1 y1|
topleftx toplefty bottomrightx bottomrighty"""


@pytest.mark.parametrize("key", BOXES.split())
def test_a_box_stands_under_each_of_these_keys(key: str) -> None:
    found = one(json.dumps({key: [1, 2, 3, 4]}))
    assert (found.box, found.label) == ((1, 2, 3, 4), None)  # under another key it would be called by it


@pytest.mark.parametrize("key", POINTS.split())
def test_a_point_stands_under_each_of_these_keys(key: str) -> None:
    assert one(json.dumps({key: [5, 6]})).point == (5, 6)


@pytest.mark.parametrize("key", POLYGONS.split())
def test_a_polygon_stands_under_each_of_these_keys(key: str) -> None:
    assert one(json.dumps({key: [0, 0, 9, 0, 9, 9]})).polygon == (0, 0, 9, 0, 9, 9)


@pytest.mark.parametrize("key", LABELS.split())
def test_a_label_stands_under_each_of_these_keys(key: str) -> None:
    assert one(json.dumps({"bbox_2d": [1, 2, 3, 4], key: "cat"})).label == "cat"


@pytest.mark.parametrize(("better", "worse"), list(pairwise(LABELS.split())))
def test_of_two_labels_the_first_of_these_keys_is_meant(better: str, worse: str) -> None:
    for pair in ({better: "cat", worse: "dog"}, {worse: "dog", better: "cat"}):
        assert one(json.dumps({"bbox_2d": [1, 2, 3, 4], **pair})).label == "cat"


@pytest.mark.parametrize("key", ["score", "confidence", "conf", "probability", "prob"])
def test_a_score_stands_under_each_of_these_keys(key: str) -> None:
    assert one(json.dumps({"bbox_2d": [1, 2, 3, 4], key: 0.5})).score == 0.5


@pytest.mark.parametrize("names", CORNERS.replace("\n", "").split("|"))
def test_a_mapping_may_name_each_side(names: str) -> None:
    assert one(json.dumps(dict(zip(names.split(), (1, 2, 3, 4), strict=True)))).box == (1, 2, 3, 4)


@pytest.mark.parametrize("names", ["x y width height", "x y w h", "left top width height"])
def test_a_mapping_may_name_a_corner_and_the_size(names: str) -> None:
    assert one(json.dumps(dict(zip(names.split(), (1, 2, 3, 4), strict=True)))).box == (1, 2, 4, 6)


@pytest.mark.parametrize("names", [("topleft", "bottomright"), ("lefttop", "rightbottom"), ("upperleft", "lowerright")])
@pytest.mark.parametrize("other", ["topright", "bottomleft", "upperright", "lowerleft"])
def test_a_mapping_may_name_two_corners_and_the_others_are_no_points(names: tuple[str, str], other: str) -> None:
    first, last = names
    corners = {first: {"x": 1, "y": 2}, last: {"x": 3, "y": 4}, other: {"x": 3, "y": 2}}
    assert one(json.dumps(corners)).box == (1, 2, 3, 4)


@pytest.mark.parametrize("key", ["arguments", "parameters"])
def test_the_arguments_of_a_call_may_be_json_text(key: str) -> None:
    assert one(json.dumps({"name": "zoom", key: '{"bbox_2d": [1, 2, 3, 4]}'})).box == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        *(("<box>", "</box>"), ("<bbox>", "</bbox>"), ("<|box_start|>", "<|box_end|>"), ("<|det|>", "<|/det|>")),
        *(("<|begin_of_box|>", "<|end_of_box|>"), ("<quad>", "</quad>"), ("<quad>", "</quad>")),
        *(("<|quad_start|>", "<|quad_end|>"), ("<point>", "</point>")),
    ],
)
def test_numbers_stand_between_each_pair_of_tags(opening: str, closing: str) -> None:
    sides = [1, 2, 9, 2, 9, 9, 1, 9][: 8 if "quad" in opening else 2 if "point" in opening else 4]
    assert [item.values for item in read_tags(f"{opening}{sides}{closing}").items] == [tuple(sides)]


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("<ref>", "</ref>"), ("<|object_ref_start|>", "<|object_ref_end|>"), ("<|ref|>", "<|/ref|>")],
)
def test_a_label_stands_between_each_pair_of_tags(opening: str, closing: str) -> None:
    (found,) = read_tags(f"{opening}cat{closing}<box>(1,2),(3,4)</box>").items
    assert found.label == "cat"


@pytest.mark.parametrize("quotes", ['""', "''", "“”", "‘’"])
def test_text_stands_between_each_pair_of_quotes(quotes: str) -> None:
    first, last = quotes[0], quotes[1]
    assert one(f"{{{first}label{last}: {first}a, cat{last}, bbox_2d: [1, 2, 3, 4,]}}").label == "a, cat"


@pytest.mark.parametrize("sign", [*",;，、"])
def test_each_separator_parts_numbers_and_answers(sign: str) -> None:
    assert one(f"[1{sign}2{sign}3{sign}4]").box == (1, 2, 3, 4)
    assert len(detect(vr.Completion(f"[1, 2, 3, 4]{sign}[5, 6, 7, 8]"), PIXELS).items) == 2


@pytest.mark.parametrize("sign", [*" \t\r\n|"])
def test_what_may_stand_between_the_values_of_one_answer(sign: str) -> None:
    assert len(detect(vr.Completion(f"[1, 2, 3, 4]{sign}[5, 6, 7, 8]"), PIXELS).items) == 2


@pytest.mark.parametrize("sign", [*":=："])
def test_each_sign_after_a_name_is_read(sign: str) -> None:
    assert one(f"{{bbox_2d{sign} [1, 2, 3, 4,]}}").label is None


@pytest.mark.parametrize("sign", [*"()[]{},;，、"])
def test_punctuation_parts_numbers(sign: str) -> None:
    assert numbers(f"1{sign}2") == [1, 2]


@pytest.mark.parametrize("sign", [*" \t\r.,;:，、|-*=()[]`'\""])
def test_a_label_loses_its_joints(sign: str) -> None:
    assert label_before(f"{sign}cat{sign}") == "cat"


@pytest.mark.parametrize(
    ("family", "names"),
    [
        ("qwen_vl", "Qwen-VL-Chat"),
        ("qwen2_5_vl", "qwen2.5"),
        ("qwen3_vl", "qwen3 Qwen3.5"),
        ("computer_use_qwen25", "qwen2.5-vl-computer-use"),
        ("computer_use_qwen3", "qwen3-vl-computer-use"),
        ("internvl", "internvl2 internvl2.5 internvl3 internvl3.5"),
        ("paligemma", "paligemma2"),
        ("gemini_gemma3", "gemini gemma3 gemini2 gemini2.5 gemma4"),
        ("florence2", "florence"),
        ("kosmos2", "kosmos"),
        ("rex_omni", "rex-omni Rex-Omni-3B"),
        ("deepseek_vl2", "deepseek-vl deepseek-ocr deepseek"),
        ("glm4v", "glm glm-4.1v glm-4.5v glm-4.6v glm-v"),
        ("minicpm_v", "minicpm minicpm-o"),
        ("moondream", "moondream2 moondream3"),
        ("ui_tars", "ui-tars-1 ui-tars-1.0"),
        ("kimi_vl", "kimi kimi-vl-a3b"),
        ("holo15", "holo holo1"),
        ("showui", "showui-2b"),
        ("cogvlm", "cogvlm2 cogvlm-grounding"),
        ("ferret", "ferretv2 ferret-ui"),
    ],
)
def test_each_other_name_of_a_family(family: str, names: str) -> None:
    assert {preset_of(name).name for name in names.split()} == {family}


@pytest.mark.parametrize(
    ("space", "text"),
    [
        ("pixels", "[20, 10, 100, 50]"),
        ("resized", "[10, 5, 50, 25]"),
        ("relative", "[0.1, 0.1, 0.5, 0.5]"),
        ("percent", "[10, 10, 50, 50]"),
        ("per_1000", "[100, 100, 500, 500]"),
        ("per_999", "[99.9, 99.9, 499.5, 499.5]"),
        ("bins_1024", "[102.4, 102.4, 512, 512]"),
        ("bins_1000", "[99.5, 99.5, 499.5, 499.5]"),
        ("grid_32", "[3.2, 3.2, 16, 16]"),
    ],
)
def test_one_box_in_each_space(space: str, text: str) -> None:
    assert parse_boxes(text, format=space, image_size=(200, 100), resized_size=(100, 50)) == [
        pytest.approx((20, 10, 100, 50))
    ]


# -- nothing is there ------------------------------------------------------------------------------------------------

ANSWERS = """none|null|nothing|no|n/a|na|empty|no object|no objects|no target|no box|no boxes|no such object|no match|
no matches|no detection|no detections|not found|not present|not visible|not there|not in the image|not applicable|
infeasible|cannot be found|does not exist|absent|"""


@pytest.mark.parametrize("answer", ANSWERS.replace("\n", "").split("|"))
def test_each_of_these_answers_under_a_key_says_that_nothing_is_there(answer: str) -> None:
    assert says_nothing(json.dumps({"bbox_2d": answer}))
    assert not says_nothing(json.dumps({"bbox_2d": f"{answer} x"}))


@pytest.mark.parametrize(
    "sentence",
    [
        *(
            "There is no cat",
            "there are no cats",
            "there isn't a cat",
            "there aren't any cats",
            "there is nothing here",
        ),
        *("no such cat", "I cannot find a cat", "I can't find a cat", "I could not find a cat"),
        *("I couldn't find a cat", "I do not see a cat", "I don't see a cat", "The image does not contain a cat"),
        *("the image doesn't contain a cat", "the image contains no cat", "the image shows no cat"),
        *(
            "a cat not found",
            "a cat not present",
            "the cat is not there",
            "a cat not visible",
            "the cat does not exist",
        ),
        *("a cat not in the image", "a cat not present in the image", "a cat not visible in the image"),
        *("the cat does not appear in the image", "none of the cats are shown"),
        *(f"No cat is {end}" for end in ("found", "detected", "visible", "present", "there", "in the image", "shown")),
        *(f"the cat is not in {image}" for image in ("this image", "the picture", "this picture", "the photo")),
        *(f"the cat is not in {image}" for image in ("this photo", "the scene", "the screenshot")),
    ],
)
def test_each_of_these_sentences_says_that_nothing_is_there(sentence: str) -> None:
    assert says_nothing(sentence)


@pytest.mark.parametrize("turn", ["but", "however", "except", "although", "though", "besides"])
def test_each_of_these_words_says_that_something_is_there_after_all(turn: str) -> None:
    assert not says_nothing(f"there is no dog {turn} a cat")


def test_a_preset_of_another_distribution_comes_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    resize = {"factor": 28, "min_pixels": 784, "max_pixels": 78400}
    fields = {"name": "theirs", "syntax": "json", "space": "resized", "infeasible": [-1, -1], "resize": resize}
    monkeypatch.setattr(vr, "offered", lambda _group, _name: fields)
    preset = preset_of("theirs_and_right")
    assert (preset.name, preset.infeasible) == ("theirs", (-1.0, -1.0))
    assert preset.resize == vr.FrameSpec(28, 784, 78400)


@pytest.mark.parametrize(("field", "value"), [("syntax", "yaml"), ("space", "inches"), ("colour", "red")])
def test_a_preset_with_a_field_that_means_nothing_is_refused(
    field: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"name": "theirs", "syntax": "json", "space": "pixels", field: value}
    monkeypatch.setattr(vr, "offered", lambda _group, _name: fields)
    with pytest.raises(ValueError, match=f"theirs_with_{field}' is not a Preset: .*{field}"):
        preset_of(f"theirs_with_{field}")
