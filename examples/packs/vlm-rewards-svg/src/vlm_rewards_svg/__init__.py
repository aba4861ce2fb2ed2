"""Rewards for drawing a picture as SVG."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_svg.length import length
from vlm_rewards_svg.similarity import similarity
from vlm_rewards_svg.valid import valid

__all__ = ["length", "similarity", "valid"]

api_version = 1


@vr.hookimpl
def vlm_rewards_register() -> list[Callable[..., Any]]:
    """Every reward of this pack."""
    return [length, similarity, valid]
