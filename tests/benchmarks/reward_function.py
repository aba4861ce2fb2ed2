"""What the composed reward costs: against the same three functions written by hand, and as a share of a GRPO step.

python -m tests.benchmarks.reward_function

Both run in this process, in turn, on the same completions; quote the ratio and the share, not the times.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from vlm_rewards_trl import RewardFunction, reward_function

REWARDS = Path(__file__).parents[2] / "examples/digits/rewards.yaml"
ROUNDS = 50
STEPS = 10
FORM = re.compile(r"^<think>.+?</think>\s*<answer>.+?</answer>$", re.DOTALL)


def by_hand(completions: list[Any], solution: list[str], task: list[str], **_: Any) -> list[float]:
    """The three rewards as notebooks write them."""
    totals = []
    for completion, gold, kind in zip(completions, solution, task, strict=True):
        text = completion[0]["content"]
        form = bool(FORM.match(text.strip()))
        right = 0.0
        if form:
            answer = text.split("<answer>")[1].split("</answer>")[0]
            if kind == "box":
                right = _iou(json.loads(answer)["bbox_2d"], json.loads(gold)) if "bbox_2d" in answer else 0.0
            else:
                found = re.findall(r"\\boxed\{(.*?)\}", answer)
                right = float(bool(found) and found[-1] == gold)
        totals.append(0.2 * form + right)
    return totals


def _iou(a: list[float], b: list[float]) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def rows(count: int) -> dict[str, Any]:
    """Completions as a policy in training writes them, with their columns."""
    think = "<think>" + "three and four and so on " * 10 + "</think>"
    texts = [
        (think + "<answer>\\boxed{7}</answer>", "7", "sum"),
        (think + "<answer>\\boxed{8}</answer>", "7", "count"),
        (think + '<answer>{"bbox_2d": [8, 0, 16, 8]}</answer>', "[8, 0, 16, 8]", "box"),
        ("no form at all, \\boxed{7}", "7", "sum"),
    ]
    chosen = [texts[index % len(texts)] for index in range(count)]
    return {
        "prompts": [[{"role": "user", "content": "?"}]] * count,
        "completions": [[{"role": "assistant", "content": text}] for text, _, _ in chosen],
        "completion_ids": [[1]] * count,
        "solution": [solution for _, solution, _ in chosen],
        "task": [task for _, _, task in chosen],
    }


def side_by_side(ours: Callable[..., Any], theirs: Callable[..., Any], batch: dict[str, Any]) -> tuple[float, float]:
    """Median seconds of both, run in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for function, kept in zip((ours, theirs), times, strict=True):
            start = perf_counter()
            function(**batch)
            kept.append(perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def share_of_a_step() -> tuple[float, float]:
    """Seconds of a GRPO step on the embedded model, and of our function in it."""
    from vlm_rewards_digits import build_model, write_data
    from vlm_rewards_trl import Recipe, grpo

    spent: list[float] = []
    plain = RewardFunction.__call__

    def timed(self: RewardFunction, *args: Any, **kwargs: Any) -> list[float | None]:
        start = perf_counter()
        result = plain(self, *args, **kwargs)
        spent.append(perf_counter() - start)
        return result

    with tempfile.TemporaryDirectory() as folder:
        files = write_data(Path(folder) / "data", n_sft=3, n_train=200, n_test=3)
        recipe = Recipe.read(
            {
                "model": str(build_model(Path(folder) / "model")),
                "dataset": {"path": "parquet", "data_files": str(files["train"])},
                "rewards": str(REWARDS),
                "output_dir": str(Path(folder) / "out"),
                "training": {
                    "max_steps": STEPS,
                    "per_device_train_batch_size": 64,
                    "num_generations": 8,
                    "max_completion_length": 32,
                    "report_to": "none",
                    "save_strategy": "no",
                    "disable_tqdm": True,
                    "logging_steps": STEPS,
                },
            }
        )
        trainer = grpo(recipe)
        RewardFunction.__call__ = timed  # type: ignore[method-assign]
        start = perf_counter()
        trainer.train()
        total = perf_counter() - start
        RewardFunction.__call__ = plain  # type: ignore[method-assign]
    return total / STEPS, sum(spent) / STEPS


def main() -> None:
    """Print both tables."""
    function = reward_function(REWARDS)
    print(f"{'completions':>12} {'ours':>10} {'by hand':>10} {'ratio':>7} {'extra per completion':>21}")
    for count in (64, 512, 4096):
        batch = rows(count)
        expected = [round(total, 9) for total in by_hand(**batch)]
        assert [round(total or 0, 9) for total in function(**batch)] == expected
        ours, hand = side_by_side(function, by_hand, batch)
        extra = (ours - hand) / count * 1e6
        print(f"{count:>12} {ours * 1e3:>7.2f} ms {hand * 1e3:>7.2f} ms {ours / hand:>7.2f} {extra:>18.2f} us")
    step, reward = share_of_a_step()
    print(f"\nGRPO step of 64 completions: {step:.3f} s, of which rewards {reward * 1e3:.2f} ms: {reward / step:.2%}")


if __name__ == "__main__":
    main()
