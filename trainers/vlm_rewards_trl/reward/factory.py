"""From a rewards file to the functions that a TRL trainer takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, overload

from vlm_rewards.config.document import Document
from vlm_rewards.errors import ConfigError
from vlm_rewards.loading.load import read_marks
from vlm_rewards.preflight import check_layout
from vlm_rewards_trl.reward.context import context_from, tokenizer_of
from vlm_rewards_trl.reward.function import RewardFunction
from vlm_rewards_trl.reward.per_term import TermFunction, split
from vlm_rewards_trl.trl_compat import shorten_row_warning


@overload
def reward_function(
    config: str | Path | Mapping[str, Any],
    *,
    processing_class: Any = None,
    args: Any = None,
    per_term: Literal[False] = False,
) -> RewardFunction: ...


@overload
def reward_function(
    config: str | Path | Mapping[str, Any], *, processing_class: Any = None, args: Any = None, per_term: Literal[True]
) -> tuple[list[TermFunction], list[float]]: ...


def reward_function(
    config: str | Path | Mapping[str, Any], *, processing_class: Any = None, args: Any = None, per_term: bool = False
) -> RewardFunction | tuple[list[TermFunction], list[float]]:
    """Compose a rewards file into one function for `reward_funcs` of a TRL trainer.

    Args:
        config: A rewards file, or the same as a dict.
        processing_class: The trainer's processor or tokenizer; rewards that must know how images are resized, what
            ends a completion or whether the template opens `<think>` need it.
        args: The trainer's config; rewards that look at groups or lengths need it.
        per_term: Return one function per term and their weights instead, for `reward_funcs` and `reward_weights` under
            `multi_objective_aggregation="normalize_then_sum"`.

    Raises:
        ConfigError: With every mistake of the file at once; the batch layout would split groups across ranks; or, per
            term, the terms are combined in a way that TRL's weighted sum cannot express.
    """
    document = Document.read(config, what="rewards file")
    function = RewardFunction(
        document,
        context_from(processing_class, args, marks=read_marks(document)),
        tokenizer_of(processing_class),
        eval_group_size=getattr(args, "num_generations_eval", None),
    )
    size, batch = getattr(args, "num_generations", None), getattr(args, "generation_batch_size", None)
    if size and batch:  # TRL would split a group across ranks
        rows = batch // getattr(args, "world_size", 1)
        if found := list(check_layout(function.scorer.terms, num_generations=size, rows_per_rank=rows)):
            raise ConfigError([f"{one.where}: {one.what}; {one.fix}." for one in found])
    shorten_row_warning()
    return split(function) if per_term else function
