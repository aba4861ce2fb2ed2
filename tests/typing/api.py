"""The public names as a type checker sees them; checked by mypy, never run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_type

import vlm_rewards as vr
from vlm_rewards_trl import Recipe, RewardFunction, reward_function


@vr.reward(range=(0.0, 1.0))
def brevity(completion: vr.Completion, solution: str, *, slack: int = 10) -> float:
    """A decorated function keeps its own type."""
    return float(len(completion.response) <= len(solution) + slack)


@vr.reward(range=(-1.0, 0.0))
class Penalty:
    """A decorated class stays that class."""

    def __init__(self, *, weight: float = 1.0) -> None:
        self.weight = weight

    def __call__(self, completions: Sequence[vr.Completion]) -> list[float | None]:
        """Score a batch."""
        return [-self.weight for _ in completions]


assert_type(brevity(vr.Completion("7"), "7", slack=3), float)
assert_type(Penalty(weight=0.5), Penalty)
assert_type(vr.from_trl(print, range=(0, 1)), vr.RewardSpec)


def scoring(rows: list[dict[str, Any]]) -> None:
    """Scoring offline."""
    with vr.load_scorer("rewards.yaml", context=vr.Context(group_size=8)) as scorer:
        scored = scorer.score(vr.Batch.from_rows(rows))
    assert_type(scored.totals, Sequence[float | None])
    assert_type(scored.output(0, "format"), vr.RewardOutput | None)
    assert_type(next(scored.rows()), vr.ScoredRow)


def training() -> None:
    """Training with TRL."""
    function = reward_function("rewards.yaml")
    assert_type(function, RewardFunction)
    assert_type(function(["?"], ["7"], solution=["7"]), list[float | None])
    assert_type(Recipe.read("recipe.yaml", seed=1).overridden, frozenset[str])
