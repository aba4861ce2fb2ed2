"""The `vqa` pack: answers in words, numbers and fields, by the metrics of the benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr

__all__ = ["vlm_rewards_register"]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return []
