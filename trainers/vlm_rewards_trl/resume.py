"""Resuming: which checkpoint, whether it is of this run at all, and what changed in the rewards since."""

from __future__ import annotations

import logging
from pathlib import Path

from vlm_rewards.documents import Problem
from vlm_rewards_trl.provenance import Provenance
from vlm_rewards_trl.recipe import Recipe

__all__ = ["checkpoint_of"]

logger = logging.getLogger(__name__)

_OPTION = "resume_from_checkpoint"


def checkpoint_of(recipe: Recipe, method: str) -> str | None:
    """The checkpoint that a recipe resumes from; None when it starts anew.

    `resume_from_checkpoint: true` means the last one of the output folder. Rewards that changed since are a warning
    that says what changed: the optimiser goes on as if they had not.

    Raises:
        ConfigError: There is no such checkpoint, or it is of another method or model.
    """
    given = {**recipe.config.training, **recipe.overrides}.get(_OPTION)
    if given in (None, False, "false", "False"):
        return None
    place: tuple[str | int, ...] = ("--set", _OPTION) if _OPTION in recipe.overrides else ("training", _OPTION)
    folder = _last(recipe.config.output_dir) if given in (True, "true", "True") else str(given)
    if folder is None or not (Path(folder) / "trainer_state.json").is_file():
        where = f"'{recipe.config.output_dir}' holds no checkpoint" if folder is None else f"'{folder}' is none"
        raise recipe.document.error([Problem(place, f"there is no checkpoint to resume from: {where}.")])
    before, now = Provenance.read(Path(folder)), Provenance.of(recipe, method)
    if before is None:
        logger.warning("%s has no record of its rewards, so whether they changed is not known.", folder)
        return folder
    was, is_now = (before.method, before.recipe.get("model")), (now.method, now.recipe.get("model"))
    if was != is_now:
        message = (
            f"the checkpoint {folder} is of another run: {was[0]} of '{was[1]}', not {is_now[0]} of '{is_now[1]}'. "
            f"Name a checkpoint of this recipe, or start anew from it with `model: {folder}`."
        )
        raise recipe.document.error([Problem(place, message)])
    if before.recipe.get("dataset") != now.recipe.get("dataset"):
        logger.warning("The dataset of the recipe is not the one that %s was trained on.", folder)
    changes = before.changes(now)
    if changes:
        logger.warning("The rewards changed since %s was written:\n  %s", folder, "\n  ".join(changes))
    return folder


def _last(output_dir: str) -> str | None:
    from transformers.trainer_utils import get_last_checkpoint

    found = get_last_checkpoint(output_dir) if Path(output_dir).is_dir() else None
    return None if found is None else str(found)
