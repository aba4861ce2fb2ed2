"""One composed reward as a function of TRL's convention.

Why one: among several functions TRL counts None as 0, and one infinite value makes the weights non-finite. This one
returns finite floats, or None for a row that must not move the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from vlm_rewards import Batch, Context, ScoredBatch, Scorer, load_scorer
from vlm_rewards.config.document import Document
from vlm_rewards.config.schema import RewardsConfig
from vlm_rewards.errors import ScoringError
from vlm_rewards.scoring.plain import sendable
from vlm_rewards.types.batch import GROUP_ID, read_completions
from vlm_rewards_trl.reward.error_budget import ErrorBudget, Failures, share
from vlm_rewards_trl.reward.logging import log_columns, log_metrics
from vlm_rewards_trl.trl_compat import INJECTED, is_evaluating


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
        self.on_scores: Callable[[Mapping[str, Any], Sequence[float | None]], None] | None = None  # while it trains
        self.is_split = False  # whether TRL gets a function per term, and logs the mean of each itself
        self.scorer: Scorer = load_scorer(document, context=context)
        on_error = document.validate(RewardsConfig).on_error
        self.error_budget = ErrorBudget(on_error.max_rate, on_error.window)
        self.__name__ = "vlm_rewards"
        while self.__name__ in self.scorer.order:
            self.__name__ += "_total"

    def __reduce__(self) -> tuple[Any, ...]:
        # The positions of the YAML nodes and the loaded packs belong to this process.
        document = Document(self.document.data, self.document.name, folder=self.document.folder)
        made = partial(type(self), eval_group_size=self.eval_group_size)
        return made, (document, self.context, self.tokenizer)

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
        evaluating = is_evaluating(kwargs.get("log_metric"))
        scored, error, failures = None, None, Failures(0, 0)
        try:
            batch = self._batch(raw)
            if evaluating and self.eval_group_size is not None:
                batch.context = replace(batch.context, group_size=self.eval_group_size)
            scored = self.scorer.score(batch)
            failures = Failures.of(scored)
        except Exception as raised:  # noqa: BLE001 - whatever it is, no rank may leave the others waiting
            error = raised
        items, failed, stop = share(failures.items, failures.failed, stop=error is not None)
        if error is not None:
            raise error
        if stop or scored is None:
            raise ScoringError("Another process stopped the run; see its message.")
        if not evaluating and (spent := self.error_budget.spend(items, failed, failures)) is not None:
            raise ScoringError(spent)
        if self.on_scores is not None and not evaluating:
            self.on_scores(kwargs, scored.totals)
        if (log_extra := kwargs.get("log_extra")) is not None:
            log_columns(scored, self.scorer.terms, batch, log_extra)
        if (log_metric := kwargs.get("log_metric")) is not None:
            size = batch.context.group_size  # of which another process may have a part
            groups = batch.groups if GROUP_ID in batch.columns or (size and len(batch) % size == 0) else None
            log_metrics(scored, self.scorer.terms, groups, log_metric, means=not self.is_split)
        return scored

    def _batch(self, raw: Mapping[str, Any]) -> Batch:
        given = {name: values for name, values in raw.items() if name not in INJECTED}
        prompts, answers, ids = (given.pop(name) for name in ("prompts", "completions", "completion_ids"))
        read = read_completions(answers, prompts, self.context, ids=ids or (), decode=self._decode)
        columns = {name: values for name, values in given.items() if isinstance(values, list)}
        if environments := raw.get("environments"):  # what they tell rewards are their public attributes that JSON has
            told = [
                {name: held for name, held in getattr(one, "__dict__", {}).items() if name[0] != "_"}
                for one in environments
            ]
            columns = {"environment": [sendable(one) for one in told], **columns}
        context, state = self.context, raw.get("trainer_state")
        if state is not None:
            context = replace(context, step=state.global_step, max_steps=state.max_steps)
        return Batch(read, {"prompt": prompts, **columns}, context, trl=raw)

    def _decode(self, token_ids: Sequence[int]) -> str:
        if self.tokenizer is None:
            raise ScoringError("A reward reads `raw_text`; pass `processing_class=` to `reward_function`.")
        return str(self.tokenizer.decode(token_ids, skip_special_tokens=False))
