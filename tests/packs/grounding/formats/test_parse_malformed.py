"""`parse_boxes`: all that models write in place of good JSON, what is read of it, and what is refused."""

from __future__ import annotations

import pytest

import vlm_rewards as vr
from vlm_rewards_grounding import parse_boxes
from vlm_rewards_grounding.frames.frame import PIXELS, Frame
from vlm_rewards_grounding.frames.presets import preset_of
from vlm_rewards_grounding.parse import detect

BOX = (100.0, 200.0, 300.0, 400.0)
OTHER = (1.0, 2.0, 3.0, 4.0)
CAT = '{"bbox_2d": [100, 200, 300, 400], "label": "cat"}'
DOG = '{"bbox_2d": [1, 2, 3, 4], "label": "dog"}'


def parse(text: str, family: str) -> list[tuple[float, ...]]:
    return parse_boxes(text, format=family, image_size=(1000, 1000))


READ_AS_ONE_BOX = [
    CAT,
    f"[{CAT}]",
    f"```json\n[{CAT}]\n```",
    f"```\n{CAT}\n```",
    f"```JSON\n{CAT}```",
    f"```json\n{CAT}",
    f"Sure! Here it is:\n\n{CAT}\n\nHope this helps.",
    f"<answer>{CAT}</answer>",
    f"<answer>\n```json\n{CAT}\n```\n</answer>",
    f"<answer>{CAT}",
    f"<think>{DOG}</think>{CAT}",
    f"<thinking>{DOG}</thinking>{CAT}",
    f"◁think▷{DOG}◁/think▷{CAT}",
    f"{DOG}</think>{CAT}",
    f"<think>a</think>{DOG}<think>b</think>{CAT}",
    f"<answer>{DOG}</answer> no, <answer>{CAT}</answer>",
    f"{DOG} <answer>{CAT}</answer>",
    f"<answer>{CAT}</answer> and not {DOG}",
    f"{DOG}\nWait, rather:\n{CAT}",
    f"```json\n{DOG}\n```\n\n```json\n{CAT}\n```",
    f"{CAT} in the form [x1, y1, x2, y2]",
    f"{CAT} (the picture is 640x480)",
    f"{CAT}\nIts middle is [200, 300].",
    f"\ufeff{CAT}<|im_end|>",
    '{"bbox": [100, 200, 300, 400]}',
    '{"box": [100, 200, 300, 400]}',
    '{"BBox_2D": [100, 200, 300, 400]}',
    '{"bounding_box": [100, 200, 300, 400]}',
    '{"coordinates": [100, 200, 300, 400]}',
    '{"bbox_2d": [[100, 200, 300, 400]]}',
    '{"bbox_2d": [[[100, 200, 300, 400]]]}',
    '{"bbox_2d": [[100, 200], [300, 400]]}',
    '{"bbox_2d": [{"x": 100, "y": 200}, {"x": 300, "y": 400}]}',
    '{"bbox_2d": {"x1": 100, "y1": 200, "x2": 300, "y2": 400}}',
    '{"x_min": 100, "y_min": 200, "x_max": 300, "y_max": 400}',
    '{"xmin": 100, "ymin": 200, "xmax": 300, "ymax": 400}',
    '{"left": 100, "top": 200, "right": 300, "bottom": 400}',
    '{"x": 100, "y": 200, "width": 200, "height": 200}',
    '{"bbox_2d": {"X": 100, "Y": 200, "W": 200, "H": 200}}',
    '{"xMin": 100, "yMin": 200, "xMax": 300, "yMax": 400}',
    '{"X1": 100, "Y1": 200, "X2": 300, "Y2": 400}',
    '{"min_x": 100, "min_y": 200, "max_x": 300, "max_y": 400}',
    '{"top_left_x": 100, "top_left_y": 200, "bottom_right_x": 300, "bottom_right_y": 400}',
    '{"bbox_2d": {"top_left": [100, 200], "bottom_right": [300, 400]}}',
    '{"label": "cat", "topLeft": {"x": 100, "y": 200}, "bottomRight": {"x": 300, "y": 400}}',
    '{"upper_left": [100, 200], "upper_right": [300, 200], "lower_right": [300, 400], "lower_left": [100, 400]}',
    '{"image": {"size": [640, 480]}, "objects": [{"bbox_2d": [100, 200, 300, 400]}]}',
    '{"bbox_2d": [100, 200, 300, 400], "image_size": [640, 480], "score": 0.9}',
    '{"bbox_2d": [100, 200, 300, 400], "point_2d": [200, 300]}',
    '{"label": "[1, 2, 3, 4]", "bbox_2d": [100, 200, 300, 400]}',
    '{"label": "}", "bbox_2d": [100, 200, 300, 400]}',
    '{"label": "it\'s a \\"cat\\"", "bbox_2d": [100, 200, 300, 400]}',
    '{"label": "a "big" cat", "bbox_2d": [100, 200, 300, 400]}',
    '{"label": "a\nb", "bbox_2d": [100, 200, 300, 400]}',
    '{"label": "猫 🐈", "bbox_2d": [100, 200, 300, 400]}',
    '{"label": "\ud800", "bbox_2d": [100, 200, 300, 400]}',
    "[100, 200, 300, 400]",
    "[[100, 200, 300, 400]]",
    "(100, 200, 300, 400)",
    "(100, 200), (300, 400)",
    "[(100, 200), (300, 400)]",
    "[100 200 300 400]",
    "[100; 200; 300; 400]",
    '{"bbox_2d": [100; 200; 300; 400]}',
    "{100, 200, 300, 400}",
    "**[100, 200, 300, 400]**",
    "$[100, 200, 300, 400]$",
    "\\boxed{[100, 200, 300, 400]}",
    "cat: [100, 200, 300, 400]",
    "| cat | [100,200,300,400] |",
    "<|box_start|>(100,200),(300,400)<|box_end|>",
    "<box>[[100, 200, 300, 400]]</box>",
    "<bbox>100 200 300 400</bbox>",
    "{'bbox_2d': [100, 200, 300, 400], 'label': 'cat'}",
    "{'bbox_2d': (100, 200, 300, 400), 'label': 'it's', 'ok': True}",
    "{bbox_2d: [100, 200, 300, 400], label: cat}",
    "{“bbox_2d”: [100, 200, 300, 400]}",
    '{"bbox_2d"：[100，200，300，400]}',
    '{"bbox_2d":\u00a0[100,\u00a0200,\n300,\t400]}',
    '{"bbox_2d": [100, 200, 300, 400,],}',
    '{"bbox_2d": [100, 200, 300, 400] "label": "cat"}',
    '{"bbox_2d": [100, 200, 300, 400], // the cat\n"label": "cat"}',
    '{/* [1, 2, 3, 4] */ "bbox_2d": [100, 200, 300, 400]}',
    '{"bbox_2d": ["100", "200", "300", "400"]}',
    '{"bbox_2d": "[100, 200, 300, 400]"}',
    '{"bbox_2d": "100 200 300 400"}',
    '{"bbox_2d": [100.0, 2e2, +300, 400.]}',
    '{"bbox_2d": [0100, 0200, 0300, 0400]}',
    '{"bbox_2d": [100, 200, 300, 400',  # cut below
]
CUT = READ_AS_ONE_BOX.pop()


