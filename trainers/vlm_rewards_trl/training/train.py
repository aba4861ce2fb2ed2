"""Run a recipe: build the trainer of a method, train, save the model with its processor."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from vlm_rewards import load_scorer
from vlm_rewards.errors import ConfigError
from vlm_rewards_trl.checks.surroundings import check_disk, check_folder, check_surroundings, is_full
from vlm_rewards_trl.data.dataset import STREAMED, column_names, load
from vlm_rewards_trl.generation import images_in
from vlm_rewards_trl.methods.offline import OfflineMethod
from vlm_rewards_trl.methods.registry import find_method
from vlm_rewards_trl.recipe.provenance import Provenance
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.error_budget import share
from vlm_rewards_trl.training.resume import checkpoint_of, resume_hint

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
        if not isinstance(error, ConfigError):  # one about the checkpoint to go on from
            logger.warning(hint)
        raise
    _write_model_card(trainer, provenance, folder)
    return folder


def check(method: str, recipe: str | Path | Mapping[str, Any], **overrides: Any) -> tuple[int, int]:
    """Check all of a recipe that can be checked without its model, and the first rows of a dataset in files.

    Returns:
        How many rows were read, and how many images they have.

    Raises:
        ConfigError: The method, the recipe or the rewards file is wrong.
        ColumnError: A run would stop at one of the first 64 rows.
    """
    build, read = find_method(method), Recipe.read(recipe, **overrides)
    check_surroundings(read, build.check(read))
    source = read.config.dataset
    files = [source.data_files] if isinstance(source.data_files, str) else source.data_files or []
    if not files or not all(Path(file).is_file() for file in files):
        return 0, 0
    first = source.model_copy(update={"streaming": True, "limit": min(source.limit or STREAMED, STREAMED)})
    rows = load(replace(read, config=read.config.model_copy(update={"dataset": first})), answers=build.learns_answers)
    if isinstance(build, OfflineMethod):
        build.check_columns(column_names(rows), source)
    else:
        with load_scorer(read.rewards, context=None) as scorer:
            scorer.check_columns(column_names(rows))
    counts = [len(images_in(row)) for row in rows]
    return len(counts), sum(counts)


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


@contextmanager
def saves_on_sigterm(trainer: Any) -> Iterator[None]:
    """Meanwhile SIGTERM ends the step, writes a checkpoint and raises SystemExit(143); a second one ends at once."""
    if threading.current_thread() is not threading.main_thread():  # others take no signals
        yield
        return
    stop = _Stop()
    trainer.add_callback(stop)
    former = signal.signal(signal.SIGTERM, stop.asked)
    try:
        yield
        if stop.is_asked:
            raise SystemExit(128 + signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, former)


class _Stop(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Stops a trainer after the step in which the signal came, in all processes after the same one."""

    def __init__(self) -> None:
        self.is_asked = False

    def asked(self, *_: Any) -> None:
        """Take note; called by the signal."""
        self.is_asked = True
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def on_step_end(self, _args: Any, _state: Any, control: Any, **_: Any) -> None:
        """Save and stop."""
        self.is_asked = share(0, 0, stop=self.is_asked)[2]
        if self.is_asked:
            control.should_save = control.should_training_stop = True
