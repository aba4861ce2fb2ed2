"""The `format` pack: rewards for the form of an answer, whatever it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_format.boxed import boxed
from vlm_rewards_format.tags import tag_count, think_answer

__all__ = ["boxed", "tag_count", "think_answer"]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return [think_answer, tag_count, boxed]