@pytest.mark.parametrize("text", READ_AS_ONE_BOX)
@pytest.mark.parametrize("family", ["qwen3_vl", "per_1000"])
def test_this_is_read_as_the_one_box_that_it_means(text: str, family: str) -> None:
    assert parse(text, family) == [BOX]


BROKEN_BRACKETS = [
    '{"bbox_2d": [100, 200, 300, 400]',
    '{"bbox_2d": [100, 200, 300, 400}',
    '{"bbox_2d": [100, 200, 300, 400}]',
    '{"bbox_2d": [100, 200, 300, 400], "label": "cat"',
    '[{"bbox_2d": [100, 200, 300, 400], "label": "ca',
    '{"bbox_2d": [100, 200, 300, 400, "label": "cat"}',
    '"bbox_2d": [100, 200, 300, 400]}',
    "bbox_2d: [100, 200, 300, 400]",
    f"{{{CAT}",
    f"{CAT}}}}}",
    f"[{CAT}, {{",
    f'[{CAT}, 7, null, "x", {{"label": "no box"}}]',
    f'[{CAT}, {{"bbox_2d": [10, 20,',
    f'[{CAT}, {{"bbox_2d": [10, 20, 30, 4',
    f'[{CAT}, {{"bbox_2d": [NaN, 2, 3, 4]}}]',
    f'[{{"bbox_2d": [1, 2, 3]}}, {CAT}]',
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN_BRACKETS)
def test_what_is_broken_around_a_box_does_not_lose_it(text: str) -> None:
    assert parse(text, "qwen3_vl") == [BOX]


