"""What a server of `vlm-rewards serve` says, as a reward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_remote.score import Score

__all__ = ["Score"]

api_version = 1


@vr.hookimpl
def vlm_rewards_register() -> list[Callable[..., Any]]:
    """The reward of this pack."""
    return [Score]
