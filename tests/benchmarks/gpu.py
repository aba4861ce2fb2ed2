"""GRPO and GSPO at the size of a GPU, with our rewards and with bare functions: `python -m tests.benchmarks.gpu`.

A model of 60 million parameters is trained from scratch on the digit pictures (SFT on flawed demonstrations, in bf16
where CUDA is), and then, in turn, by GRPO and GSPO under the rewards file of the example and under the same three
functions written by hand. Nothing is downloaded; every run has a limit of time, for 8 minutes in all.
`--cpu` does the same with the model of the demo on a CPU, in 5 minutes; `--tiny` only shows that the code runs.
"""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import TYPE_CHECKING, Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from transformers import TrainerCallback

from tests.benchmarks.reward_function import REWARDS, by_hand
from tests.benchmarks.small_vlm import Size, build

if TYPE_CHECKING:
    from vlm_rewards_trl.recipe.recipe import Recipe

METHODS = ("grpo", "gspo")
PATHS = ("ours", "bare")
MOST_ROWS = 19_200
ANSWER_TOKENS = 32
CYCLE = 4  # steps that GSPO takes per generation; the first of them are warm-up


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything; limits are in seconds and end a run at the next step."""

    size: Size
    sft_steps: int
    sft_batch: int
    sft_rate: float
    sft_limit: float
    steps: int
    batch: int
    rate: float
    limit: float
    generations: int
    rounds: int


FULL = Plan(
    size=Size(hidden=640, text_layers=8, vision_layers=4, heads=10, side=24, patch=8, initializer_range=0.04),
    sft_steps=800,
    sft_batch=64,
    sft_rate=5e-4,
    sft_limit=150,
    steps=10 * CYCLE,
    batch=256,
    rate=2e-5,
    limit=30,
    generations=8,
    rounds=2,
)
CPU = Plan(
    size=Size(hidden=128, text_layers=2, vision_layers=1, heads=4, side=24, patch=8, initializer_range=0.1),
    sft_steps=300,
    sft_batch=32,
    sft_rate=3e-3,
    sft_limit=120,
    steps=7 * CYCLE,
    batch=64,
    rate=1e-4,
    limit=60,
    generations=8,
    rounds=3,
)
TINY = Plan(
    size=Size(hidden=64, text_layers=1, vision_layers=1, heads=2, side=24, patch=8, initializer_range=0.1),
    sft_steps=4,
    sft_batch=16,
    sft_rate=3e-3,
    sft_limit=20,
    steps=2 * CYCLE,
    batch=16,
    rate=1e-4,
    limit=10,
    generations=8,
    rounds=1,
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took, after its first cycle.

    Args:
        name: Method and path of the rewards.
        steps: Steps that were measured.
        step: Seconds of a step, generation, rewards and update together.
        tokens: Tokens of completions per second, over all of a step.
        share: Share of the time spent in rewards.
        memory: Peak memory of the GPU in GiB; None without CUDA.
        first: Mean reward of the first batch.
        last: Mean reward of the last batch.
    """

    name: str
    steps: int
    step: float
    tokens: float
    share: float
    memory: float | None
    first: float
    last: float


