"""The plan of a run: which prompts each generation takes, by what they taught and by the curriculum."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from numbers import Real
from random import Random
from typing import Any

from transformers import TrainerCallback

from vlm_rewards.config.document import Problem
from vlm_rewards.errors import ConfigError
from vlm_rewards.text.messages import did_you_mean, show
from vlm_rewards_trl.recipe.recipe import Recipe, SamplingConfig
from vlm_rewards_trl.reward.ranks import gathered

__all__ = ["SLOT", "Plan", "check_sampling"]

#: Column of the places in the plan, which stand for rows of the dataset.
SLOT = "sampling_slot"

_STATE = "SamplingPlan"  # in the state of a checkpoint
_ROUNDING = 1e-6  # rewards that differ by no more are equal


def check_sampling(recipe: Recipe, arguments: Any) -> None:
    """Raise ConfigError where TRL's arguments leave no room for a plan; its own shuffle is turned off."""
    streaming, workers = recipe.config.dataset.streaming, arguments.dataloader_num_workers
    options = {
        ("dataset", "streaming"): (streaming, "a stream has an order of its own; leave it out"),
        ("training", "max_steps"): (arguments.max_steps <= 0, "how long is the run? Give its updates"),
        ("training", "dataloader_num_workers"): (workers, "workers would not know the scores; leave it out"),
        ("training", "ignore_data_skip"): (arguments.ignore_data_skip, "a resumed run would not go on; leave it out"),
    }
    wrong = [
        Problem(place, f"`sampling` plans the prompts: {why}.") for place, (given, why) in options.items() if given
    ]
    if wrong:
        raise recipe.document.error(wrong)
    arguments.shuffle_dataset = False


class Plan(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Draws the prompts of a generation when the loader first reads it, by what is known then.

    The loader reads one batch ahead, at the same update in every process, and all processes know all scores of the
    updates before; so every one draws the same, and a checkpoint holds what was drawn. A prompt is due once in each
    pass; one whose answers taught nothing sits out some passes.

    Args:
        recipe: Says how to sample.
        rows: The dataset.
        arguments: TRL's arguments.
    """

    def __init__(self, recipe: Recipe, rows: Any, arguments: Any) -> None:
        self.config = recipe.config.sampling or SamplingConfig()
        self.rows, self.seed = rows, arguments.seed
        self.prompts = arguments.generation_batch_size // arguments.num_generations
        self.used, self.accumulated = (
            arguments.steps_per_generation * arguments.num_iterations,
            arguments.gradient_accumulation_steps,
        )
        self.generations = ceil(arguments.max_steps * self.accumulated / self.used)
        self.values = _values(recipe, rows)
        self._check_ranges(recipe)
        self.scores: list[tuple[int, float | None]] = []  # by slot, of this process and this update
        self.state: dict[str, Any] = {"plans": [], "due": [0] * len(rows), "flat": [0] * len(rows), "pass": 0}

    def slots(self) -> Any:
        """The dataset that TRL reads: a place for each prompt of each generation, in order."""
        import datasets

        slots = datasets.Dataset.from_dict({SLOT: range(self.generations * self.prompts)})
        return slots.with_transform(self.read)

    def read(self, batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """The rows that stand in these places."""
        return {**self.rows[[self._row(slot) for slot in batch[SLOT]]], SLOT: batch[SLOT]}

    def note(self, columns: Mapping[str, Any], totals: Sequence[float | None]) -> None:
        """Remember the rewards of completions, whose places are a column."""
        self.scores += zip(columns[SLOT], totals, strict=True)

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Go on with the plan of the checkpoint. Raises ConfigError where it has none for these rows."""
        saved = state.stateful_callbacks.get(_STATE)
        if state.global_step and (saved is None or len(saved["due"]) != len(self.rows)):
            has = "none" if saved is None else f"one for {len(saved['due'])} rows"
            message = f"`sampling` goes on with the plan of the checkpoint for {len(self.rows)} rows, which has {has}."
            raise ConfigError(f"{message} Resume with the dataset and `sampling` of that run, or start anew from it.")
        self.state = saved or self.state
        state.stateful_callbacks[_STATE] = self.state

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Share the rewards of this update, and count the visits in a row that taught nothing."""
        groups = defaultdict(list)
        for slot, total in gathered(self.scores):
            groups[slot].append(total)
        self.scores = []
        flat = self.state["flat"]
        for slot, totals in groups.items():
            known = [total for total in totals if total is not None]
            row = self._row(slot)
            flat[row] = flat[row] + 1 if not known or max(known) - min(known) <= _ROUNDING else 0

    def _row(self, slot: int) -> int:
        generation, place = divmod(slot, self.prompts)
        plans = self.state["plans"]
        while generation >= len(plans):
            plans.append(self._draw(len(plans)))
        return int(plans[generation][place])

    def _draw(self, generation: int) -> list[int]:
        """The prompts that are due first, of the curriculum's; among equals, chance decides."""
        due, flat, now = self.state["due"], self.state["flat"], self.state["pass"]
        most, chance = self.config.skip_solved, Random(f"{self.seed} {generation}")  # noqa: S311 - an order, no secret
        step = generation * self.used // self.accumulated
        # A prompt that joins late owes no visits of passes before.
        passes = {
            row: max(due[row] + self.config.rest * (most is not None and flat[row] >= most), now)
            for row in self._open(step)
        }
        drawn = heapq.nsmallest(self.prompts, passes, key=lambda row: (passes[row], chance.random()))
        self.state["pass"] = passes[drawn[0]]
        for row in drawn:
            due[row] = passes[row] + 1
        return drawn

    def _open(self, step: int) -> Iterator[int]:
        """The rows that the curriculum takes at an update."""
        if self.config.curriculum is None:
            yield from range(len(self.rows))
            return
        low, high = next((low, high) for since, low, high in reversed(self.config.curriculum.schedule) if step >= since)
        yield from (row for row, value in enumerate(self.values) if low <= value <= high)

    def _check_ranges(self, recipe: Recipe) -> None:
        """Raise ConfigError for a range that has fewer prompts than a generation takes."""
        schedule = self.config.curriculum.schedule if self.config.curriculum else []
        problems = []
        for place, (step, low, high) in enumerate(schedule):
            count = sum(1 for _ in self._open(step))
            if count < self.prompts:
                message = (
                    f"{count} prompts lie from {low:g} to {high:g}, and a generation takes {self.prompts}; widen it."
                )
                problems.append(Problem(("sampling", "curriculum", "schedule", place), message))
        if problems:
            raise recipe.document.error(problems)


def _values(recipe: Recipe, rows: Any) -> list[float]:
    """The column of the curriculum. Raises ConfigError where it is missing, or holds anything but numbers."""
    sampling = recipe.config.sampling
    if sampling is None or sampling.curriculum is None:
        return []
    name, place = sampling.curriculum.by, ("sampling", "curriculum", "by")
    if name not in rows.column_names:
        has = f"only {', '.join(rows.column_names)}.{did_you_mean(name, rows.column_names)}"
        raise recipe.document.error([Problem(place, f"the dataset has no column '{name}', {has}")])
    values = list(rows.with_format(None)[name])
    for row, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, Real) or value != value:  # noqa: PLR0124 - not a number
            message = f"row {row} has {show(value)} where a number is needed; fill the column, or leave the row out."
            raise recipe.document.error([Problem(place, message)])
    return values
