"""Run a recipe: build the trainer of a method, train, save the model with its processor."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from vlm_rewards import load_scorer
from vlm_rewards_trl.recipe import Recipe

__all__ = ["check", "train"]


def train(method: str, recipe: str | Path | Mapping[str, Any], **overrides: Any) -> Path:
    """Train as a recipe says.

    Args:
        method: `grpo`, `gspo` or `sft`.
        recipe: The recipe file, or the same as a dict.
        **overrides: Arguments of TRL that replace the recipe's.

    Returns:
        The folder of the trained model.

    Raises:
        ConfigError: The recipe or the rewards file is wrong.
        ColumnError: The dataset lacks what a reward reads.
    """
    read = Recipe.read(recipe, **overrides)
    trainer = getattr(import_module(f"vlm_rewards_trl.{method}"), method)(read)
    trainer.train(resume_from_checkpoint=trainer.args.resume_from_checkpoint)
    trainer.save_model(read.config.output_dir)
    return Path(read.config.output_dir)


def check(method: str, recipe: str | Path | Mapping[str, Any], **overrides: Any) -> None:
    """Check all of a recipe that can be checked without loading its model or its dataset. Raises ConfigError."""
    import trl

    adapter = import_module(f"vlm_rewards_trl.{method}")
    read = Recipe.read(recipe, **overrides)
    read.arguments(trl.SFTConfig if method == "sft" else trl.GRPOConfig, adapter.DEFAULTS)
    if method != "sft":
        load_scorer(read.rewards, context=None)
