"""One composed reward as a function of TRL's convention.

Why one: among several functions TRL counts None as 0, and one infinite value makes the weights non-finite. This one
returns finite floats, or None for a row that must not move the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vlm_rewards import Batch, Completion, Context, ScoredBatch, Scorer, load_scorer
from vlm_rewards.batch import opens_reasoning
from vlm_rewards.documents import Document
from vlm_rewards.errors import ScoringError
from vlm_rewards_trl.facts import context_from, tokenizer_of
from vlm_rewards_trl.ranks import agree_to_stop

__all__ = ["RewardFunction", "reward_function"]

# What TRL passes beside the columns of the dataset.
_INJECTED = frozenset({"trainer_state", "log_extra", "log_metric", "environments"})


def reward_function(
    config: str | Path | Mapping[str, Any], *, processing_class: Any = None, args: Any = None
) -> RewardFunction:
    """Compose a rewards file into one function for `reward_funcs` of a TRL trainer.

    Args:
        config: A rewards file, or the same as a dict.
        processing_class: The trainer's processor or tokenizer; rewards that must know how pictures are resized, what
            ends a completion or whether the template opens `<think>` need it.
        args: The trainer's config; rewards that look at groups or lengths need it.

    Raises:
        ConfigError: With every mistake of the file at once.
    """
    document = Document.read(config, what="rewards file")
    return RewardFunction(document, context_from(processing_class, args), tokenizer_of(processing_class))


class RewardFunction:
    """The callable that `reward_function` returns. Picklable: another process composes it anew from its config.

    Args:
        document: The rewards file.
        context: Facts of the run.
        tokenizer: Decodes token ids with their special tokens, for rewards that read `raw_text`.
    """

    def __init__(self, document: Document, context: Context, tokenizer: Any = None) -> None:
        self.document, self.context, self.tokenizer = document, context, tokenizer
        self.scorer: Scorer = load_scorer(document, context=context)
        self.__name__ = _free_name(self.scorer.order)

    def __getstate__(self) -> dict[str, Any]:
        # The positions of the YAML nodes and the loaded packs belong to this process.
        document = Document(self.document.data, self.document.name, folder=self.document.folder)
        return {"document": document, "context": self.context, "tokenizer": self.tokenizer}

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
        raw = {"prompts": prompts, "completions": completions, "completion_ids": completion_ids, **kwargs}
        scored, error = None, None
        try:
            scored = self.scorer.score(self._batch(prompts, completions, completion_ids, kwargs, raw))
        except Exception as raised:  # noqa: BLE001 - whatever it is, no rank may leave the others waiting
            error = raised
        stop = agree_to_stop(None if error is None else str(error))
        if error is not None:
            raise error
        if stop is not None or scored is None:
            raise ScoringError(f"Another process stopped the run: {stop}")
        _log(scored, kwargs.get("log_extra"), kwargs.get("log_metric"))
        return list(scored.totals)

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
                starts_in_reasoning=prefilled or opens_reasoning(prompt),
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


def _log(
    scored: ScoredBatch,
    log_extra: Callable[[str, list[Any]], None] | None,
    log_metric: Callable[[str, float], None] | None,
) -> None:
    """Hand TRL a column per term for its table of completions, and each term's mean.

    TRL averages the calls of `log_metric`, so it is called once for every row that the term counts in.
    """
    for name, term in scored.terms.items():
        if log_extra is not None:
            log_extra(name, list(term.values))
            log_extra(f"{name}_reason", list(term.outcomes.reasons))
        if log_metric is not None:
            for value in term.values:
                if value is not None:
                    log_metric(f"rewards/{name}/mean", value)
