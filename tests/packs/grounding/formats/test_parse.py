"""`parse_boxes`: every family in its own forms."""

from __future__ import annotations

import pytest

import vlm_rewards as vr
from vlm_rewards_grounding import parse_boxes
from vlm_rewards_grounding.detections import as_boxes
from vlm_rewards_grounding.frames.frame import PIXELS, Frame
from vlm_rewards_grounding.frames.presets import PRESETS, preset_of
from vlm_rewards_grounding.parse import detect

Shapes = list[tuple[float, ...]]

BOX = (100.0, 200.0, 300.0, 400.0)
OTHER = (1.0, 2.0, 3.0, 4.0)
CAT = '{"bbox_2d": [100, 200, 300, 400], "label": "cat"}'


def parse(text: str, family: str, size: tuple[int, int] = (1000, 1000)) -> Shapes:
    return parse_boxes(text, format=family, image_size=size, resized_size=(500, 500))


def labels(text: str, family: str) -> list[str | None]:
    frame = Frame(preset_of(family), (1000, 1000), (500, 500))
    return [item.label for item in detect(vr.Completion(text), frame).items]


QUAD = (10.0, 10.0, 20.0, 10.0, 20.0, 20.0, 10.0, 20.0)
REX = tuple(side / 0.999 for side in (99, 199, 299, 399))
REX_OTHER = tuple(side / 0.999 for side in (1, 2, 3, 4))
FAMILIES: list[tuple[str, str, Shapes]] = [
    ("qwen_vl", "<ref>a cat</ref><box>(100,200),(300,400)</box>", [BOX]),
    ("qwen_vl", "<ref>x</ref><box>(1,2),(3,4)</box><box>(100,200),(300,400)</box>", [OTHER, BOX]),
    ("qwen_vl", "<ref>x</ref><quad>(10,10),(20,10),(20,20),(10,20)</quad>", [QUAD]),
    ("qwen_vl", "<box> (100, 200), (300, 400) </box><|endoftext|>", [BOX]),
    ("qwen_vl", "<ref>x</ref><box>(100,200),(300,400)", [BOX]),
    ("qwen_vl", "<ref>x</ref><box>(100,200),(300,40", []),
    ("qwen_vl", "<ref>x</ref><box>(100,200,300)</box>", []),
    ("qwen2_vl", "<|object_ref_start|>a<|object_ref_end|><|box_start|>(100,200),(300,400)<|box_end|>", [BOX]),
    ("qwen2_vl", "the cat(100,200),(300,400)", [BOX]),  # once special tokens are dropped
    ("qwen2_vl", "The cat (100,200),(300,400) and the dog (1,2),(3,4).", [BOX, OTHER]),
    ("qwen2_vl", "<|box_start|>(100,200)<|box_end|>", [(100.0, 200.0)]),
    ("qwen2_vl", "<|quad_start|>(10,10),(20,10),(20,20),(10,20)<|quad_end|>", [QUAD]),
    ("qwen2_5_vl", '{"bbox_2d": [50, 100, 150, 200], "text_content": "x"}', [BOX]),
    ("qwen2_5_vl", '{"point_2d": [50, 100], "label": "x"}', [(100.0, 200.0)]),
    ("computer_use_qwen25", '<tool_call>{"arguments": {"coordinate": [50, 100]}}</tool_call>', [(100.0, 200.0)]),
    ("computer_use_qwen25", '{"arguments": {"coordinate": "[50, 100]"}}', [(100.0, 200.0)]),
    ("computer_use_qwen25", '{"arguments": "{\\"coordinate\\": [50, 100]}"}', [(100.0, 200.0)]),
    ("computer_use_qwen25", '{"arguments": {"action": "type", "text": "(1, 2)"}}', []),
    ("computer_use_qwen25", '{"start_coordinate": [1, 2], "coordinate": [3, 4]}', [(2.0, 4.0), (6.0, 8.0)]),
    ("computer_use_qwen3", '{"arguments": {"coordinate": [100, 200]}}', [(100.0, 200.0)]),
    ("qwen3_vl", f"```json\n[\n\t{CAT}\n]\n```", [BOX]),
    ("internvl", "<ref>x</ref><box>[[100, 200, 300, 400], [1, 2, 3, 4]]</box>", [BOX, OTHER]),
    ("internvl", "<box>[100, 200, 300, 400]</box>", [BOX]),
    ("internvl", "<box>[[100, 200], [300, 400]]</box>", [BOX]),
    ("internvl", "a[[100,200,300,400]] and b[[1,2,3,4]]", [BOX, OTHER]),
    ("paligemma", "<loc0256><loc0128><loc0768><loc0512> cat", [(125.0, 250.0, 500.0, 750.0)]),
    ("paligemma", "<loc0256><loc0128><loc0768><loc0512><seg012> cat<eos>", [(125.0, 250.0, 500.0, 750.0)]),
    ("paligemma", "<loc0256><loc0128><loc0768> cat", []),
    ("paligemma", "<loc0256><loc0128><loc0768><loc0512><loc0001> cat", []),
    ("paligemma", "<loc0000><loc0000><loc1024><loc1024> cat", []),  # there is no such token
    ("paligemma", "<loc256><loc128><loc768><loc512> cat", []),
    ("paligemma", "[100, 200, 300, 400]", []),  # digits are no tokens: what they count is not known
    ("florence2", "cat<loc_99><loc_199><loc_299><loc_399>", [(99.5, 199.5, 299.5, 399.5)]),
    ("florence2", "a<loc_10><loc_10><loc_20><loc_10><loc_20><loc_20><loc_10><loc_20>", [tuple(n + 0.5 for n in QUAD)]),
    (
        "florence2",
        "a<loc_20><loc_10><loc_20><loc_20><loc_10><loc_20><loc_10><loc_10>",
        [  # turned by 90 degrees
            (20.5, 10.5, 20.5, 20.5, 10.5, 20.5, 10.5, 10.5)
        ],
    ),
    ("florence2", "a<loc_1><loc_2><loc_3><loc_4><loc_1000><loc_2><loc_3><loc_4>", []),
    ("florence2", "a<loc_0><loc_0><loc_9><loc_0><loc_9><loc_9>", [(0.5, 0.5, 9.5, 0.5, 9.5, 9.5)]),
    (
        "kosmos2",
        "<phrase>x</phrase><object><patch_index_0000><patch_index_1023></object>",
        [(15.625, 15.625, 984.375, 984.375)],
    ),
    ("kosmos2", "<object><patch_index_0040><patch_index_0040></object>", [(250.0, 31.25, 281.25, 62.5)]),
    ("kosmos2", "<object><patch_index_0863><patch_index_0044></object>", []),  # corners in the wrong order
    ("kosmos2", "<object><patch_index_0044><patch_index_1024></object>", []),
    ("kosmos2", "<object><patch_index_0044></object>", []),
    ("gemini_gemma3", '[{"box_2d": [200, 100, 400, 300], "label": "cat"}]', [BOX]),
    ("gemini_gemma3", '[{"point": [200, 100], "label": "cat"}]', [(100.0, 200.0)]),
    ("gemini_gemma3", '{"box_2d": {"ymin": 200, "xmin": 100, "ymax": 400, "xmax": 300}}', [BOX]),  # names say which
    ("molmo", '<point x="10.0" y="20.0" alt="dog">dog</point>', [(100.0, 200.0)]),
    ("molmo", '<points x1="10.0" y1="20.0" x2="30" y2="40" alt="dogs">dogs</points>', [(100.0, 200.0), (300.0, 400.0)]),
    ("molmo", '<points 1=100, 200 2=300, 400 alt="x">x</points>', [(100.0, 200.0), (300.0, 400.0)]),
    ("molmo", '<point y="20" x="10">dog</point>', [(100.0, 200.0)]),
    ("molmo", "Click(10.0, 20.0)", [(100.0, 200.0)]),
    ("molmo", '<point x="110.0" y="20.0">dog</point>', []),
    ("molmo", '<point x="NaN" y="20.0">dog</point>', []),
    ("molmo2", '<points coords="1 1 100 200 2 300 400">dogs</points>', [(100.0, 200.0), (300.0, 400.0)]),
    ("molmo2", '<points coords="1 1 100 200;2 1 300 400">dogs</points>', [(100.0, 200.0), (300.0, 400.0)]),
    ("molmo2", '<tracks coords="0.0 1 100 200\t0.5 1 300 400">dog</tracks>', [(100.0, 200.0), (300.0, 400.0)]),
    ("molmo2", '<points coords="1 1 100 2000">dogs</points>', []),
    ("molmo2", '<points coords="">dogs</points>', []),
    ("cogvlm", "a man [[100,200,300,400;001,002,003,004]]", [BOX, OTHER]),
    ("cogagent", "CLICK(box=[[100,200,300,400]], element_info='[[1,2,3,4]]')", [BOX]),
    ("cogagent", "Action: press [[1,2,3,4]]\nGrounded Operation: CLICK(box=[[100,200,300,400]])", [BOX]),
    ("cogagent", "END()", []),
    ("shikra", "man[0.100,0.200,0.300,0.400]", [BOX]),
    ("shikra", "[0.1,0.2,0.3,0.4;0.001,0.002,0.003,0.004]", [BOX, OTHER]),
    ("shikra", "[0.1,0.2]", [(100.0, 200.0)]),
    ("ferret", "a cat [100, 200, 300, 400] and a dog [1, 2, 3, 4].", [BOX, OTHER]),
    ("deepseek_vl2", "<|ref|>cat<|/ref|><|det|>[[99.9,199.8,299.7,399.6]]<|/det|>", [BOX]),
    ("deepseek_vl2", "<|ref|>cat<|/ref|><|det|>[[99,199]]<|/det|>", [(99 / 0.999, 199 / 0.999)]),
    ("rex_omni", "dog<|box_start|><99><199><299><399>,<1><2><3><4><|box_end|>", [REX, REX_OTHER]),
    ("rex_omni", "dog<99><199><299><399>, cat<1><2><3><4>", [REX, REX_OTHER]),  # once special tokens are dropped
    ("rex_omni", "<|box_start|><99><199><|box_end|>", [REX[:2]]),
    ("rex_omni", "<|box_start|><99><199><1299><399><|box_end|>", []),
    ("rex_omni", "<99><199><299>", []),
    ("glm4v", "It is <|begin_of_box|>[[100,200,300,400]]<|end_of_box|>", [BOX]),
    ("glm4v", "<|begin_of_box|><100,200,300,400><|end_of_box|>", [BOX]),
    ("glm4v", "<|begin_of_box|>{100,200,300,400}<|end_of_box|>", [BOX]),
    ("glm4v", "[[1,2,3,4]], no: <|begin_of_box|>[100,200,300,400]<|end_of_box|> of [[5,6,7,8]]", [BOX]),
    (
        "glm4v",
        "<|begin_of_box|>left_click(start_box='<|box_start|>(100,200)<|box_end|>')<|end_of_box|>",
        [(100.0, 200.0)],
    ),
    ("glm4v", "[100, 200, 300, 400]", [BOX]),
    ("glm4v", "<|begin_of_box|>no<|end_of_box|>", []),
    ("minicpm_v", "<ref>x</ref><box>100 200 300 400</box>", [BOX]),
    ("minicpm_v", "<quad>10 10 20 10 20 20 10 20</quad>", [QUAD]),
    ("moondream", '{"objects": [{"x_min": 0.1, "y_min": 0.2, "x_max": 0.3, "y_max": 0.4}]}', [BOX]),
    ("moondream", '{"points": [{"x": 0.1, "y": 0.2}]}', [(100.0, 200.0)]),
    ("moondream", '{"objects": [{"x_min": 0.1, "y_min": 0.2, "x_max": 0.3}]}', []),
    ("moondream", '{"objects": []}', []),
    ("ui_tars15", "Thought: at (9, 9)\nAction: click(start_box='(50,100)')", [(100.0, 200.0)]),
    ("ui_tars15", "Action: click(point='<point>50 100</point>')", [(100.0, 200.0)]),
    ("ui_tars15", "Action: click(start_box='<bbox>50 100 50 100</bbox>')", [(100.0, 200.0)]),
    ("ui_tars15", "Action: drag(start_box='(1,2)', end_box='(3,4)')", [(2.0, 4.0), (6.0, 8.0)]),
    ("ui_tars15", "Action: scroll(start_box='(50,100)', direction='down')", [(100.0, 200.0)]),
    ("ui_tars15", "Action: type(content='(5, 5)')", []),
    ("ui_tars15", "Thought: (5, 5)\nAction: finished()", []),
    ("ui_tars", "Action: click(start_box='<|box_start|>(100,200)<|box_end|>')", [(100.0, 200.0)]),
    ("kimi_vl", "```python\npyautogui.click(x=0.1, y=0.2)\n```", [(100.0, 200.0)]),
    ("kimi_vl", "pyautogui.click(0.1, 0.2)", [(100.0, 200.0)]),
    ("kimi_vl", '{"bbox_2d": [0.1, 0.2, 0.3, 0.4]}', [BOX]),
    ("holo15", '{"action": "click_absolute", "x": 50, "y": 100}', [(100.0, 200.0)]),
    ("holo15", "Click(50, 100)", [(100.0, 200.0)]),
    ("showui", "[0.1, 0.2]", [(100.0, 200.0)]),
    (
        "showui",
        "{'action': 'SWIPE', 'value': None, 'position': [[0.1, 0.2], [0.3, 0.4]]}",
        [(100.0, 200.0), (300.0, 400.0)],
    ),
    ("ui_venus", "[100, 200]", [(100.0, 200.0)]),
    ("ui_venus", "Drag(start=(100, 200), end=(300, 400))", [(100.0, 200.0), (300.0, 400.0)]),
    ("ui_venus", "[-1, -1]", []),
]


