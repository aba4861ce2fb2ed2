"""The `grounding` pack: is the answer in the right place of the picture?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_grounding.box_iou import box_iou

__all__ = ["box_iou"]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return [box_iou]