@pytest.mark.parametrize(
    "text",
    [
        f"{CAT}, {DOG}",
        f"{CAT}\n{DOG}",
        f"[{CAT},\n{DOG},]",
        f"[{CAT}] [{DOG}]",
        f"[\n{{\n{CAT},\n{DOG}\n]",  # a brace too many
        f"[{CAT} {DOG}]",
        '{"bbox_2d": [[100, 200, 300, 400], [1, 2, 3, 4]]}',
        '{"cat": [100, 200, 300, 400], "dog": [1, 2, 3, 4]}',
        "[[100, 200, 300, 400], [1, 2, 3, 4]]",
        '{"objects": {"cats": [{"bbox": [100, 200, 300, 400]}], "dogs": [{"bbox": [1, 2, 3, 4]}]}}',
    ],
)
def test_values_next_to_each_other_are_one_answer(text: str) -> None:
    assert parse(text, "qwen3_vl") == [BOX, OTHER]


NOTHING = [
    "",
    " \n",
    "None",
    "[]",
    "{}",
    "null",
    "There is no cat.",
    '{"label": "cat"}',
    '{"bbox_2d": null}',
    '{"bbox_2d": []}',
    "100, 200, 300, 400",
    "x1=100, y1=200, x2=300, y2=400",
    f"<think>{CAT}</think>",
    f"<think>{CAT}",
    f"{CAT}<think>",
    f"{CAT}</think> I give up.",
    f"<answer>none</answer> {CAT}",
    'eval("[100, 200, 300, 400]")',
    "__import__('os').system('true')",
    "[__import__('os').getpid(), 1, 2, 3]",
    "[100 + 0, 200, 300, 400]",
    "[10 ** 2, 200, 300, 400]",
    "[1, 2, 3]",
    "[1, 2, 3, 4, 5]",
    "[" * 60_000,
    "{" * 60_000,
    '{"a":' * 10_000,
    "[" * 200 + "100, 200, 300, 400" + "]" * 200,
    "[a, b, c, d]",
    "[x1, y1, x2, y2]",
]
REFUSED = [
    '{"bbox_2d": [1, 2, 3, 4], "bbox_2d": [100, 200, 300, 400]}',
    '[{"bbox_2d": [1, 2, 3, 4], "label": "cat", "label": "dog"}]',
    "{'bbox_2d': [1, 2, 3, 4], 'bbox_2d': [100, 200, 300, 400]}",
    "click(point=(1, 2), point=(3, 4))",
    CUT,
    '{"bbox_2d": [100, 200, 300, 40',
    '{"bbox_2d": [100, 200, 300]}',
    '{"bbox_2d": [100, 200, 300, 400, 500]}',
    '{"bbox_2d": [100, 200]}',
    '{"bbox_2d": [100, 200], [300, 400]}',
    '{"bbox_2d": 100, 200, 300, 400}',
    '{"bbox_2d": "cat"}',
    '{"bbox_2d": 5}',
    '{"bbox_2d": [NaN, 200, 300, 400]}',
    '{"bbox_2d": [100, 200, Infinity, 400]}',
    '{"bbox_2d": [-Infinity, -Infinity, Infinity, Infinity]}',
    '{"bbox_2d": [-1e308, -1e308, 1e308, 1e308]}',
    '{"bbox_2d": [0, 0, 1e999, 1e999]}',
    '{"bbox_2d": [0, 0, 10000001, 5]}',
    '{"bbox_2d": [0, 0, %s, 5]}' % ("9" * 400),
    '{"bbox_2d": [0, 0, %s, 5]}' % ("9" * 9000),
    '{"bbox_2d": [0, 0, 1e%s, 5]}' % ("9" * 400),
    '{"bbox_2d": [null, 1, 2, 3]}',
    '{"bbox_2d": [true, true, true, true]}',
    '{"bbox_2d": [False, False, True, True]}',
    '{"bbox_2d": ["a", "b", "c", "d"]}',
    '{"bbox_2d": ["nan", "inf", "1", "2"]}',
    '{"bbox_2d": [1_00, 200, 300, 400]}',
    '{"bbox_2d": [0x64, 200, 300, 400]}',
    '{"bbox_2d": [10%, 20%, 30%, 40%]}',
    '{"bbox_2d": [100px, 200px, 300px, 400px]}',
    '{"bbox_2d": [１００, 200, 300, 400]}',
    '{"bbox_2d": [٤٠, 200, 300, 400]}',
    '{"bbox_2d": [−100, 200, 300, 400]}',
    '{"bbox_2d": [100-200-300-400]}',
    '{"bbox_2d": [300, 400, 100, 200]}',
    '{"bbox_2d": [300, 200, 100, 400]}',
    '{"bbox_2d": [100, 400, 300, 200]}',
    '{"bbox_2d": [100, 200, 100, 400]}',
    '{"bbox_2d": [100, 200, 100, 200]}',
    '{"bbox_2d": [0, 0, 1e-300, 1e-300]}',
    '{"point_2d": [NaN, 200]}',
    '{"point_2d": [100, 200, 300]}',
    '{"x1": 100, "y1": 200, "x2": null, "y2": 400}',
    "[300, 400, 100, 200]",
    f"[{', '.join([CAT] * 1025)}]",
    " ".join(["[100, 200, 300, 400]"] * 1025),
]


