"""The `shaping` pack: how long, how repetitive and in which language the answer is."""

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_shaping.cosine_length import cosine_length
from vlm_rewards_shaping.duplicate_boxes import duplicate_boxes
from vlm_rewards_shaping.group_length import group_length
from vlm_rewards_shaping.language_consistency import language_consistency
from vlm_rewards_shaping.limits import length_window, soft_overlong, truncated
from vlm_rewards_shaping.reasoning_steps import reasoning_steps
from vlm_rewards_shaping.repetition import ngram_diversity, repetition

__all__ = [
    "cosine_length",
    "duplicate_boxes",
    "group_length",
    "language_consistency",
    "length_window",
    "ngram_diversity",
    "reasoning_steps",
    "repetition",
    "soft_overlong",
    "truncated",
]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return [
        *(cosine_length, soft_overlong, length_window, group_length, truncated),
        *(repetition, ngram_diversity, language_consistency, reasoning_steps, duplicate_boxes),
    ]
