"""The `grounding` pack: is the answer in the right place of the picture?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_grounding.box_iou import box_iou
from vlm_rewards_grounding.parse import parse_boxes
from vlm_rewards_grounding.presets import Preset

__all__ = ["Preset", "box_iou", "parse_boxes"]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return [box_iou]
