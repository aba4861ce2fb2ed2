"""What a zoom tool is worth, where digits are too small to read: `python -m tests.benchmarks.zoom --seeds 3`.

For every seed and arm: the model of `examples/zoom/tiny.py` with random weights, SFT on demonstrations, and GRPO of
stock TRL under `examples/zoom/rewards.yaml`. The demonstrations of the arm `tool` call the tool in 40 of 100; those of
the arm `none` never do, and its GRPO has no tool. Both are asked about the same held-out pictures, of scans that no
training picture has, and sample as in training.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from time import process_time
from typing import Any

from examples.zoom.zoom import Zoom
from tests.benchmarks import zoom_model as tiny

EXAMPLE = Path(__file__).parents[2] / "examples/zoom"
ARMS = ("tool", "none")
SHARE = {"tool": 0.4, "none": 0.0}
HELD_OUT = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="The first seed.")
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--sft-steps", type=int, default=600)
    parser.add_argument("--grpo-steps", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=Path("runs/zoom"))
    options = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {}
    for arm in options.arms.split(","):
        for seed in range(options.first, options.first + options.seeds):
            found.setdefault(arm, []).append(run(arm, seed, options))
            print(arm, seed, json.dumps(found[arm][-1]), flush=True)
    print_table(found)


def run(arm: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Train one arm of one seed, and ask it before and after GRPO; what is there already is not done again."""
    written = options.folder / f"{arm}{seed}.json"
    if written.exists():
        found: dict[str, Any] = json.loads(written.read_text())
        return found
    begin = process_time()
    model, processor = demonstrated(SHARE[arm], seed, options)
    sft_seconds = process_time() - begin
    begin = process_time()
    trainer = grpo(model, processor, arm, seed, options)
    before = evaluate(trainer)
    begin = process_time()
    trainer.train()
    grpo_seconds = process_time() - begin
    found = {
        "before": before,
        "after": evaluate(trainer),
        "seconds": {"sft": round(sft_seconds), "grpo": round(grpo_seconds)},
    }
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps(found))
    return found


def demonstrated(share: float, seed: int, options: argparse.Namespace) -> tuple[Any, Any]:
    """A model after SFT on demonstrations of which so many call the tool, and its processor."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    def converse(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        made = [tiny.demonstration(random.Random(f"{seed} {number}"), "train", share) for number in batch["number"]]
        return {name: [row[name] for row in made] for name in made[0]}

    model, processor = tiny.build(seed)
    numbers = Dataset.from_dict({"number": list(range(64 * options.sft_steps))})
    arguments = SFTConfig(
        max_steps=options.sft_steps,
        per_device_train_batch_size=64,
        learning_rate=2e-3,
        lr_scheduler_type="cosine",
        warmup_steps=50,
        assistant_only_loss=True,
        max_length=None,
        **common(options, seed),
    )
    trainer = SFTTrainer(model, arguments, train_dataset=numbers.with_transform(converse), processing_class=processor)
    trainer.train()
    return model, processor


def grpo(model: Any, processor: Any, arm: str, seed: int, options: argparse.Namespace) -> Any:
    """TRL's trainer, which has learnt nothing yet."""
    from datasets import Dataset, Image
    from trl import GRPOConfig, GRPOTrainer

    from vlm_rewards_trl import reward_function

    arguments = GRPOConfig(
        max_steps=options.grpo_steps,
        per_device_train_batch_size=64,
        per_device_eval_batch_size=128,
        num_generations=8,
        num_generations_eval=1,
        learning_rate=3e-4,
        lr_scheduler_type="constant",
        max_completion_length=32,
        max_tool_calling_iterations=2,
        generation_kwargs={"suppress_tokens": [model.config.image_token_id, model.config.video_token_id]},
        beta=0.0,
        **common(options, seed),
    )
    data = {
        part: Dataset.from_dict(tiny.rows(count, split=part, seed=seed)).cast_column("image", Image())
        for part, count in (("train", 2000), ("test", HELD_OUT))
    }
    return GRPOTrainer(
        model,
        reward_function(EXAMPLE / "rewards.yaml", processing_class=processor, args=arguments),
        arguments,
        train_dataset=data["train"],
        eval_dataset=data["test"],
        processing_class=processor,
        environment_factory=Zoom if arm == "tool" else None,
    )


def common(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    return {
        "output_dir": str(options.folder / "trainer"),
        "seed": seed,
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "remove_unused_columns": False,
        "dataloader_pin_memory": False,
        "logging_steps": 20,
        "report_to": "none",
        "save_strategy": "no",
        "disable_tqdm": True,
    }


def evaluate(trainer: Any) -> dict[str, float]:
    """The share of right answers to the held-out pictures, and of answers after a look through the tool."""
    logs = trainer.evaluate()
    return {"right": logs["eval_rewards/right/mean"], "looks": logs.get("eval_tools/call_frequency", 0.0)}


def print_table(found: dict[str, list[dict[str, Any]]]) -> None:
    print("| arm | seeds | right before | right after | looks before | looks after | CPU seconds (SFT, GRPO) |")
    print("|---|---|---|---|---|---|---|")
    for arm, runs in found.items():
        cells = [interval([run[when][what] for run in runs]) for what in ("right", "looks") for when in run_parts()]
        seconds = ", ".join(f"{fmean(run['seconds'][part] for run in runs):.0f}" for part in ("sft", "grpo"))
        print(f"| {arm} | {len(runs)} | {' | '.join(cells)} | {seconds} |")


def run_parts() -> tuple[str, str]:
    return "before", "after"


#: Student's t for a two-sided interval of 95 %, by the number of runs.
_T = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}


def interval(values: Sequence[float]) -> str:
    """Mean and half of the interval of 95 % over the seeds."""
    mean = f"{fmean(values):.2f}"
    if len(values) not in _T:
        return mean
    return f"{mean} ± {_T[len(values)] * stdev(values) / len(values) ** 0.5:.2f}"


if __name__ == "__main__":
    main()
