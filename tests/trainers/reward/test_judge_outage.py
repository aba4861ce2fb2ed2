"""A judge that goes away in a run: no row is paid or punished for it, the others stay, and the run stops."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from tests.packs.judge.server import Asked, Reply, Server, honest, scripted
from vlm_rewards.errors import ScoringError
from vlm_rewards.text import http
from vlm_rewards_trl.reward.factory import reward_function
from vlm_rewards_trl.reward.function import RewardFunction

GROUPS = [["Nile", "It is the Nile.", "It is the Rhine.", ""], ["It is the Oder.", "Nile", "Nile", "Rhine"]]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.001)


def cascade(server: Server) -> RewardFunction:
    judge = {"server": server.address, "model": "m"}
    rewards: dict[str, Any] = {
        "rules": {"use": "vqa/exact"},
        "judge": {"use": "judge/equal", "gate": {"term": "rules", "at_most": 0.5}, "params": {"judges": [judge]}},
    }
    return reward_function({"version": 1, "rewards": rewards, "combine": "max"})


def scores(function: RewardFunction, *texts: str, **more: Any) -> list[float | None]:
    columns: dict[str, Any] = {"prompts": ["Which river?"] * len(texts), "solution": ["Nile"] * len(texts)}
    return function(completions=list(texts), **columns, **more)


def down(_: Asked) -> Reply:
    return Reply(b"out of memory", 503)


def test_only_rows_that_needed_the_judge_lose_their_reward() -> None:
    with scripted() as server:
        function = cascade(server)
        before = [scores(function, *group) for group in GROUPS]
        assert before == [[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0]]

        server.script = lambda asked: down(asked) if "Oder" in str(asked) else honest(asked)
        after = [scores(cascade(server), *group) for group in GROUPS]
        assert after == [before[0], [None, *before[1][1:]]]

        server.script = down
        assert scores(cascade(server), *GROUPS[0]) == [1.0, None, None, 0.0]


def test_a_run_whose_judge_is_down_stops_and_a_resumed_one_goes_on() -> None:
    metrics: dict[str, list[float]] = defaultdict(list)
    with scripted() as server:
        function = cascade(server)
        scores(function, *GROUPS[0], log_metric=lambda name, value: metrics[name].append(value))
        assert metrics["rewards/judge/asked_rate"] == [0.0, 1.0, 1.0, 0.0]
        assert metrics["rewards/judge/tokens_in"] == [100, 100]
        server.script = down
        with pytest.raises(ScoringError, match=r"(?s)budget is spent.*term 'judge'.*503 out of memory"):
            [scores(function, *GROUPS[0]) for _ in range(20)]
        server.script = honest
        assert scores(cascade(server), *GROUPS[0]) == [1.0, 1.0, 0.0, 0.0]
