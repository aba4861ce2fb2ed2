"""Run by torchrun in two processes: the verb `train` as anybody calls it; each rank tells what it ended with."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import trl

from vlm_rewards.cli import main

SAVE = trl.GRPOTrainer.save_model
TOLD: dict[str, Any] = {}


def tell(trainer: Any, *given: Any, **more: Any) -> None:
    """Keep the weights and the logged rewards of this rank, then save as ever; all ranks save at the end."""
    digest = hashlib.sha256()
    for weight in trainer.accelerator.unwrap_model(trainer.model).state_dict().values():
        digest.update(weight.detach().contiguous().view(-1).float().numpy().tobytes())
    rewards = [entry["reward"] for entry in trainer.state.log_history if "reward" in entry]
    TOLD.update(weights=digest.hexdigest(), rewards=rewards, steps=trainer.state.global_step)
    SAVE(trainer, *given, **more)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[2])  # where the pack of the test is
    trl.GRPOTrainer.save_model = tell
    try:
        main(["train", "grpo", sys.argv[1]], standalone_mode=False)
    except SystemExit as ended:
        TOLD["ended"] = ended.code
    (Path(sys.argv[2]) / f"rank{os.environ['RANK']}.json").write_text(json.dumps(TOLD))
