"""What a run shows: one line for each log, above the bar of transformers."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import fmean
from typing import Any

from tqdm.auto import tqdm
from transformers import PrinterCallback, ProgressCallback, TrainerCallback

from vlm_rewards_trl.reward.logging import FLAT_GROUPS

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
_BLOCKS, _WIDTH = "▁▂▃▄▅▆▇█", 56
_OF_TERMS = {"mean": "{} {:.3f}", "fault_rate": "{} fails {:.0%}", "abstain_rate": "{} abstains {:.0%}"}


def show_lines(trainer: Any) -> None:
    """Let a trainer show lines in the place of dictionaries, and its bar in a terminal; a notebook keeps its table."""
    handler = trainer.callback_handler
    shown = [one for one in handler.callbacks if isinstance(one, PrinterCallback | ProgressCallback)]
    for one in shown:
        one.on_log = lambda *_, **__: None
    if not sys.stderr.isatty():
        trainer.remove_callback(ProgressCallback)
    if shown:
        handler.callbacks.insert(0, ScreenCallback())  # before those that report, which get no rates of nothing


class ScreenCallback(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Writes the lines, and keeps rates out of the logs until they are not zero for the first time."""

    def __init__(self) -> None:
        self._begun = (time.monotonic(), 0)
        self._rates: set[str] = set()

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Note when, and after which step."""
        self._begun = (time.monotonic(), state.global_step)

    def on_log(self, _args: Any, state: Any, _control: Any, logs: dict[str, Any], **_: Any) -> None:
        """Write a line."""
        self._rates |= {name for name in logs if name.endswith("_rate") and logs[name]}
        for name in [name for name in logs if name.endswith("_rate") and name not in self._rates]:
            del logs[name]
        start, first = self._begun
        parts = list(_parts(logs))
        if not state.is_world_process_zero or not parts:
            return
        if "train_runtime" not in logs and "held out:" not in parts and state.global_step > first:
            left = (time.monotonic() - start) / (state.global_step - first) * (state.max_steps - state.global_step)
            parts.append(f"{timedelta(seconds=round(left))} left")
        tqdm.write(f"{state.global_step}/{state.max_steps}  {'  '.join(parts)}")

    def on_train_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Draw the reward over the run, or the loss where there is none."""
        for name in ("reward", "loss"):
            values = [log[name] for log in state.log_history if name in log]
            if state.is_world_process_zero and len(values) > 2:
                tqdm.write(f"{name} {values[0]:.3f} {_curve(values)} {values[-1]:.3f}")
                break


def _curve(values: Sequence[float]) -> str:
    """Numbers as a line of blocks, from the least to the greatest; of many, the means of neighbours."""
    width = min(len(values), _WIDTH)
    cuts = [len(values) * at // width for at in range(width + 1)]
    means = [fmean(values[start:end]) for start, end in pairwise(cuts)]
    low, high = min(means), max(means)
    return "".join(_BLOCKS[round((mean - low) / ((high - low) or 1.0) * (len(_BLOCKS) - 1))] for mean in means)


def _parts(logs: Mapping[str, Any]) -> Iterator[str]:
    """What of the logs a line tells: the reward and its terms, or the loss; and what goes wrong."""
    if any(name.startswith("eval_") for name in logs):
        yield "held out:"
    numbers = {name.removeprefix("eval_"): value for name, value in logs.items() if isinstance(value, int | float)}
    if "train_runtime" in numbers:
        yield f"in {timedelta(seconds=round(numbers['train_runtime']))}"
    if "reward" in numbers:
        yield f"reward {numbers['reward']:.3f} ±{numbers.get('reward_std', 0.0):.3f}"
        numbers.pop("loss", None)  # of no meaning where advantages are normalised
    for name, value in numbers.items():
        term, _, what = name.removeprefix("rewards/").rpartition("/")
        if name == f"rewards/{term}/{what}" and what in _OF_TERMS and not term.startswith("vlm_rewards"):
            yield _OF_TERMS[what].format(term, value)
    yield from (f"{label} {numbers[name]:{form}}" for label, name, form in _FIGURES if name in numbers)