class Clock(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Ends of steps, as the device reaches them; stops a run at its limit, if there is a cycle to measure."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.ends: list[float] = []

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.ends = [now()]

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.ends.append(now())
        over = self.ends[-1] - self.ends[0] > self.limit
        control.should_training_stop |= over and len(self.ends) > 2 * CYCLE


class Timed:
    """A reward function that keeps when it was called, how long it took, what it paid, and for how many tokens."""

    def __init__(self, function: Any) -> None:
        self.function, self.__name__ = function, function.__name__
        self.calls: list[tuple[float, float, float, int]] = []

    def __call__(self, **given: Any) -> list[float | None]:
        begin = now()
        totals: list[float | None] = self.function(**given)
        paid = fmean(total or 0.0 for total in totals)
        self.calls.append((begin, perf_counter() - begin, paid, sum(map(len, given["completion_ids"]))))
        return totals


def main(arguments: Sequence[str] | None = None) -> list[Run]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu", dest="plan", action="store_const", const=CPU, help="the demo's model, on a CPU")
    parser.add_argument("--tiny", dest="plan", action="store_const", const=TINY, help="the same code in half a minute")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    begin = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        runs = measure(options.plan or FULL, Path(folder), options.seed)
    print_runs(runs)
    print(f"\n{(perf_counter() - begin) / 60:.1f} minutes")
    return runs


def measure(plan: Plan, folder: Path, seed: int) -> list[Run]:
    """Train the start, then both methods on both paths, in turn."""
    from vlm_rewards_digits import write_data
    from vlm_rewards_trl import Recipe

    print(device())
    n_sft, n_train = (min(n, MOST_ROWS) for n in (plan.sft_steps * plan.sft_batch, plan.steps * plan.batch))
    files = write_data(folder / "data", n_sft=n_sft, n_train=n_train, n_test=3, seed=seed)
    parameters = build(folder / "base", plan.size, seed=seed)
    print(f"{parameters / 1e6:.1f} million parameters")
    start(Recipe.read(sft_recipe(plan, folder, files["sft"]), seed=seed), plan)
    runs = []
    for number in range(plan.rounds):
        for method in METHODS:
            recipe = Recipe.read(online_recipe(plan, folder, files["train"]), seed=seed + number)
            # Whatever the first of two runs has to warm up, it is not always ours.
            runs += [online(recipe, method, path, plan) for path in PATHS[:: -1 if number % 2 else 1]]
    return runs


def start(recipe: Recipe, plan: Plan) -> None:
    """SFT from random weights."""
    from vlm_rewards_trl import sft

    trainer, clock = sft(recipe), Clock(plan.sft_limit)
    trainer.add_callback(clock)
    trainer.train()
    trainer.save_model(recipe.config.output_dir)
    steps, taken = len(clock.ends) - 1, clock.ends[-1] - clock.ends[0]
    logged = [entry for entry in trainer.state.log_history if "loss" in entry][-1]
    tokens = logged["num_tokens"] / logged["step"] * steps / taken
    print(f"SFT: {steps} steps of {plan.sft_batch} in {taken:.0f} s, loss {logged['loss']:.3f}, {tokens:,.0f} tokens/s")


def online(recipe: Recipe, method: str, path: str, plan: Plan) -> Run:
    """One run of a method with our rewards or with bare functions."""
    import torch

    gc.collect()  # trainers hold themselves in cycles; the memory of the last one is not this one's
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    trainer = our_trainer(recipe, method) if path == "ours" else bare_trainer(recipe, method)
    clock, timed = Clock(plan.limit), Timed(trainer.reward_funcs[0])
    trainer.reward_funcs[0] = timed
    trainer.add_callback(clock)
    trainer.train()
    # Whole cycles only: GSPO generates and scores once for several steps.
    steps = (len(clock.ends) - 1) // CYCLE * CYCLE - CYCLE
    first, last = clock.ends[CYCLE], clock.ends[CYCLE + steps]
    calls = [call for call in timed.calls if first <= call[0] < last]
    memory = torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else None
    return Run(
        name=f"{method}, {path}",
        steps=steps,
        step=(last - first) / steps,
        tokens=sum(call[3] for call in calls) / (last - first),
        share=sum(call[1] for call in calls) / (last - first),
        memory=memory,
        first=timed.calls[0][2],
        last=timed.calls[-1][2],
    )


def our_trainer(recipe: Recipe, method: str) -> Any:
    import vlm_rewards_trl

    return vlm_rewards_trl.METHODS[method](recipe)


def bare_trainer(recipe: Recipe, method: str) -> Any:
    """TRL's own trainer with the same arguments, and nothing of ours around its reward function."""
    from trl import GRPOTrainer

    import vlm_rewards_trl
    from vlm_rewards_trl.data.dataset import load
    from vlm_rewards_trl.methods.method import load_processor

    return GRPOTrainer(
        model=recipe.config.model,
        reward_funcs=bare,
        args=vlm_rewards_trl.METHODS[method].check(recipe),
        train_dataset=load(recipe),
        processing_class=load_processor(recipe),
    )


def bare(completions: list[Any], solution: list[str], task: list[str], **_: Any) -> list[float]:
    """The functions written by hand, which stop at a broken box: such an answer has the right form at most."""
    totals = []
    for row in zip(completions, solution, task, strict=True):
        try:
            totals += by_hand(*([value] for value in row))
        except (ValueError, TypeError, LookupError, ZeroDivisionError):
            totals.append(0.2)
    return totals


def sft_recipe(plan: Plan, folder: Path, data: Path) -> dict[str, Any]:
    return {
        "model": str(folder / "base"),
        "dataset": {"path": "parquet", "data_files": str(data)},
        "output_dir": str(folder / "start"),
        "training": {
            **common(plan.sft_steps),
            "per_device_train_batch_size": plan.sft_batch,
            "learning_rate": plan.sft_rate,
            "lr_scheduler_type": "cosine",
            "warmup_steps": plan.sft_steps // 10,
            "adam_beta2": 0.95,
        },
    }


def online_recipe(plan: Plan, folder: Path, data: Path) -> dict[str, Any]:
    return {
        "model": str(folder / "start"),
        "dataset": {"path": "parquet", "data_files": str(data)},
        "rewards": str(REWARDS),
        "output_dir": str(folder / "online"),
        "training": {
            **common(plan.steps),
            "per_device_train_batch_size": plan.batch,
            "num_generations": plan.generations,
            "max_completion_length": ANSWER_TOKENS,
            "learning_rate": plan.rate,
        },
    }


def common(steps: int) -> dict[str, Any]:
    """Arguments of every run: bf16 only where CUDA is, and no recomputation, for which the model is too small."""
    import torch
    from trl import GRPOConfig

    # transformers 5.23 renamed the option.
    new, old = "activation_checkpointing", "gradient_checkpointing"
    return {
        "max_steps": steps,
        "bf16": torch.cuda.is_available(),
        new if new in GRPOConfig.__dataclass_fields__ else old: False,
        "logging_steps": max(1, steps // 8),
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }


def now() -> float:
    """The time when the device is done with what it was given."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return perf_counter()


def device() -> str:
    """Where this runs, with what."""
    import torch
    import transformers
    import trl

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    return f"{name}; torch {torch.__version__}, transformers {transformers.__version__}, trl {trl.__version__}"


def print_runs(runs: Sequence[Run]) -> None:
    heads = ("steps", "s/step", "tokens/s", "in rewards", "peak GiB", "first", "last reward")
    print(f"\n{'':<12}" + "".join(f"{head:>12}" for head in heads))
    for run in runs:
        memory = "" if run.memory is None else f"{run.memory:.2f}"
        print(
            f"{run.name:<12}{run.steps:>12}{run.step:>12.3f}{run.tokens:>12,.0f}{run.share:>12.3%}{memory:>12}"
            f"{run.first:>12.3f}{run.last:>12.3f}"
        )


if __name__ == "__main__":
    main()
