"""Which rewards run in workers, and what is refused there."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from tests.core.hurdle import scorer
from vlm_rewards.errors import ConfigError
from vlm_rewards.registry.registry import Registry

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers


@pytest.fixture(scope="module", autouse=True)
def _pack(pack_for_workers: PackForWorkers) -> None:
    pack_for_workers("hurdle")


def test_packs_of_others_run_in_workers_and_the_own_ones_in_process() -> None:
    rewards = {"theirs": {"use": "hurdle/pid"}, "own": {"use": "format/think_answer"}}

    with scorer(rewards) as made:
        terms = {term.name: term for term in made.terms}
        process = made.score(vr.Batch.of(["x"])).terms["theirs"].values[0]

    assert terms["own"].isolated is None
    assert terms["theirs"].isolated is not None
    assert process != os.getpid()


def test_inline_in_the_config_or_the_environment_runs_a_pack_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    inline = scorer({"t": {"use": "hurdle/pid", "isolation": "inline"}})
    monkeypatch.setenv("VLM_REWARDS_ISOLATION", "inline")
    by_environment = scorer("pid")
    forced = scorer({"t": {"use": "hurdle/pid", "isolation": "process"}})

    batch = vr.Batch.of(["x"])
    assert inline.score(batch).totals == by_environment.score(batch).totals == [os.getpid()]
    assert forced.score(batch).totals != [os.getpid()]


def test_an_own_pack_can_be_sent_to_workers() -> None:
    texts = ["<think>a</think><answer>b</answer>", "no"]
    process = scorer({"t": {"use": "format/think_answer", "isolation": "process"}})
    inline = scorer({"t": {"use": "format/think_answer"}})

    assert process.terms[0].isolated is not None
    assert list(process.score(vr.Batch.of(texts)).rows()) == list(inline.score(vr.Batch.of(texts)).rows())


POLITE = {"t": {"use": "trl:hurdle_rewards.polite", "range": [0, 1]}}


def test_a_function_of_trl_runs_in_a_worker_logs_here_and_its_none_counts_nothing() -> None:
    state = SimpleNamespace(global_step=7, max_steps=9, best_model=object())
    logged: list[Any] = []

    def given(texts: list[str]) -> vr.Batch:
        trl = {
            "prompts": ["p"] * 3,
            "completions": [[{"role": "assistant", "content": text}] for text in texts],
            "completion_ids": None,
            "solution": ["a", "b", "c"],
            "trainer_state": state,
            "log_metric": lambda *args: logged.append(args),
            "log_extra": lambda *args: logged.append(args),
            "environments": object(),
        }
        return vr.Batch([vr.Completion(text) for text in texts], {"solution": ["a", "b", "c"]}, trl=trl)

    process = scorer(POLITE, allow_imports=True)
    inline = scorer({"t": {**POLITE["t"], "isolation": "inline"}}, allow_imports=True)
    batch = given(["please", "abstain", "no"])

    there, told_there = process.score(batch), [*logged]
    logged.clear()
    here = inline.score(batch)

    assert list(there.rows()) == list(here.rows())
    assert there.totals == [1.0, None, 0.0]
    assert there.terms["t"].mean == 0.5
    assert told_there == logged == [("steps", 7), ("seen", ["a", "b", "c"])]
    reason = str(process.score(given(["touch", "x", "y"])).terms["t"].outcomes.reasons[0])
    assert "`environments` cannot be sent to a worker; write `isolation: inline`" in reason


def test_a_reward_of_a_pack_named_after_trl_is_told_its_own_way() -> None:
    with pytest.raises(ConfigError, match=r"'hurdle_rewards\.one' is under `@reward`, not a function of TRL's"):
        scorer({"t": {"use": "trl:hurdle_rewards.one", "range": [0, 1]}}, allow_imports=True)


def test_a_timeout_in_process_is_refused_with_the_fix() -> None:
    with pytest.raises(ConfigError, match="cannot be stopped; add `isolation: process`"):
        scorer({"t": {"use": "format/think_answer", "timeout": 1}})


def test_the_default_registry_is_what_workers_see() -> None:
    assert "hurdle/one" in {reward.full_name for reward in Registry().load("hurdle").values()}
    assert json.dumps(scorer("one").terms[0].isolated.config)  # type: ignore[union-attr] # it is isolated
