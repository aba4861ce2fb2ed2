"""A run whose rewards cannot teach it anything says so, once, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from vlm_rewards_trl.methods.callbacks import LOGS, AdviceCallback

Log = Callable[..., list[str]]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    """A function that logs the same values some times and returns the warnings."""
    caplog.set_level(logging.WARNING)
    callback = AdviceCallback()

    def write(values: dict[str, Any], times: int = LOGS, *, first: bool = True) -> list[str]:
        for _ in range(times):
            callback.on_log(None, SimpleNamespace(is_world_process_zero=first), None, logs=values)
        return caplog.messages

    return write


def test_flat_groups_are_said_once(log: Log) -> None:
    assert log({"zero_variance_rate": 0.95}, LOGS - 1) == []
    (message,) = log({"zero_variance_rate": 1.0}, 5)
    assert "In 97% of the groups every completion earns the same reward" in message
    assert "`temperature`" in message


def test_a_term_that_always_abstains_is_named(log: Log) -> None:
    rates = {"rewards/box/abstain_rate": 1.0, "rewards/answer/abstain_rate": 0.99, "rewards/box/mean": 1.0}
    (message,) = log(rates, 5)
    assert "'box' abstained on every completion" in message
    assert "`box_reason`" in message


def test_an_accident_is_not_said(log: Log) -> None:
    for rate in (1.0, 0.2, 1.0, 1.0, 0.5):
        log({"zero_variance_rate": rate, "rewards/box/abstain_rate": rate}, 1)
    assert log({"loss": None, "zero_variance_rate": None}) == []


def test_one_process_speaks_for_all(log: Log) -> None:
    assert log({"zero_variance_rate": 1.0}, first=False) == []


@pytest.mark.filterwarnings("default")
def test_online_runs_are_advised(recipe: Callable[..., dict[str, Any]], caplog: pytest.LogCaptureFixture) -> None:
    from vlm_rewards_trl import grpo
    from vlm_rewards_trl.recipe.recipe import Recipe

    made = recipe()
    made["training"] |= {"max_steps": LOGS, "max_completion_length": 1}  # one token earns nothing
    grpo(Recipe.read(made)).train()
    assert any("every completion earns the same reward" in message for message in caplog.messages)
