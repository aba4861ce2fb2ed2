"""Reward models that see pictures, and likeness of pictures and texts, as rewards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_models.agreement import Agreement
from vlm_rewards_models.reward import Reward
from vlm_rewards_models.similarity import Similarity

__all__ = ["Agreement", "Reward", "Similarity"]

api_version = 1


@vr.hookimpl
def vlm_rewards_register() -> list[Callable[..., Any]]:
    """Every reward of this pack."""
    return [Agreement, Reward, Similarity]
