"""Run a recipe: build the trainer of a method, train, save the model with its processor."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vlm_rewards.errors import ConfigError
from vlm_rewards_trl.checks.disk import check_disk, check_folder, is_full
from vlm_rewards_trl.checks.surroundings import check_surroundings
from vlm_rewards_trl.data.dataset import STREAMED, load
from vlm_rewards_trl.methods.registry import find_method
from vlm_rewards_trl.recipe.provenance import Provenance
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.training.resume import checkpoint_of, resume_hint
from vlm_rewards_trl.training.stopping import saves_on_sigterm

logger = logging.getLogger(__name__)


def train(method: str, recipe: str | Path | Mapping[str, Any], **overrides: Any) -> Path:
    """Train as a recipe says.

    Args:
        method: `sft`, `dpo`, `mpo`, `grpo`, `gspo` or `rloo`.
        recipe: The recipe file, or the same as a dict.
        **overrides: Values in the place of the recipe's, as `Recipe.read` takes them.

    Returns:
        The folder of the trained model.

    Raises:
        ConfigError: The method, the recipe or the rewards file is wrong, the checkpoint is another run's, or the disk
            is full.
        ColumnError: The dataset lacks what the method or a reward reads.
    """
    build = find_method(method)
    read = Recipe.read(recipe, **overrides)
    check_folder(read)
    checkpoint = checkpoint_of(read, method)
    trainer = build(read)
    provenance = Provenance.of(read, method)  # now: the file may be edited while the run goes on
    check_disk(trainer, read)
    folder = Path(read.config.output_dir)
    try:
        with saves_on_sigterm(trainer):
            trainer.train(resume_from_checkpoint=checkpoint)
        trainer.save_model(str(folder))
    except BaseException as error:  # Ctrl-C too
        hint = resume_hint(trainer.state.global_step, str(folder))
        if is_full(folder, error):
            raise ConfigError(f"The disk of '{folder}' is full; free some space. {hint}") from error
        logger.warning(hint)
        raise
    _write_model_card(trainer, provenance, folder)
    return folder


def check(method: str, recipe: str | Path | Mapping[str, Any], **overrides: Any) -> None:
    """Check all of a recipe that can be checked without its model, and the first rows of a dataset in files.

    Raises:
        ConfigError: The method, the recipe or the rewards file is wrong.
        ColumnError: A run would stop at one of the first 64 rows.
    """
    build, read = find_method(method), Recipe.read(recipe, **overrides)
    check_surroundings(read, build.check(read))
    source = read.config.dataset
    files = [source.data_files] if isinstance(source.data_files, str) else source.data_files or []
    if files and all(Path(file).is_file() for file in files):
        first = source.model_copy(update={"streaming": True, "limit": min(source.limit or STREAMED, STREAMED)})
        load(replace(read, config=read.config.model_copy(update={"dataset": first})), answers=build.learns_answers)


def _write_model_card(trainer: Any, provenance: Provenance, folder: Path) -> None:
    """Put the rewards into the model card, which TRL writes anew whenever it pushes."""
    if not trainer.is_world_process_zero():
        return
    card = folder / "README.md"
    trainer.create_model_card(model_name=folder.name)
    provenance.update_model_card(card)
    if trainer.args.push_to_hub:
        from huggingface_hub import HfApi

        HfApi(token=trainer.args.hub_token).upload_file(
            path_or_fileobj=str(card),
            path_in_repo=card.name,
            repo_id=trainer.hub_model_id,
            revision=trainer.args.hub_revision,
            commit_message="Rewards in the model card",
        )
