"""A run shows one line for each log: what it is for, and what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from vlm_rewards_trl.methods.screen import ScreenCallback, show_lines

GRPO = {
    "loss": 0.0123,
    "reward": 0.4123,
    "reward_std": 0.31,
    "rewards/vlm_rewards/mean": 0.4123,
    "rewards/vlm_rewards/std": 0.31,
    "rewards/form/mean": 0.18,
    "rewards/form/fault_rate": 0.0,
    "rewards/box/mean": None,
    "rewards/box/fault_rate": 0.03125,
    "rewards/box/abstain_rate": 1.0,
    "completions/mean_length": 24.4,
    "completions/clipped_ratio": 0.25,
    "zero_variance_rate": 0.5,
}
LINES = [
    (GRPO, "20/120  reward 0.412 ±0.310  form 0.180  BOX  length 24  cut off 25%  flat groups 50%  TIME left"),
    (
        {"loss": 0.8118, "grad_norm": 1.0, "mean_token_accuracy": 0.765},
        "20/120  loss 0.812  right tokens 76%  TIME left",
    ),
    (
        {"loss": 0.6, "rewards/margins": 0.25, "rewards/accuracies": 0.75, "rewards/chosen": 0.5},
        "20/120  loss 0.600  preferred 75%  margin 0.250  TIME left",
    ),
    ({"eval_loss": 1.0, "eval_runtime": 3.0}, "20/120  held out:  loss 1.000"),
    ({"eval_reward": 1.0, "eval_rewards/form/mean": 0.2}, "20/120  held out:  reward 1.000 ±0.000  form 0.200"),
    ({"train_runtime": 200.4, "train_loss": 1.0}, "20/120  in 0:03:20"),
    ({"epoch": 1.0}, ""),
]

Log = Callable[..., dict[str, Any]]


@pytest.fixture
def log() -> Log:
    """A function that logs values at step 20 of 120 and returns those that others get."""
    callback = ScreenCallback()
    state = SimpleNamespace(global_step=0, max_steps=120, is_world_process_zero=True)
    callback.on_train_begin(SimpleNamespace(disable_tqdm=True), state, None)

    def write(values: dict[str, Any], *, first: bool = True) -> dict[str, Any]:
        logs = dict(values)
        state = SimpleNamespace(global_step=20, max_steps=120, is_world_process_zero=first)
        callback.on_log(None, state, None, logs=logs)
        return logs

    return write


@pytest.mark.parametrize(("values", "line"), LINES)
def test_a_line_says_what_a_run_is_for(
    values: dict[str, Any], line: str, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    log(values)
    shown = re.sub(r"\d:\d\d:\d\d left", "TIME left", capsys.readouterr().out).strip()
    assert shown.replace("box fails 3%  box abstains 100%", "BOX") == line


def test_one_process_writes(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    log(GRPO, first=False)
    assert capsys.readouterr().out == ""


def test_a_rate_is_logged_from_the_first_time_that_it_is_not_zero(log: Log) -> None:
    name = "rewards/form/fault_rate"
    assert name not in log({name: 0.0})
    assert log({name: 0.5})[name] == 0.5
    assert log({name: 0.0})[name] == 0.0


@pytest.mark.parametrize(
    ("logged", "drawn"),
    [
        ([0.25, 0.5, 0.75, 1.0], "reward 0.250 ▁▃▆█ 1.000"),
        ([1.0, 1.0, 1.0], "reward 1.000 ▁▁▁ 1.000"),
        ([float(step) for step in range(112)], f"reward 0.000 ▁▁▁▁{''.join(c * 8 for c in '▂▃▄▅▆▇')}████ 111.000"),
        ([0.1, 0.2], ""),
    ],
)
def test_the_end_of_a_run_draws_its_reward(logged: list[float], drawn: str, capsys: pytest.CaptureFixture[str]) -> None:
    history = [{"reward": value, "loss": 0.0} for value in logged] + [{"train_runtime": 2.0}]
    for first in (True, False):
        state = SimpleNamespace(log_history=history, is_world_process_zero=first)
        ScreenCallback().on_train_end(None, state, None)
        assert capsys.readouterr().out.strip() == (drawn if first else "")


def test_a_run_without_a_reward_draws_its_loss(capsys: pytest.CaptureFixture[str]) -> None:
    history = [{"loss": value} for value in (2.0, 1.0, 0.5)]
    ScreenCallback().on_train_end(None, SimpleNamespace(log_history=history, is_world_process_zero=True), None)
    assert capsys.readouterr().out.strip() == "loss 2.000 █▃▁ 0.500"


def test_a_table_of_a_notebook_stays() -> None:
    from transformers.trainer_callback import CallbackHandler, PrinterCallback, ProgressCallback
    from transformers.utils.notebook import NotebookProgressCallback

    for kind in (NotebookProgressCallback, ProgressCallback, PrinterCallback):
        handler = CallbackHandler([kind()], None, None, None, None)
        show_lines(SimpleNamespace(callback_handler=handler, remove_callback=handler.remove_callback))
        added = any(isinstance(one, ScreenCallback) for one in handler.callbacks)
        assert added == (kind is not NotebookProgressCallback)


@pytest.mark.filterwarnings("default")
def test_a_run_writes_lines_and_nothing_that_libraries_tell_each_other(
    recipe: Callable[..., dict[str, Any]], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    from vlm_rewards.cli import main

    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe()))
    ran = CliRunner().invoke(main, ["train", "grpo", str(tmp_path / "recipe.yaml")], catch_exceptions=False)
    lines = [line for line in ran.stdout.splitlines() if line]
    assert [line.split()[0] for line in lines] == ["1/2", "2/2", "2/2", "Saved"]
    assert not any("{" in line for line in lines)
    assert not [one for one in recwarn if issubclass(one.category, FutureWarning)]
