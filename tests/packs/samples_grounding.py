"""Samples of the `grounding` pack."""

from __future__ import annotations

from PIL import Image

import vlm_rewards as vr
from tests.packs.sample import Sample

BOX = "<answer>[1, 2, 3, 4]</answer>"
PICTURE = Image.new("1", (28, 56))
FRAME = vr.Context(frame=vr.FrameSpec(factor=28, min_pixels=28 * 28, max_pixels=28 * 28 * 100))
SAMPLES = [
    Sample("grounding/box_iou", BOX, {"solution": [1, 2, 3, 4]}),
    Sample("grounding/box_iou", BOX, {"solution": [1, 2, 3, 4]}, {"threshold": 0.5}),
    Sample("grounding/box_iou", "[0, 0, 1, 1]", {"solution": [0, 0, 28, 56], "image": PICTURE}, {"space": "relative"}),
    Sample("grounding/box_iou", BOX, {"solution": [1, 2, 3, 4], "image": PICTURE}, {"space": "qwen2_5_vl"}, FRAME),
]
