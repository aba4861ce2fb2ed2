"""One composed reward as a function of TRL's convention.

Why one: among several functions TRL counts None as 0, and one infinite value makes the weights non-finite. This one
returns finite floats, or None for a row that must not move the policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, overload

from vlm_rewards import Batch, Completion, Context, ScoredBatch, Scorer, load_scorer
from vlm_rewards.config.document import Document
from vlm_rewards.config.schema import RewardsConfig
from vlm_rewards.errors import ConfigError, ScoringError
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.types.batch import GROUP_ID, opens_reasoning
from vlm_rewards_trl.reward.context import context_from, tokenizer_of
from vlm_rewards_trl.reward.error_budget import Budget, Faults
from vlm_rewards_trl.reward.logging import log_columns, log_metrics, tame_row_warning
from vlm_rewards_trl.reward.per_term import TermFunction, split
from vlm_rewards_trl.reward.ranks import share

__all__ = ["RewardFunction", "reward_function"]

# What TRL passes beside the columns of the dataset.
_INJECTED = frozenset({"trainer_state", "log_extra", "log_metric", "environments"})


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
        processing_class: The trainer's processor or tokenizer; rewards that must know how pictures are resized, what
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
        context_from(processing_class, args),
        tokenizer_of(processing_class),
        eval_group_size=getattr(args, "num_generations_eval", None),
    )
    check_layout(function.scorer, args)
    tame_row_warning()
    return split(function) if per_term else function


class RewardFunction:
    """The callable that `reward_function` returns. Picklable: another process composes it anew from its config.

    Args:
        document: The rewards file.
        context: Facts of the run.
        tokenizer: Decodes token ids with their special tokens, for rewards that read `raw_text`.
        eval_group_size: Completions per prompt in evaluation, where it differs.
    """

    def __init__(
        self, document: Document, context: Context, tokenizer: Any = None, *, eval_group_size: int | None = None
    ) -> None:
        self.document, self.context, self.tokenizer = document, context, tokenizer
        self.eval_group_size = eval_group_size
        self.scorer: Scorer = load_scorer(document, context=context)
        faults = document.validate(RewardsConfig).on_error
        self.budget = Budget(faults.max_rate, faults.window)
        self.__name__ = _free_name(self.scorer.order)

    def __getstate__(self) -> dict[str, Any]:
        # The positions of the YAML nodes and the loaded packs belong to this process.
        document = Document(self.document.data, self.document.name, folder=self.document.folder)
        return {
            "document": document,
            "context": self.context,
            "tokenizer": self.tokenizer,
            "eval_group_size": self.eval_group_size,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]] | None = None,
        **kwargs: Any,
    ) -> list[float | None]:
        """Score a batch as TRL asks for it.

        Args:
            prompts: One per completion, as text or messages.
            completions: The answers, as text or messages.
            completion_ids: Their token ids.
            **kwargs: Dataset columns as lists of one value per completion, and what TRL injects (`trainer_state`,
                `log_extra`, `log_metric`, `environments`), each of which may be missing.

        Returns:
            A finite reward per completion; None where the row must not move the policy.

        Raises:
            ScoringError: The run must stop; raised on all ranks together.
            ColumnError: The dataset lacks a column; the same on all ranks.
        """
        return list(self.score(prompts, completions, completion_ids, **kwargs).totals)

    def score(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]] | None = None,
        **kwargs: Any,
    ) -> ScoredBatch:
        """Score a batch, agree with the other ranks whether to go on, and log; arguments as for a call."""
        raw = {"prompts": prompts, "completions": completions, "completion_ids": completion_ids, **kwargs}
        evaluating = _is_evaluating(kwargs.get("log_metric"))
        scored, error, faults = None, None, Faults(0, 0)
        try:
            batch = self._batch(prompts, completions, completion_ids, kwargs, raw)
            if evaluating and self.eval_group_size is not None:
                batch.context = replace(batch.context, group_size=self.eval_group_size)
            scored = self.scorer.score(batch)
            faults = Faults.of(scored)
        except Exception as raised:  # noqa: BLE001 - whatever it is, no rank may leave the others waiting
            error = raised
        items, failed, stop = share(faults.items, faults.failed, stop=error is not None)
        if error is not None:
            raise error
        if stop or scored is None:
            raise ScoringError("Another process stopped the run; see its message.")
        if not evaluating and (spent := self.budget.spend(items, failed, faults)) is not None:
            raise ScoringError(spent)
        if (log_extra := kwargs.get("log_extra")) is not None:
            log_columns(scored, log_extra)
        if (log_metric := kwargs.get("log_metric")) is not None:
            size = batch.context.group_size
            log_metrics(scored, batch.groups if size or GROUP_ID in batch.columns else None, log_metric)
        return scored

    def _batch(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]] | None,
        kwargs: Mapping[str, Any],
        raw: Mapping[str, Any],
    ) -> Batch:
        ids = [None] * len(completions) if completion_ids is None else completion_ids
        prefilled = self.context.reasoning_prefilled
        answers = [
            Completion.of(
                answer,
                token_ids=tokens,
                decode=self._decode,
                starts_in_reasoning=prefilled or opens_reasoning(prompt, self.context.marks),
                marks=self.context.marks,
            )
            for prompt, answer, tokens in zip(prompts, completions, ids, strict=True)
        ]
        columns = {
            name: values for name, values in kwargs.items() if name not in _INJECTED and isinstance(values, list)
        }
        state = kwargs.get("trainer_state")
        context = self.context
        if state is not None:
            context = replace(context, step=state.global_step, max_steps=state.max_steps)
        return Batch(answers, {"prompt": prompts, **columns}, context, trl=raw)

    def _decode(self, token_ids: Sequence[int]) -> str:
        if self.tokenizer is None:
            raise ScoringError("A reward reads `raw_text`; pass `processing_class=` to `reward_function`.")
        return str(self.tokenizer.decode(token_ids, skip_special_tokens=False))


def _free_name(terms: Sequence[str]) -> str:
    name = "vlm_rewards"
    while name in terms:
        name += "_total"
    return name


def _is_evaluating(log_metric: Any) -> bool:
    """Whether TRL asks during an evaluation: the logger it passes is a method of the trainer, which knows."""
    model = getattr(getattr(log_metric, "__self__", None), "model", None)
    return getattr(model, "training", True) is False


def check_layout(scorer: Scorer, args: Any) -> None:
    """Raise ConfigError when a term looks at whole groups and TRL would split a group across ranks."""
    size, world = getattr(args, "num_generations", None), getattr(args, "world_size", 1)
    batch = getattr(args, "generation_batch_size", None)
    names = [term.name for term in scorer.terms if term.normalize or term.spec.mode is Mode.GROUP]
    if names and size and batch and (batch // world) % size:
        raise ConfigError(
            f"The terms {', '.join(names)} look at whole groups of {size} completions, but each of {world} processes "
            f"scores {batch // world} rows, which is no multiple of {size}. Make per_device_train_batch_size times "
            f"steps_per_generation a multiple of num_generations."
        )
