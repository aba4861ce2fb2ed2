"""How a form is judged: it has no fault, or one."""

from __future__ import annotations

import vlm_rewards as vr


def passed(fault: str | None) -> float | vr.RewardOutput:
    """1 without a fault; with one 0, and the fault as the reason."""
    return 1.0 if fault is None else vr.RewardOutput(score=0.0, reason=fault)
