"""A run whose rewards cannot teach it anything says so, once, and what to do."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vlm_rewards.errors import ConfigError
from vlm_rewards_trl import Recipe, grpo, sft
from vlm_rewards_trl.methods.callbacks import LOGS, AdviceCallback, callbacks_of

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
    made = recipe()
    made["training"] |= {"max_steps": LOGS, "max_completion_length": 1}  # one token earns nothing
    grpo(Recipe.read(made)).train()
    assert any("every completion earns the same reward" in message for message in caplog.messages)


MINE = """
from transformers import TrainerCallback


class Halt(TrainerCallback):
    def __init__(self, after: int = 1) -> None:
        self.after = after

    def on_step_end(self, args, state, control, **_):
        control.should_training_stop = state.global_step >= self.after


class Number:
    pass


LEAST = 5
"""


@pytest.fixture
def named(recipe: Callable[..., dict[str, Any]], tmp_path: Path) -> Callable[..., Recipe]:
    """A function that reads a recipe with callbacks, which stands beside a file of them."""
    (tmp_path / "mine.py").write_text(MINE)

    def read(callbacks: Any, data: str = "sft", **changes: Any) -> Recipe:
        (tmp_path / "recipe.json").write_text(json.dumps(recipe(data, callbacks=callbacks, **changes)))
        return Recipe.read(tmp_path / "recipe.json")

    return read


@pytest.mark.parametrize(("options", "after"), [({"after": 2}, 2), ({}, 1), (None, 1)])
def test_callbacks_of_a_file_get_their_options(named: Any, options: Any, after: int) -> None:
    (made,) = callbacks_of(named({"mine.py:Halt": options}))
    assert (type(made).__name__, made.after) == ("Halt", after)


@pytest.mark.filterwarnings("default")
def test_callbacks_of_a_file_run(named: Any) -> None:
    trainer = sft(named({"mine.py:Halt": None}))
    trainer.train()
    assert trainer.state.global_step == 1


@pytest.mark.filterwarnings("default")
def test_a_run_stops_early_and_keeps_its_best_model(
    named: Any, recipe: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    made = recipe()
    changes = {"max_steps": 5, "learning_rate": 0.0, "max_completion_length": 1, "save_strategy": "steps"}
    changes |= {"eval_strategy": "steps", "eval_steps": 1, "save_steps": 1, "load_best_model_at_end": True}
    changes |= {
        "metric_for_best_model": "completions/mean_length",
        "greater_is_better": True,
        "per_device_eval_batch_size": 4,
    }
    trainer = grpo(
        named(
            {"transformers.EarlyStoppingCallback": {"early_stopping_patience": 2}},
            data="train",
            eval_dataset={**made["dataset"], "limit": 4},
            training=made["training"] | changes,
        )
    )
    trainer.train()
    assert trainer.state.global_step == 3  # an answer has one token: the first evaluation is the best
    assert trainer.state.best_model_checkpoint == str(tmp_path / "out/checkpoint-1")


@pytest.mark.parametrize(
    ("callbacks", "told"),
    [
        ({"mine.py:Nothing": {}}, "callbacks: 'mine.py:Nothing' is not there"),
        ({"no_such_module.Stop": {}}, "No module named 'no_such_module'"),
        ({"mine.py:Number": {}}, "'mine.py:Number' is not a callback class of transformers."),
        ({"mine.py:LEAST": {}}, "'mine.py:LEAST' is not a callback class of transformers."),
        ({"mine.py:Halt": {"before": 1}}, "Halt refuses these arguments: TypeError"),
        (["mine.py:Halt"], "callbacks: must be a mapping"),
        ({"mine.py:Halt": 5}, "callbacks.mine.py:Halt: must be a mapping"),
    ],
)
def test_what_is_no_callback_is_an_error_before_the_model_is_loaded(named: Any, callbacks: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)):
        sft.check(named(callbacks))
