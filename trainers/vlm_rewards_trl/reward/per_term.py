"""One function per term, for `multi_objective_aggregation="normalize_then_sum"` of TRL's GRPO: each by itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from vlm_rewards import ScoredBatch, Scorer
from vlm_rewards.config.document import Document, Problem
from vlm_rewards_trl.reward.function import RewardFunction


def split(whole: RewardFunction) -> tuple[list[TermFunction], list[float]]:
    """A function per term, and their weights. Raises as `fixed_weights`."""
    weights = fixed_weights(whole.scorer, whole.document)
    return [TermFunction(whole, name) for name in weights], list(weights.values())


def fixed_weights(scorer: Scorer, source: Path | Document) -> dict[str, float]:
    """The weights of a rewards file for TRL's weighted sum. Raises ConfigError where that cannot express the reward."""
    problems = []
    if not scorer.combine.is_flat_sum or scorer.combine.clip is not None:
        problems.append(Problem(("combine",), "one function per term can only be summed by TRL, flat and unclipped."))
    problems += [
        Problem(("rewards", term.name, "weight"), "one function per term has a fixed weight in TRL, no schedule.")
        for term in scorer.terms
        if not term.weight.is_constant
    ]
    if problems:
        raise Document.read(source, what="rewards file").error(problems)
    weights = {term.name: term.weight.at(0) for term in scorer.terms}
    return {name: weights[name] for name in scorer.order}


class TermFunction:
    """One term of a composed reward as a function of TRL's convention; the terms of a batch are evaluated once."""

    def __init__(self, whole: RewardFunction, term: str) -> None:
        self.whole, self.term = whole, term
        whole.is_split = True
        self.__name__ = term

    def __call__(self, prompts: Sequence[Any], completions: Sequence[Any], **kwargs: Any) -> list[float | None]:
        """The term's value per completion; None in rows that must not move the policy."""
        with _lock:
            # A batch is told by the identity of its list of completions, kept so that no other list can get its place.
            last = _last.get(self.whole)
            if last is None or last[0] is not completions:
                last = _last[self.whole] = (completions, self.whole.score(prompts, completions, **kwargs))
        scored = last[1]
        values = scored.terms[self.term].values
        return [None if total is None else value for total, value in zip(scored.totals, values, strict=True)]


_lock = threading.Lock()
_last: WeakKeyDictionary[RewardFunction, tuple[Sequence[Any], ScoredBatch]] = WeakKeyDictionary()
