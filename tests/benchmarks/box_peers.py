"""The formulas that box rewards are measured against, restated from the repositories that many copy."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

from tests.packs.grounding.test_hacks import vlm_r1_reward

vlm_r1 = vlm_r1_reward


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Plain IoU."""
    left, top, right, bottom = (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )
    if right <= left or bottom <= top:
        return 0.0
    shared = (right - left) * (bottom - top)
    return shared / (sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - shared)


def visual_rft(text: str, gold: Sequence[Sequence[float]]) -> float:
    """Visual-RFT's reward of boxes: the surest first, each to the best free reference above 0.5; their mean IoU."""
    block = re.search(r"<answer>(.*?)</answer>", text, re.DOTALL)
    try:
        found: Any = ast.literal_eval(block[1].strip()) if block else None
        boxes = {tuple(item["Position"]): item["Confidence"] for item in reversed(found)}
    except (SyntaxError, ValueError, KeyError, TypeError):
        return 0.0
    free, total = list(gold), 0.0
    for box in sorted(boxes, key=lambda box: -boxes[box]):
        best = max(free, key=lambda reference: overlap(box, reference), default=None)
        if best is not None and overlap(box, best) > 0.5:
            total += overlap(box, best)
            free.remove(best)
    return total / max(len(gold), len(boxes), 1)