@pytest.mark.parametrize("text", NOTHING)
def test_where_there_is_no_box_there_is_none(text: str) -> None:
    found = detect(vr.Completion(text), Frame(preset_of("qwen3_vl"), (1000, 1000)))
    assert (found.items, found.rejected, found.reason) == ((), 0, "no box after the reasoning")


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_a_box_is_refused(text: str) -> None:
    found = detect(vr.Completion(text), Frame(preset_of("qwen3_vl"), (1000, 1000)))
    assert found.items == ()
    assert found.rejected > 0
    assert found.reason in {"the box has no area", "the box is not made of numbers", "more than 1024 boxes"}


def test_a_key_twice_in_what_points_at_nothing_loses_no_box() -> None:
    for text in (
        '{"note": 1, "note": 2} {"bbox_2d": [1, 2, 3, 4]}',
        '{"bbox_2d": [1, 2, 3, 4]} {"note": 1, "note": 2}',
    ):
        assert parse(text, "qwen3_vl") == [(1.0, 2.0, 3.0, 4.0)]


def test_as_many_boxes_as_the_cap_are_read() -> None:
    assert parse(f"[{', '.join([CAT] * 1024)}]", "qwen3_vl") == [BOX] * 1024


@pytest.mark.parametrize(
    "text",
    [
        '{"box_2d": {"x1": 100, "y1": 200, "x2": 300, "y2": 400}}',
        '{"box_2d": [{"x": 100, "y": 200}, {"x": 300, "y": 400}]}',
        '{"box_2d": {"top_left": {"x": 100, "y": 200}, "bottom_right": {"x": 300, "y": 400}}}',
        '{"box_2d": {"top_left": [200, 100], "bottom_right": [400, 300]}}',
        '{"box_2d": [[200, 100], [400, 300]]}',
    ],
)
def test_a_family_with_y_first_is_believed_where_it_names_x(text: str) -> None:
    assert parse(text, "gemini_gemma3") == [BOX]


