"""Samples of the `grounding` pack."""

from __future__ import annotations

from PIL import Image

import vlm_rewards as vr
from tests.packs.sample import Sample

BOX = "<answer>[1, 2, 3, 4]</answer>"
FAR = "<answer>[90, 90, 99, 99]</answer>"
AWAY = "<answer>(90, 90)</answer>"
POINT = "<answer>(2, 3)</answer>"
TWO = '[{"bbox_2d": [1, 2, 3, 4], "label": "cat"}, {"bbox_2d": [5, 6, 9, 9], "label": "dog"}]'
CLICK = '<tool_call>{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [2, 3]}}</tool_call>'
RLE = '{"size": [2, 3], "counts": [0, 4, 2]}'
PICTURE = Image.new("1", (28, 56))
SMALL = Image.new("1", (3, 2))
FRAME = vr.Context(frame=vr.FrameSpec(factor=28, min_pixels=28 * 28, max_pixels=28 * 28 * 100))
ONE = {"solution": [1, 2, 3, 4]}
OBJECTS = {"solution": {"bbox": [[1, 2, 2, 2], [5, 6, 4, 3]], "category": ["cat", "dog"]}}
MASK = {"solution": {"size": [2, 3], "counts": [0, 4, 2]}}
SAMPLES = [
    Sample("grounding/box_iou", BOX, ONE, bad=FAR),
    Sample("grounding/box_iou", BOX, ONE, {"threshold": 0.5}, bad=FAR),
    Sample("grounding/box_iou", BOX, ONE, {"metric": "ciou", "shape": "squared"}, bad=FAR),
    Sample(
        "grounding/box_iou",
        "[0, 0, 1, 1]",
        {"solution": [0, 0, 28, 56], "image": PICTURE},
        {"space": "relative"},
        bad="[0, 0, 0.1, 0.1]",
    ),
    Sample("grounding/box_iou", BOX, {**ONE, "image": PICTURE}, {"space": "qwen2_5_vl"}, FRAME, bad=FAR),
    Sample("grounding/box_l1", BOX, ONE, bad=FAR),
    Sample("grounding/giou", BOX, ONE, bad=FAR),
    Sample("grounding/detection_f1", TWO, OBJECTS, {"reference": "xywh"}, bad=FAR),
    Sample("grounding/detection_f1", BOX, ONE, {"graded": True, "count_penalty": 0.5, "labels": "ignore"}, bad=FAR),
    Sample("grounding/detection_f1", "none", {"solution": []}, bad=BOX),
    Sample("grounding/detection_ap", TWO, OBJECTS, {"reference": "xywh"}, bad=FAR),
    Sample(
        "grounding/detection_ap", TWO, OBJECTS, {"reference": "xywh", "protocol": "coco", "measure": "ap50"}, bad=FAR
    ),
    Sample("grounding/point_in_box", POINT, ONE, bad=AWAY),
    Sample("grounding/point_distance", POINT, {"solution": [2, 3], "image": PICTURE}, bad=AWAY),
    Sample("grounding/point_distance", POINT, {"solution": [2, 3]}, {"unit": "pixels", "limit": 2}, bad=AWAY),
    Sample("grounding/point_gaussian", POINT, ONE, bad=AWAY),
    Sample("grounding/point_gaussian", BOX, ONE, {"form": "mean"}, bad=FAR),
    Sample(
        "grounding/gui_action",
        CLICK,
        {"solution": {"action": "click", "bbox": [1, 2, 3, 4]}},
        bad="type(content='a dog')",
    ),
    Sample(
        "grounding/gui_action",
        "type(content='a cat')",
        {"solution": '{"action": "type", "text": "A cat"}'},
        bad="type(content='a dog')",
    ),
    Sample("grounding/count", TWO, {"solution": 2}, bad=BOX),
    Sample("grounding/count", "none", {"solution": []}, {"shape": "graded"}, bad=BOX),
    Sample("grounding/rejection", "<answer>none</answer>", {"solution": []}, bad=BOX),
    Sample("grounding/rejection", BOX, ONE, bad="none"),
    Sample("grounding/mask_iou", RLE, MASK, bad='{"size": [2, 3], "counts": [4, 2]}'),
    Sample(
        "grounding/mask_iou",
        "[[0, 0], [2, 0], [2, 2], [0, 2]]",
        {**MASK, "image": SMALL},
        bad="[[0, 0], [1, 0], [1, 1], [0, 1]]",
    ),
    Sample("grounding/dice", RLE, MASK, bad='{"size": [2, 3], "counts": [4, 2]}'),
    Sample("grounding/point_in_mask", "(1.5, 0.5)", MASK, bad="(2.5, 0.5)"),
    Sample("grounding/syntax", TWO, bad='[{"bbox_2d": [1, 2'),
    Sample(
        "grounding/syntax",
        "Action: click(start_box='(2,3)')",
        params={"space": "ui_tars15", "things": "one"},
        bad="Action: click(2,3)",
    ),
    Sample(
        "grounding/temporal_iou",
        "<answer>0:05 to 0:15</answer>",
        {"solution": [5, 15]},
        bad="<answer>0:50 to 0:55</answer>",
    ),
    Sample(
        "grounding/temporal_iou",
        "[[1, 2], [3, 4]]",
        {"solution": [[1, 2], [3, 4]]},
        {"intervals": "merged"},
        bad="[[8, 9]]",
    ),
]
