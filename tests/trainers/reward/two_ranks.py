"""Run by torchrun in two processes: a reward fails on rank 1 only, in each of the ways that are given, in turn."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import torch.distributed as dist

from vlm_rewards.errors import ScoringError
from vlm_rewards_trl.reward.factory import reward_function


def decide(mode: str, folder: Path) -> None:
    """Score batches until somebody stops the run, and write what this rank decided and when."""
    rank = dist.get_rank()
    term: dict[str, object] = {"use": "faulty/grade", "isolation": "inline" if mode == "raise" else "process"}
    term |= {} if mode == "raise" else {"timeout": 1.0}
    config = {
        "version": 1,
        "rewards": {"grade": term},
        "on_error": {"policy": "skip_row", "max_rate": 0.2, "window": 2},
    }
    function = reward_function(config)
    answer = mode if rank == 1 else "fine"
    decided, start = "went on", time.monotonic()
    for _ in range(4):
        try:
            function(prompts=["?"] * 2, completions=[answer, "fine"])
        except ScoringError as error:
            decided = str(error).partition(":")[0]
            break
    (folder / f"{mode}{rank}.txt").write_text(f"{decided}\n{time.monotonic() - start}")
    dist.barrier()


if __name__ == "__main__":
    os.environ.pop("VLM_REWARDS_ISOLATION", None)
    sys.path.insert(0, sys.argv[1])  # where the pack of the test is
    dist.init_process_group("gloo")
    for mode in sys.argv[2:]:
        decide(mode, Path(sys.argv[1]))
    dist.destroy_process_group()