def test_a_thing_may_be_called_left() -> None:
    text = '{"Left": [100, 200, 300, 400]}'
    (found,) = detect(vr.Completion(text), PIXELS).items
    assert (found.box, found.label) == (BOX, "Left")
    assert parse(text.lower(), "qwen3_vl") == [BOX]


@pytest.mark.parametrize(
    "text",
    [
        '{"top_left": [100, 200]}',
        '{"top_left": [100, 200], "bottom_right": [300]}',
        '{"top_left": [100, 200], "bottom_right": {"x": 300, "y": 400}}',
        '{"top_left": [100, 200], "bottom_right": "300, 400"}',
        '{"bottom_left": [100, 400], "top_right": [300, 200]}',
        '{"xMin": 100, "yMin": 200, "xMax": 300}',
        "[100; 200; 300]",
        "[100; 200; 300; 400; 500]",
    ],
)
def test_half_a_box_is_none(text: str) -> None:
    assert parse(text, "qwen3_vl") == []


def test_nothing_is_clipped_to_the_picture() -> None:
    assert parse('{"bbox_2d": [-100, 0, 3000, 4000]}', "qwen3_vl") == [(-100.0, 0.0, 3000.0, 4000.0)]


def test_box_2d_is_undecided_until_the_family_is_declared() -> None:
    text = '{"box_2d": [200, 100, 400, 300]}'
    found = detect(vr.Completion(text), Frame(preset_of("per_1000"), (1000, 1000)))
    assert (found.ambiguous, found.reason) == (True, "box_2d may hold y before x")
    assert parse(text, "gemini_gemma3") == [BOX]
    assert parse(text.replace("200, 100, 400, 300", "100, 200, 300, 400"), "qwen3_vl") == [BOX]


@pytest.mark.parametrize(
    ("family", "text", "shapes"),
    [
        ("qwen2_5_vl", '<points x1="379" y1="678" alt="pin">pin</points>', [(379.0, 678.0)]),  # its XML, in pixels
        ("qwen3_vl", '<point x="3" y="NaN">a</point>', []),
        ("glm4v", "<|begin_of_box|><94,598><177,991><|end_of_box|>", [(94.0, 598.0, 177.0, 991.0)]),
        ("glm4v", "<|begin_of_box|>94, 598, 177, 991<|end_of_box|>", [(94.0, 598.0, 177.0, 991.0)]),
        ("glm4v", "<|begin_of_box|>42<|end_of_box|>", []),
        ("qwen3_vl", '"[{\\"bbox_2d\\": [1, 2, 3, 4], \\"label\\": \\"cat\\"}]"', [(1.0, 2.0, 3.0, 4.0)]),  # twice JSON
        ("qwen3_vl", '{"answer": "{\\"bbox_2d\\": [1, 2, 3, 4]}"}', [(1.0, 2.0, 3.0, 4.0)]),
        ("qwen3_vl", '{"x0": 1, "y0": 2, "x1": 3, "y1": 4}', [(1.0, 2.0, 3.0, 4.0)]),
    ],
)
def test_other_forms_that_a_family_is_known_to_fall_into(family: str, text: str, shapes: list[object]) -> None:
    assert parse_boxes(text, format=family, image_size=(1000, 1000), resized_size=(1000, 1000)) == shapes


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('{"cat": [[1, 2, 3, 4], [5, 6, 7, 8]], "dog": [[1, 2, 9, 9]]}', ["cat", "cat", "dog"]),
        ('{"bbox_2d": [1, 2, 3, 4], "label": 3}', ["3"]),
        ('{"bbox_2d": [1, 2, 3, 4], "label": true}', [None]),
        ('{"bbox_2d": [1, 2, 3, 4], "class": 3, "name": "cat"}', ["cat"]),
    ],
)
def test_classes_as_keys_and_as_numbers_are_names(text: str, labels: list[str | None]) -> None:
    found = detect(vr.Completion(text), PIXELS)
    assert [item.label for item in found.items] == labels
