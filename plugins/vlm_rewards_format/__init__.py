"""The `format` pack: rewards for the form of an answer, whatever it says."""

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_format.blocks import answer_tag, tag_count, think, think_answer
from vlm_rewards_format.boxed import boxed
from vlm_rewards_format.json_value import JSONSchema, json_value
from vlm_rewards_format.language import language
from vlm_rewards_format.max_one_answer import max_one_answer
from vlm_rewards_format.pattern_match import pattern_match

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
    """The rewards of this pack."""
    return [
        *(think_answer, think, answer_tag, boxed, tag_count),
        *(json_value, JSONSchema, pattern_match, language, max_one_answer),
    ]
