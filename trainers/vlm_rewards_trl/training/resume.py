"""Resuming: which checkpoint, whether it is of this run at all, and what changed in the rewards since."""

import json
import logging
from pathlib import Path

from vlm_rewards_trl.recipe.provenance import Provenance
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.trl_compat import CHECKPOINT_PREFIX, CHECKPOINT_STATE, STATE_FILES

logger = logging.getLogger(__name__)

_OPTION = "resume_from_checkpoint"


def checkpoint_of(recipe: Recipe, method: str) -> str | None:
    """The checkpoint that a recipe resumes from; None when it starts anew.

    `resume_from_checkpoint: true` means the last whole one of the output folder. Rewards that changed since are a
    warning that says what changed: the optimiser goes on as if they had not. Raises ConfigError where there is no such
    checkpoint, or it is of another method or model.
    """
    given = recipe.config.training.get(_OPTION)
    found = _checkpoints(recipe.config.output_dir)
    if given in (None, False, "false", "False"):
        if found:
            message = (
                f"'{recipe.config.output_dir}' holds {found[0].name} of an earlier run, and this run starts anew "
                f"beside it. Go on from there with `--set {_OPTION}=true`, or choose another `output_dir`."
            )
            logger.warning(message)
        return None
    place = ("training", _OPTION)
    folder = _last(found) if given in (True, "true", "True") else Path(str(given))
    if folder is None or not _is_whole(folder):
        where = f"'{recipe.config.output_dir}' holds no checkpoint" if folder is None else f"'{folder}' is none"
        raise recipe.error(place, f"there is no checkpoint to resume from: {where}.")
    for file, part in STATE_FILES.items() if not any(folder.glob("global_step*")) else ():  # DeepSpeed's own
        if not any(folder.glob(f"{file.partition('.')[0]}*")):
            logger.warning("%s has no '%s', so the %s starts anew.", folder, file, part)
    before, now = Provenance.read(folder), Provenance.of(recipe, method)
    if before is None:
        logger.warning("%s has no record of its rewards, so whether they changed is not known.", folder)
        return str(folder)
    was, is_now = (before.method, before.recipe.get("model")), (now.method, now.recipe.get("model"))
    if was != is_now:
        message = (
            f"the checkpoint {folder} is of another run: {was[0]} of '{was[1]}', not {is_now[0]} of '{is_now[1]}'. "
            f"Name a checkpoint of this recipe, or start anew from it with `model: {folder}`."
        )
        raise recipe.error(place, message)
    if before.recipe.get("dataset") != now.recipe.get("dataset"):
        logger.warning("The dataset of the recipe is not the one that %s was trained on.", folder)
    changes = before.changes(now)
    if changes:
        logger.warning("The rewards changed since %s was written:\n  %s", folder, "\n  ".join(changes))
    return str(folder)


def resume_hint(step: int, output_dir: str) -> str:
    """How a run that was stopped goes on."""
    whole = next(filter(_is_whole, _checkpoints(output_dir)), None)
    if whole is None:
        return f"Stopped after step {step}, before the first checkpoint; `save_steps` says when it is written."
    return f"Stopped after step {step}. Go on from {whole} with `--set {_OPTION}=true`."


def _checkpoints(output_dir: str) -> list[Path]:
    """The checkpoints of a folder, the last first."""
    folders = {folder.name.rpartition("-")[2]: folder for folder in Path(output_dir).glob(f"{CHECKPOINT_PREFIX}-*")}
    return [folders[step] for step in sorted(filter(str.isdecimal, folders), key=int, reverse=True)]


def _last(checkpoints: list[Path]) -> Path | None:
    """The first whole one; those before it were cut off while they were written."""
    for folder in checkpoints:
        if _is_whole(folder):
            return folder
        logger.warning("%s was not written to its end, and is passed over.", folder)
    return None


def _is_whole(folder: Path) -> bool:
    try:
        return isinstance(json.loads((folder / CHECKPOINT_STATE).read_text(encoding="utf-8")), dict)
    except (OSError, ValueError):
        return False
