"""The `shaping` pack: how long, how repetitive and in which language the answer is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr

__all__ = ["vlm_rewards_register"]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return []
