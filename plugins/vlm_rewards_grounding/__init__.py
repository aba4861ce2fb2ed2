"""The `grounding` pack: is the answer in the right place of the image?"""

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_grounding.boxes import box_iou, box_l1, giou
from vlm_rewards_grounding.count import count
from vlm_rewards_grounding.detection_ap import detection_ap
from vlm_rewards_grounding.detection_f1 import detection_f1
from vlm_rewards_grounding.draw import draw
from vlm_rewards_grounding.frames.frame import Frame
from vlm_rewards_grounding.frames.presets import Preset
from vlm_rewards_grounding.gui_action import gui_action
from vlm_rewards_grounding.masks import dice, mask_iou, point_in_mask
from vlm_rewards_grounding.parse import parse_boxes
from vlm_rewards_grounding.points import point_distance, point_gaussian, point_in_box
from vlm_rewards_grounding.references import read_reference
from vlm_rewards_grounding.rejection import rejection
from vlm_rewards_grounding.syntax import syntax
from vlm_rewards_grounding.temporal_iou import temporal_iou

__all__ = [
    "Frame",
    "Preset",
    "box_iou",
    "box_l1",
    "count",
    "detection_ap",
    "detection_f1",
    "dice",
    "draw",
    "giou",
    "gui_action",
    "mask_iou",
    "parse_boxes",
    "point_distance",
    "point_gaussian",
    "point_in_box",
    "point_in_mask",
    "read_reference",
    "rejection",
    "syntax",
    "temporal_iou",
]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return [
        *(box_iou, box_l1, count, detection_ap, detection_f1, dice, giou, gui_action, mask_iou),
        *(point_distance, point_gaussian, point_in_box, point_in_mask, rejection, syntax, temporal_iou),
    ]
