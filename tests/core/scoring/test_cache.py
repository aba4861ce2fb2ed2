"""Outcomes kept across batches: how many, and which of them goes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

import vlm_rewards as vr

if TYPE_CHECKING:
    from tests.core.conftest import ScorerOf

Ask = Callable[[Sequence[int]], list[int]]

KEPT = 20_000


@pytest.fixture
def ask(scorer_of: ScorerOf) -> Ask:
    """Scores numbers by a judge whose outcomes are kept; returns those that the judge was asked about."""
    asked: list[int] = []

    @vr.reward(range=(0.0, 1.0))
    async def judge(completion: vr.Completion) -> float:
        asked.append(int(completion.text))
        return int(completion.text) % 10 / 10

    scorer = scorer_of(judge)

    def score(numbers: Sequence[int]) -> list[int]:
        asked.clear()
        assert scorer.score(vr.Batch.of([str(number) for number in numbers])).totals == [n % 10 / 10 for n in numbers]
        return list(asked)

    return score


def test_what_was_asked_before_is_not_asked_again(ask: Ask) -> None:
    assert ask([1, 2, 1]) == [1, 2]
    assert ask([2, 3, 1]) == [3]


def test_twenty_thousand_outcomes_are_kept_and_those_not_used_for_longest_go_first(ask: Ask) -> None:
    ask(range(KEPT))
    assert ask([2, 0]) == []

    ask([KEPT, KEPT + 1])

    assert ask([0, 2, 4]) == []
    assert ask([3, 1]) == [3, 1]
