"""Observers: heard once per batch, and unable to touch the scores."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr

if TYPE_CHECKING:
    from tests.core.conftest import RegistryOf

CONFIG = {"version": 1, "rewards": {"first": {"use": "lab/half"}, "second": {"use": "lab/broken"}}}


@vr.reward(range=(0, 1))
def half(completion: vr.Completion) -> float:
    return 0.5


@vr.reward(range=(0, 1))
def broken(completion: vr.Completion) -> float:
    if completion.text == "good":
        return 1.0
    raise ValueError(f"cannot grade {completion.text}")


def test_an_observer_sees_every_batch_once(registry_of: RegistryOf) -> None:
    seen: list[vr.ScoredBatch] = []

    def vlm_rewards_batch_scored(batch: vr.ScoredBatch) -> None:
        seen.append(batch)

    scorer = vr.load_scorer(CONFIG, registry=registry_of(half, broken, scored=vlm_rewards_batch_scored))
    first = scorer.score(vr.Batch.of(["good", "good"]))
    second = scorer.score(vr.Batch.of(["good"]))
    assert seen == [first, second]


def test_faults_are_told_once_per_term_with_their_number(registry_of: RegistryOf) -> None:
    told: list[dict[str, Any]] = []

    def vlm_rewards_reward_failed(term: str, reward: str, reason: str, count: int) -> None:
        told.append({"term": term, "reward": reward, "reason": reason, "count": count})

    scorer = vr.load_scorer(CONFIG, registry=registry_of(half, broken, failed=vlm_rewards_reward_failed))
    scorer.score(vr.Batch.of(["good", "x", "y"]))
    scorer.score(vr.Batch.of(["good"]))
    line = broken.__code__.co_firstlineno + 4
    reason = f"Reward 'lab/broken' (lab-rewards 1.2.3) raised ValueError: cannot grade x (test_hooks.py:{line})"
    assert told == [{"term": "second", "reward": "lab/broken", "reason": reason, "count": 2}]


@pytest.mark.parametrize("error", [ValueError("boom"), SystemExit(3)])
def test_an_observer_that_raises_changes_nothing(
    registry_of: RegistryOf, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    def vlm_rewards_batch_scored(batch: vr.ScoredBatch) -> None:
        raise error

    scorer = vr.load_scorer(CONFIG, registry=registry_of(half, broken, scored=vlm_rewards_batch_scored))
    with caplog.at_level(logging.ERROR):
        assert scorer.score(vr.Batch.of(["good"])).totals == [1.5]
    assert "An observer of a pack failed" in caplog.text


def test_an_observer_that_meddles_changes_no_score(registry_of: RegistryOf) -> None:
    def vlm_rewards_batch_scored(batch: vr.ScoredBatch) -> None:
        batch.totals[0] = 1e38  # type: ignore[index]
        batch.terms["first"].values[0] = None  # type: ignore[index]
        batch.terms["first"].outcomes.scores[0] = float("nan")

    scorer = vr.load_scorer(CONFIG, registry=registry_of(half, broken, scored=vlm_rewards_batch_scored))
    untouched = vr.load_scorer(CONFIG, registry=registry_of(half, broken)).score(vr.Batch.of(["good"]))
    assert list(scorer.score(vr.Batch.of(["good"])).rows()) == list(untouched.rows())


def test_faults_are_told_even_when_they_end_the_run(registry_of: RegistryOf) -> None:
    told: list[int] = []

    def vlm_rewards_reward_failed(count: int) -> None:  # an observer takes the arguments it wants
        told.append(count)

    registry = registry_of(half, broken, failed=vlm_rewards_reward_failed)
    scorer = vr.load_scorer({**CONFIG, "on_error": "fail"}, registry=registry)
    with pytest.raises(Exception, match="on_error: fail"):
        scorer.score(vr.Batch.of(["x"]))
    assert told == [1]
