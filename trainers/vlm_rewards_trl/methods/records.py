"""Puts the record of the rewards into every checkpoint and into the model card, while TRL trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import TrainerCallback
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from vlm_rewards_trl.recipe.provenance import Provenance

__all__ = ["SaveRecords"]


class SaveRecords(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Writes the record where TRL writes weights.

    Args:
        provenance: What the run trains by.
    """

    def __init__(self, provenance: Provenance) -> None:
        self.provenance = provenance

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Write the record into the output folder, from which TRL pushes to the hub."""
        del control
        if state.is_world_process_zero:
            Path(args.output_dir).mkdir(parents=True, exist_ok=True)
            self.provenance.write(Path(args.output_dir))

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Write the record into the checkpoint, and the rewards into the model card that TRL has just written."""
        del control
        if not state.is_world_process_zero:
            return
        checkpoint = Path(args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
        if checkpoint.is_dir():
            self.provenance.write(checkpoint)
        self.provenance.sign(Path(args.output_dir) / "README.md")
