"""The `vqa` pack: answers in words, numbers and fields, by the metrics of the benchmarks."""

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_vqa.anls import anls, anls_score
from vlm_rewards_vqa.choice import choice
from vlm_rewards_vqa.count import count
from vlm_rewards_vqa.error_rates import cer, character_error_rate, wer, word_error_rate
from vlm_rewards_vqa.exact import exact
from vlm_rewards_vqa.json_fields import json_fields
from vlm_rewards_vqa.list_match import list_match
from vlm_rewards_vqa.relaxed import close_enough, relaxed_accuracy, relaxed_correctness
from vlm_rewards_vqa.table import table
from vlm_rewards_vqa.text.overlap import edit_distance
from vlm_rewards_vqa.text_overlap import overlap_score, rouge_l, text_overlap
from vlm_rewards_vqa.token_f1 import squad_f1, token_f1
from vlm_rewards_vqa.vqa_soft import vqa_accuracy, vqa_soft
from vlm_rewards_vqa.yes_no import polarity, pope_answer, yes_no

__all__ = [
    "anls",
    "anls_score",
    "cer",
    "character_error_rate",
    "choice",
    "close_enough",
    "count",
    "edit_distance",
    "exact",
    "json_fields",
    "list_match",
    "overlap_score",
    "polarity",
    "pope_answer",
    "relaxed_accuracy",
    "relaxed_correctness",
    "rouge_l",
    "squad_f1",
    "table",
    "text_overlap",
    "token_f1",
    "vqa_accuracy",
    "vqa_soft",
    "wer",
    "word_error_rate",
    "yes_no",
]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return [
        *(exact, choice, yes_no, count, relaxed_accuracy),
        *(vqa_soft, anls, cer, wer, token_f1, rouge_l, text_overlap),
        *(json_fields, list_match, table),
    ]
