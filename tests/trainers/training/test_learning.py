"""It learns: SFT on flawed demonstrations, then GRPO under a rewards file, on boxes of handwritten digits."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import load_dataset

from vlm_rewards import load_scorer
from vlm_rewards_digits import build_model, write_data
from vlm_rewards_trl.evaluation.compare import compare
from vlm_rewards_trl.training.train import train

pytestmark = pytest.mark.filterwarnings("default")

# That of the digits without the term for numbers, which a dataset of boxes has no use for.
REWARDS = """\
version: 1
rewards:
  format: {use: format/think_answer, weight: 0.2}
  box: {use: grounding/box_iou, gate: format, params: {space: pixels}}
"""


def test_held_out_reward_rises_greedy_and_sampled(tmp_path: Path) -> None:
    files = write_data(tmp_path / "data", tasks=("box",), n_sft=3840, n_train=1000, n_test=100)
    rewards = tmp_path / "rewards.yaml"
    rewards.write_text(REWARDS)
    common = {"report_to": "none", "save_strategy": "no", "logging_steps": 20, "disable_tqdm": True}
    start = train(
        "sft",
        {
            "model": str(build_model(tmp_path / "base")),
            "dataset": {"path": "parquet", "data_files": str(files["sft"])},
            "output_dir": str(tmp_path / "sft"),
            "training": {
                **common,
                "max_steps": 120,
                "per_device_train_batch_size": 32,
                "learning_rate": 3e-3,
                "lr_scheduler_type": "cosine",
                "warmup_steps": 50,
                "adam_beta2": 0.95,
            },
        },
    )
    aligned = train(
        "grpo",
        {
            "model": str(start),
            "dataset": {"path": "parquet", "data_files": str(files["train"])},
            "rewards": str(rewards),
            "output_dir": str(tmp_path / "grpo"),
            "training": {
                **common,
                "max_steps": 25,
                "per_device_train_batch_size": 64,
                "num_generations": 8,
                "max_completion_length": 32,
                "learning_rate": 3e-4,
            },
        },
    )
    held_out = load_dataset("parquet", data_files=str(files["test"]), split="train")
    scorer = load_scorer(rewards)
    summary = compare({"sft": start, "grpo": aligned}, held_out, scorer, max_tokens=32).summary
    for mode in ("greedy", "sampled"):
        before, after = summary.of("sft", mode).total, summary.of("grpo", mode).total
        assert before is not None
        assert after is not None
        assert after.mean >= before.mean + 0.2, f"{mode}: {before} -> {after}"
