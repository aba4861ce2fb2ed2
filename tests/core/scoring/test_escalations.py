"""Hard items that a reward hands to workers: their outcomes are the reward's, and their faults cost their rows."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from tests.core.hurdle import scorer
from vlm_rewards.workers import pool as workers
from vlm_rewards.workers.job import Job

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers, ScorerOf


@pytest.fixture(scope="module", autouse=True)
def _pack(pack_for_workers: PackForWorkers) -> None:
    pack_for_workers("hurdle")


HARD = ["easy", "abc", "hang", "die", "raise", "exit", "high", "abstain", "outcome", "abcd"]


@pytest.mark.parametrize("isolation", ["inline", "process"])
def test_hard_items_are_decided_by_workers_and_their_faults_cost_their_rows(isolation: str) -> None:
    made = scorer({"t": {"use": "hurdle/escalates", "isolation": isolation, "on_abstain": 0.9}}, workers={"timeout": 2})

    scored = made.score(vr.Batch.of(HARD))

    assert scored.totals == [0.75, 0.3, None, None, None, None, None, 0.9, 0.1, 0.4]
    outcomes = scored.terms["t"].outcomes
    assert (outcomes.reasons[8], outcomes.details[8] == {"pid": os.getpid()}) == ("looked", False)
    assert "exit code 4" in str(outcomes.reasons[3])
    assert "ValueError: told to" in str(outcomes.reasons[4])
    assert "SystemExit: told to" in str(outcomes.reasons[5])
    assert "returned 7" in str(outcomes.reasons[6])
    assert all("hurdle/escalates" in str(outcomes.reasons[row]) for row in range(2, 7))


@pytest.mark.parametrize(("isolation", "deadline"), [("inline", 0.8), ("process", 1.5)])
def test_a_hard_item_that_hangs_fails_at_its_deadline_and_inside_a_worker_at_that_of_the_workers_item(
    isolation: str, deadline: float
) -> None:
    made = scorer({"t": {"use": "hurdle/escalates", "isolation": isolation}}, workers={"timeout": 1.5})

    scored = made.score(vr.Batch.of(["hang", "abc"]))

    assert scored.totals == [None, 0.3]
    assert f"deadline: {deadline} s are over" in str(scored.terms["t"].outcomes.reasons[0])


def test_hard_items_of_a_batch_run_together(scorer_of: ScorerOf, monkeypatch: pytest.MonkeyPatch) -> None:
    @vr.reward(range=(0.0, 1.0))
    def root(completion: vr.Completion) -> Any:
        return vr.escalate("math:sqrt", args=float(completion.text), timeout=10)

    sizes: list[int] = []
    submit = workers.Pool.submit

    def spy(self: workers.Pool, job: Job) -> Job:
        sizes.append(len(job.items))
        return submit(self, job)

    monkeypatch.setattr(workers.Pool, "submit", spy)
    made = scorer_of(root, terms={"root": {"use": "lab/root", "isolation": "inline"}})

    scored = made.score(vr.Batch.of([f"0.{n:02}" for n in range(1, 40)]))

    assert scored.totals == [math.sqrt(n / 100) for n in range(1, 40)]
    assert sizes == [39]


def test_hard_items_may_stand_among_the_outputs_of_a_batch_reward(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 1.0))
    def mixed(completions: Sequence[vr.Completion]) -> list[Any]:
        return [0.5 if c.text == "easy" else vr.escalate("math:sqrt", args=0.25, timeout=10) for c in completions]

    made = scorer_of(mixed, terms={"mixed": {"use": "lab/mixed", "isolation": "inline"}})

    assert made.score(vr.Batch.of(["easy", "hard", "easy"])).totals == [0.5, 0.5, 0.5]


def test_a_hard_item_that_json_cannot_hold_fails_alone(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 1.0))
    def unsendable(completion: vr.Completion) -> Any:
        return vr.escalate("math:sqrt", args=0.25 if completion.text == "fine" else {1, 2}, timeout=10)

    made = scorer_of(unsendable, terms={"unsendable": {"use": "lab/unsendable", "isolation": "inline"}})

    scored = made.score(vr.Batch.of(["fine", "bad"]))

    assert scored.totals == [0.5, None]
    assert "cannot be sent to a worker" in str(scored.terms["unsendable"].outcomes.reasons[1])


@pytest.mark.parametrize(
    ("function", "timeout"),
    [("no_colon", 1.0), (":f", 1.0), ("m:", 1.0), ("m:f", 0), ("m:f", math.nan), ("m:f", math.inf), ("m:f", "2")],
)
def test_an_escalation_that_could_never_run_is_refused_where_it_is_made(function: str, timeout: Any) -> None:
    with pytest.raises(ValueError, match="`escalate` needs"):
        vr.Escalation(function, None, timeout)
