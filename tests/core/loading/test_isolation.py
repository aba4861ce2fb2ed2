"""What a rewards file says about workers reaches them: where a term runs, for how long, with how much memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers

GIB = 1 << 30

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="memory of a process is limited on Linux only")


@pytest.fixture(scope="module", autouse=True)
def _pack(pack_for_workers: PackForWorkers) -> None:
    pack_for_workers("hurdle")


def score(text: str, term: Mapping[str, Any], **top: Any) -> vr.RewardOutput:
    """The outcome of one completion under one term."""
    config = {"version": 1, "rewards": {"t": term}, **top}
    with vr.load_scorer(config) as scorer:
        output = scorer.score(vr.Batch.of([text], solution="s")).output(0, "t")
    assert output is not None
    return output


def test_a_pack_of_another_distribution_runs_in_a_worker_unless_the_file_or_the_environment_say_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = float(os.getpid())

    assert score("x", {"use": "hurdle/pid"}).score != here
    assert score("x", {"use": "hurdle/pid", "isolation": "inline"}).score == here
    monkeypatch.setenv("VLM_REWARDS_ISOLATION", "inline")
    assert score("x", {"use": "hurdle/pid"}).score == here
    assert score("x", {"use": "hurdle/pid", "isolation": "process"}).score != here


def test_a_pack_of_the_library_runs_inline_and_takes_no_timeout_there() -> None:
    term = {"use": "format/max_one_answer", "timeout": 1}

    with pytest.raises(ConfigError, match=r"rewards\.t\.timeout.*`isolation: process`"):
        score("x", term)
    assert score("x", {**term, "isolation": "process", "timeout": 30}).status == "scored"


@on_linux
@pytest.mark.parametrize("name", ["holds", "lets_hold"])
def test_memory_is_limited_in_gibibytes(name: str) -> None:
    term = {"use": f"hurdle/{name}", "isolation": "process" if name == "holds" else "inline"}
    limits = {"memory_gib": 3, "timeout": 30}

    assert score(str(2 * GIB), term, workers=limits).score == 1.0
    assert "Cannot allocate memory" in str(score(str(3 * GIB), term, workers=limits).reason)
    assert score(str(4 * GIB), term, workers={**limits, "memory_gib": None}).score == 1.0
    assert score(str(4 * GIB), term, workers={**limits, "memory_gib": 4.5}).score == 1.0


def test_a_completion_too_long_for_the_file_is_too_long_in_a_worker_too() -> None:
    term = {"use": "hurdle/one", "isolation": "process"}

    assert score("x" * 8, term, max_chars=8).status == "scored"
    assert score("x" * 9, term, max_chars=8).status == "unparseable"