@pytest.mark.parametrize(("family", "text", "shapes"), FAMILIES)
def test_each_family_is_read_in_its_own_forms(family: str, text: str, shapes: Shapes) -> None:
    found = parse(text, family)
    assert [len(shape) for shape in found] == [len(shape) for shape in shapes]
    for shape, expected in zip(found, shapes, strict=True):
        assert shape == pytest.approx(expected)


def test_no_family_is_left_out() -> None:
    assert {family for family, _, shapes in FAMILIES if shapes} == set(PRESETS)


FOUR = "<loc_1><loc_2><loc_3><loc_4>"
LOCS = "<loc0001><loc0001><loc0002><loc0002>"


@pytest.mark.parametrize(
    ("family", "text", "expected"),
    [
        ("qwen_vl", "<ref> two dogs </ref><box>(1,2),(3,4)</box><box>(5,6),(7,8)</box>", ["two dogs", "two dogs"]),
        ("qwen2_vl", "the cat(1,2),(3,4)the dog(5,6),(7,8)", ["the cat", "the dog"]),
        ("qwen2_5_vl", '{"bbox_2d": [1, 2, 3, 4], "text_content": "a [1]"}', ["a [1]"]),
        ("qwen3_vl", '{"bbox_2d": [1, 2, 3, 4], "sub": 3, "name": "b", "label": "a"}', ["a"]),
        ("qwen3_vl", '{"bbox_2d": [1, 2, 3, 4], "names": {"en": "a"}}', [None]),
        ("qwen3_vl", '{"cat": [1, 2, 3, 4]}', ["cat"]),
        ("qwen3_vl", '{"label": "cat", "bbox_2d": [[1, 2, 3, 4], [5, 6, 7, 8]]}', ["cat", "cat"]),
        ("qwen3_vl", '{"labels": ["cat", "dog"], "bboxes": [[1, 2, 3, 4], [5, 6, 7, 8]]}', ["cat", "dog"]),
        ("qwen3_vl", '{"name": "zoom", "arguments": {"bbox_2d": [1, 2, 3, 4], "label": "x"}}', ["x"]),
        ("qwen3_vl", '{"name": "zoom", "arguments": {"bbox_2d": [1, 2, 3, 4]}}', [None]),
        ("paligemma", f"{LOCS} a cat ; {LOCS} dog", ["a cat", "dog"]),
        ("florence2", f"</s><s>a car{FOUR}{FOUR}b{FOUR}</s>", ["a car", "a car", "b"]),
        ("kosmos2", "<phrase> a fire</phrase><object><patch_index_0001><patch_index_0911></object>.", ["a fire"]),
        ("cogvlm", "a man [[1,2,3,4]] and a dog [[5,6,7,8]]", ["a man", "a dog"]),
        ("molmo", '<point x="1" y="2" alt="dog">dog</point>', ["dog"]),
        ("cogagent", "TYPE(box=[[1,2,3,4]], text='hello')", [None]),
    ],
)  # fmt: skip
def test_things_are_called_what_the_answer_calls_them(family: str, text: str, expected: list[str | None]) -> None:
    assert labels(text, family) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"points": [[1, 2], [9, 2], [9, 8], [1, 8]]}', (1, 2, 9, 8)),
        ('{"points": [{"x": 1, "y": 2}, {"x": 9, "y": 2}, {"x": 9, "y": 8}]}', (1, 2, 9, 8)),
        ('{"points": [1, 2, 9, 2, 9, 8]}', (1, 2, 9, 8)),
        ('{"corners": [[1, 2], [9, 2], [9, 8], [1, 8]]}', (1, 2, 9, 8)),
        ('{"segmentation": [[1, 2, 5, 2, 5, 8], [5, 2, 9, 2, 9, 8]]}', (1, 2, 9, 8)),  # two parts of one thing
        ('{"polygon": [[0, 0], [9, 9], [0, 9]], "bbox_2d": [1, 2, 9, 8]}', (1, 2, 9, 8)),  # the outline of a box
    ],
)
def test_a_region_by_its_corners_is_the_box_around_them(text: str, expected: tuple[float, ...]) -> None:
    (found,) = as_boxes(detect(vr.Completion(text), PIXELS).items)
    assert found.box == expected


@pytest.mark.parametrize("text", ['{"points": [[1, 2], [9, 8]]}', '{"points": [[1, 2], [9, 2]], "point": [9, 8]}'])
def test_two_points_or_points_of_two_keys_are_no_region(text: str) -> None:
    assert all(item.box is None for item in as_boxes(detect(vr.Completion(text), PIXELS).items))


def test_rex_omnis_boxes_have_the_name_before_them() -> None:
    tokens = "<|object_ref_start|>dog<|object_ref_end|><|box_start|><1><2><3><4><|box_end|>"
    assert labels(tokens, "rex_omni") == ["dog"]
    assert labels("dog<1><2><3><4>,<5><6><7><8>, cat<1><2><3><4>", "rex_omni") == ["dog", "dog", "cat"]


def test_points_in_tags_are_read_under_plain_spaces_too() -> None:
    assert parse('<points x1="10" y1="20" x2="30" y2="40" alt="x">x</points>', "pixels") == [(10, 20), (30, 40)]
    assert parse('<point x="10" y="20">x</point>', "per_1000") == [(10, 20)]
