"""The benchmark for a GPU runs on a CPU too, and the functions that it compares ours with pay the same."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.benchmarks import gpu
from tests.benchmarks.reward_function import REWARDS
from vlm_rewards_trl import reward_function

pytestmark = pytest.mark.filterwarnings("default")

ANSWERS = [
    ("<think>3+4</think><answer>\\boxed{7}</answer>", "7", "sum", 1.2),
    ("<think>3+4</think><answer>\\boxed{8}</answer>", "7", "count", 0.2),
    ("<think>3+4<answer>\\boxed{7}</answer>", "7", "sum", 0.0),
    ("", "7", "sum", 0.0),
    ('<think>4</think><answer>{"bbox_2d": [8, 0, 16, 8]}</answer>', "[8, 0, 16, 8]", "box", 1.2),
    ('<think>4</think><answer>{"bbox_2d": [8, 0, 16, 4]}</answer>', "[8, 0, 16, 8]", "box", 0.7),
    ('<think>4</think><answer>{"bbox_2d": [8, 0, 16</answer>', "[8, 0, 16, 8]", "box", 0.2),
    ('<think>4</think><answer>{"bbox_2d": [8, 0]}</answer>', "[8, 0, 16, 8]", "box", 0.2),
    ("<think>4</think><answer>row 0</answer>", "[8, 0, 16, 8]", "box", 0.2),
]


def test_bare_functions_pay_what_the_rewards_file_pays() -> None:
    texts, solutions, tasks, wanted = (list(column) for column in zip(*ANSWERS, strict=True))
    completions = [[{"role": "assistant", "content": text}] for text in texts]
    assert gpu.bare(completions, solutions, tasks) == pytest.approx(wanted)
    prompts = [[{"role": "user", "content": "?"}]] * len(texts)
    ours = reward_function(REWARDS)(prompts, completions, solution=solutions, task=tasks)
    assert ours == pytest.approx(wanted)


def test_a_clock_stops_at_its_limit_but_measures_a_cycle_first() -> None:
    class Control:
        should_training_stop = False

    clock, control, steps = gpu.Clock(limit=0.0), Control(), 0
    clock.on_train_begin(None, None, control)
    while not control.should_training_stop:
        clock.on_step_end(None, None, control)
        steps += 1
    assert steps == 2 * gpu.CYCLE
    assert clock.ends == sorted(clock.ends)


def test_both_methods_on_both_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = dataclasses.replace(gpu.TINY, sft_steps=2, batch=8)
    runs = gpu.measure(plan, tmp_path, seed=0)
    gpu.print_runs(runs)
    printed = capsys.readouterr().out
    assert [run.name for run in runs] == ["grpo, ours", "grpo, bare", "gspo, ours", "gspo, bare"]
    for run in runs:
        assert run.steps == plan.steps - gpu.CYCLE
        assert run.step > 0
        assert run.tokens > 0
        assert 0 < run.share < 1
        assert run.name in printed
    assert [run.first for run in runs[::2]] == [run.first for run in runs[1::2]]
