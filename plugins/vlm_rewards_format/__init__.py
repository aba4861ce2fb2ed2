"""The `format` pack: rewards for the form of an answer, whatever it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_format.blocks import answer_tag, think
from vlm_rewards_format.boxed import boxed
from vlm_rewards_format.json_schema import JSONSchema
from vlm_rewards_format.json_value import json_value
from vlm_rewards_format.language import language
from vlm_rewards_format.max_one_answer import max_one_answer
from vlm_rewards_format.pattern_match import pattern_match
from vlm_rewards_format.tags import tag_count, think_answer

__all__ = [
    "JSONSchema",
    "answer_tag",
    "boxed",
    "json_value",
    "language",
    "max_one_answer",
    "pattern_match",
    "tag_count",
    "think",
    "think_answer",
]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack: all that it exports."""
    return [globals()[name] for name in __all__]
