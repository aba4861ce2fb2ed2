"""The rewards of tools."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_tools.calls import calls
from vlm_rewards_tools.used_picture import used_picture

__all__ = ["calls", "used_picture"]

api_version = 1


@vr.hookimpl
def vlm_rewards_register() -> list[Callable[..., Any]]:
    """Every reward of this pack."""
    return [calls, used_picture]
