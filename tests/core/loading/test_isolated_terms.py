"""Which rewards run in workers, and what is refused there."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

import vlm_rewards as vr
from tests.core.hurdle import scorer
from vlm_rewards.errors import ConfigError
from vlm_rewards.registry.registry import Registry

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers, ScorerOf


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


def test_a_function_of_trl_cannot_be_isolated_and_the_error_says_what_to_do() -> None:
    terms = {"t": {"use": "trl:json.dumps", "range": [0, 1], "isolation": "process"}}

    with pytest.raises(
        ConfigError, match="register it in a pack, as a function of a module under `@reward`, or write `isol"
    ):
        scorer(terms, allow_imports=True)


def test_a_timeout_in_process_is_refused_with_the_fix() -> None:
    with pytest.raises(ConfigError, match="cannot be stopped; add `isolation: process`"):
        scorer({"t": {"use": "format/think_answer", "timeout": 1}})


def test_a_lambda_and_a_function_of_the_script_cannot_be_isolated(scorer_of: ScorerOf) -> None:
    nameless = vr.reward(range=(0.0, 1.0), name="nameless")(lambda completion: 1.0)

    def of_the_script(completion: vr.Completion) -> float:
        return 1.0

    of_the_script.__module__ = "__main__"
    local = vr.reward(range=(0.0, 1.0))(of_the_script)
    for made, name, why in ((nameless, "nameless", "is a lambda"), (local, "of_the_script", "script itself")):
        terms = {"t": {"use": f"lab/{name}", "isolation": "process"}}
        with pytest.raises(ConfigError, match=rf"{why}.*or write `isolation: inline`"):
            scorer_of(made, terms=terms)
        inline = {"t": {"use": f"lab/{name}", "isolation": "inline"}}
        assert scorer_of(made, terms=inline).score(vr.Batch.of(["x"])).totals == [1.0]


def test_the_default_registry_is_what_workers_see() -> None:
    assert "hurdle/one" in {reward.full_name for reward in Registry().load("hurdle").values()}
    assert json.dumps(scorer("one").terms[0].isolated.config)  # type: ignore[union-attr] # it is isolated
