"""Run by torchrun in two processes: a reward fails on rank 1 only, in each of the ways that are given, in turn.

Then the verb `train` trains as anybody calls it, and each rank tells what it ended with.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch.distributed as dist
import trl

from vlm_rewards.cli import main
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


def train(recipe: Path) -> dict[str, Any]:
    """What this rank ended with: its weights, the logged rewards, the steps, and the code of the exit."""
    told: dict[str, Any] = {}
    save = trl.GRPOTrainer.save_model

    def tell(trainer: Any, *given: Any, **more: Any) -> None:
        """Keep what there is, then save as ever; all ranks save at the end."""
        digest = hashlib.sha256()
        for weight in trainer.accelerator.unwrap_model(trainer.model).state_dict().values():
            digest.update(weight.detach().contiguous().view(-1).float().numpy().tobytes())
        rewards = [entry["reward"] for entry in trainer.state.log_history if "reward" in entry]
        told.update(weights=digest.hexdigest(), rewards=rewards, steps=trainer.state.global_step)
        save(trainer, *given, **more)

    with patch.object(trl.GRPOTrainer, "save_model", tell):
        try:
            main(["train", "grpo", str(recipe)], standalone_mode=False)
        except SystemExit as ended:
            told["ended"] = ended.code
    return told


if __name__ == "__main__":
    os.environ.pop("VLM_REWARDS_ISOLATION", None)
    folder = Path(sys.argv[1])
    sys.path.insert(0, str(folder))  # where the packs of the test are
    dist.init_process_group("gloo")
    for mode in sys.argv[2:]:
        decide(mode, folder)
    (folder / f"rank{dist.get_rank()}.json").write_text(json.dumps(train(folder / "recipe.yaml")))
    dist.destroy_process_group()
