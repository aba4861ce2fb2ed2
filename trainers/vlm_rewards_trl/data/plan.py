"""The plan of a run: which prompts each generation takes, by what they taught and by a curriculum."""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from accelerate.utils import gather_object
from transformers import TrainerCallback

from vlm_rewards.config.document import Problem
from vlm_rewards.errors import ConfigError
from vlm_rewards.text.messages import did_you_mean
from vlm_rewards_trl.recipe.recipe import Recipe, SamplingConfig

#: Column of the places in the plan, which stand for rows of the dataset.
SLOT = "sampling_slot"

_STATE = "SamplingPlan"  # in the state of a checkpoint
_ROUNDING = 1e-6  # rewards that differ by no more are equal


def check_sampling(recipe: Recipe, arguments: Any) -> None:
    """Turn TRL's own shuffle off. Raises ConfigError where its arguments leave no room for a plan."""
    arguments.shuffle_dataset = False
    streaming, workers = recipe.config.dataset.streaming, arguments.dataloader_num_workers
    against = {
        ("dataset", "streaming"): (streaming, "takes rows in any order; leave it out"),
        ("training", "max_steps"): (arguments.max_steps <= 0, "needs the number of updates"),
        ("training", "dataloader_num_workers"): (workers, "has scores that workers do not know; leave it out"),
        ("training", "ignore_data_skip"): (arguments.ignore_data_skip, "goes on where a run stopped; leave it out"),
    }
    recipe.refuse(Problem(place, f"`sampling` {why}.") for place, (given, why) in against.items() if given)


class Plan(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Draws the prompts of a generation when the loader first reads it.

    The loader reads one batch ahead, in all processes at the same update, and all know the scores of the updates
    before: every one draws the same, and a checkpoint holds what was drawn. Raises ConfigError for a curriculum that
    the dataset cannot follow.
    """

    def __init__(self, recipe: Recipe, rows: Any, arguments: Any) -> None:
        self.rows, self.seed = rows, arguments.seed
        self.config = recipe.config.sampling or SamplingConfig()
        self.prompts = arguments.generation_batch_size // arguments.num_generations
        self.used = arguments.steps_per_generation * arguments.num_iterations  # microbatches of a generation
        self.accumulated = arguments.gradient_accumulation_steps  # microbatches of an update
        self.generations = -(-arguments.max_steps * self.accumulated // self.used)
        self.open = _ranges(recipe, rows, self.prompts)
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
        """Remember the rewards of completions."""
        self.scores += zip(columns[SLOT], totals, strict=True)

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Go on with the plan of the checkpoint. Raises ConfigError where it has none for these rows."""
        saved = state.stateful_callbacks.setdefault(_STATE, {} if state.global_step else self.state)
        if len(saved.get("due", ())) != len(self.rows):
            message = f"The checkpoint has no plan of `sampling` for {len(self.rows)} prompts"
            raise ConfigError(f"{message}. Resume with the dataset and `sampling` of its run, or start anew from it.")
        self.state = saved

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Share the rewards of this update, and count the visits in a row that taught nothing."""
        groups: dict[int, list[float]] = defaultdict(list)
        for slot, total in gather_object(self.scores):
            groups[self._row(slot)] += [] if total is None else [total]
        self.scores, flat = [], self.state["flat"]
        for row, totals in groups.items():
            flat[row] = 0 if totals and max(totals) - min(totals) > _ROUNDING else flat[row] + 1

    def _row(self, slot: int) -> int:
        generation, place = divmod(slot, self.prompts)
        while generation >= len(self.state["plans"]):
            self._draw()
        return int(self.state["plans"][generation][place])

    def _draw(self) -> None:
        """Take the prompts that are due first, among equals by chance; one that taught nothing sits out some passes."""
        plans, due, flat = (self.state[name] for name in ("plans", "due", "flat"))
        chance = Random(f"{self.seed} {len(plans)}")  # noqa: S311 - an order, no secret
        step = len(plans) * self.used // self.accumulated
        most, passes = self.config.skip_solved, {}
        for row in next(rows for since, rows in reversed(self.open) if since <= step):
            rest = self.config.rest if most is not None and flat[row] >= most else 0
            passes[row] = max(due[row] + rest, self.state["pass"])  # who joins late owes no visits
        drawn = heapq.nsmallest(self.prompts, passes, key=lambda row: (passes[row], chance.random()))
        self.state["pass"] = passes[drawn[0]]
        for row in drawn:
            due[row] = passes[row] + 1
        plans.append(drawn)


def _ranges(recipe: Recipe, rows: Any, least: int) -> list[tuple[int, Sequence[int]]]:
    """The rows that are open from an update on. Raises ConfigError for no column of numbers, and for fewer rows."""
    found: list[tuple[int, Sequence[int]]] = [(0, range(len(rows)))]
    curriculum = recipe.config.sampling and recipe.config.sampling.curriculum
    if not curriculum:
        return found
    place, name, names = ("sampling", "curriculum"), curriculum.by, rows.column_names
    if not str(getattr(rows.features.get(name), "dtype", "")).startswith(("int", "uint", "float")):
        message = f"'{name}' is not a column of numbers; the dataset has {', '.join(names)}.{did_you_mean(name, names)}"
        raise recipe.error((*place, "by"), message)
    values = list(rows.with_format(None)[name])
    for at, (since, low, high) in enumerate(curriculum.schedule):
        taken = [row for row, value in enumerate(values) if value is not None and low <= value <= high]
        if len(taken) < least:
            message = f"{len(taken)} prompts lie from {low:g} to {high:g}, and a generation takes {least}; widen it."
            raise recipe.error((*place, "schedule", at), message)
        found.append((since, taken))
    return sorted(found, key=lambda since_rows: since_rows[0])
