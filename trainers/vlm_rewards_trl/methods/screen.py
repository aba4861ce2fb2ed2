"""What a run shows: a bar that moves, where there is a terminal, and one line for each log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from tqdm.auto import tqdm
from transformers import PrinterCallback, ProgressCallback, TrainerCallback

from vlm_rewards_trl.trl_compat import FLAT_GROUPS

__all__ = ["ScreenCallback", "show_lines"]

_EVAL = "eval_"

#: What a line calls a figure, its name in the logs, and its form.
_FIGURES = (
    ("loss", "loss", ".3f"),
    ("right tokens", "mean_token_accuracy", ".0%"),
    ("preferred", "rewards/accuracies", ".0%"),
    ("margin", "rewards/margins", ".3f"),
    ("KL", "kl", ".3f"),
    ("length", "completions/mean_length", ".0f"),
    ("cut off", "completions/clipped_ratio", ".0%"),
    ("flat groups", FLAT_GROUPS, ".0%"),
)

_RATES = {"/fault_rate": "fails", "/abstain_rate": "abstains"}


def show_lines(trainer: Any) -> None:
    """Let a trainer show lines in the place of dictionaries; a notebook keeps its table."""
    handler = trainer.callback_handler
    if any(isinstance(one, PrinterCallback | ProgressCallback) for one in handler.callbacks):
        trainer.remove_callback(PrinterCallback)
        trainer.remove_callback(ProgressCallback)
        handler.callbacks.insert(0, ScreenCallback())  # before those that report, which get no rates of nothing


class ScreenCallback(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Shows progress, and keeps rates out of the logs until they are not zero for the first time."""

    def __init__(self) -> None:
        self._bar = tqdm(disable=True)
        self._begun = (time.monotonic(), 0)
        self._rates: set[str] = set()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the bar, in a terminal and unless `disable_tqdm` says no."""
        del control
        self._begun = (time.monotonic(), state.global_step)
        hidden = args.disable_tqdm or not state.is_world_process_zero or not sys.stderr.isatty()
        self._bar = tqdm(total=state.max_steps, initial=state.global_step, disable=hidden, leave=False)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Move the bar."""
        del args, control
        self._bar.update(state.global_step - self._bar.n)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Take the bar away."""
        del args, state, control
        self._bar.close()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Write a line."""
        del args, control
        logs = {} if logs is None else logs
        for name in [name for name in logs if name.endswith("_rate") and name not in self._rates]:
            if logs[name]:
                self._rates.add(name)
            else:
                del logs[name]
        if not state.is_world_process_zero:
            return
        start, first = self._begun
        passed = time.monotonic() - start
        if "train_runtime" in logs:
            tqdm.write(f"{state.global_step} steps in {_clock(logs['train_runtime'])}")
        elif parts := list(_parts(logs)):
            if not any(name.startswith(_EVAL) for name in logs) and state.global_step > first:
                left = passed / (state.global_step - first) * (state.max_steps - state.global_step)
                parts.append(f"{_clock(left)} left")
            tqdm.write(f"{state.global_step}/{state.max_steps}  {'  '.join(parts)}")


def _parts(logs: Mapping[str, Any]) -> Iterator[str]:
    """What of the logs a line tells: the reward and its terms, or the loss; and what goes wrong."""
    evaluated = any(name.startswith(_EVAL) for name in logs)
    numbers = {name.removeprefix(_EVAL): value for name, value in logs.items() if isinstance(value, int | float)}
    if evaluated:
        yield "held out:"
    if "reward" in numbers:
        yield f"reward {numbers.pop('reward'):.3f} ±{numbers.pop('reward_std', 0.0):.3f}"
        numbers.pop("loss", None)  # of no meaning where advantages are normalised
    for name, value in numbers.items():
        term = name.removeprefix("rewards/").removesuffix("/mean")
        if name == f"rewards/{term}/mean" and not term.startswith("vlm_rewards"):
            yield f"{term} {value:.3f}"
    yield from (f"{label} {numbers[name]:{form}}" for label, name, form in _FIGURES if name in numbers)
    for ending, verb in _RATES.items():
        rates = {name: value for name, value in numbers.items() if name.endswith(ending) and value}
        yield from (f"{name.split('/')[1]} {verb} {value:.0%}" for name, value in rates.items())


def _clock(seconds: float) -> timedelta:
    return timedelta(seconds=round(seconds))
