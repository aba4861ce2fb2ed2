"""What a recipe needs around it: packages that report and generate, files on this machine, and room on its disk."""

import errno
import logging
import shutil
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vlm_rewards.config.document import Problem
from vlm_rewards.text.messages import explain
from vlm_rewards_trl.checks.loading import absent
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe

logger = logging.getLogger(__name__)

# What AdamW remembers of every trained weight: two numbers of four bytes.
_OPTIMISER = 8

# What tells of a full disk: an error's number, or less free space than a small file takes.
_FULL, _NOTHING = (errno.ENOSPC, errno.EDQUOT), 2**16

# What options of TRL need, and how it is installed.
_OPTIONS = {"use_vllm": ("vLLM", "'trl[vllm]'"), "use_liger_kernel": ("liger_kernel", "liger-kernel")}

# What is in a pattern of files, or in an address.
_PATTERNS = ("*", "?", "[", "{", "://")


def check_surroundings(recipe: Recipe, arguments: Any) -> None:
    """Look for what TRL's arguments and the recipe name. Raises ConfigError with all that is missing."""
    config = recipe.config
    named = [(part, getattr(config, part)) for part in ("dataset", "eval_dataset")]
    problems = [*missing_packages(arguments), *(one for part, held in named if held for one in _files(held, part))]
    if (why := absent(config.model)) is not None:
        problems.append(Problem(("model",), f"'{config.model}' cannot be loaded: {why}."))
    elif (folder := Path(config.model)).is_dir() and not any(folder.glob("*config.json")):
        problems.append(Problem(("model",), f"the folder '{config.model}' holds no model."))
    folder = Path(config.output_dir)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if (why := unwritable(there)) is not None:
        problems.append(Problem(("output_dir",), why))
    recipe.refuse(problems)


def missing_packages(arguments: Any) -> Iterator[Problem]:
    """Packages that TRL's arguments name and that are not there."""
    from transformers.integrations import integration_utils as integrations

    for name in arguments.report_to or ():
        if name not in integrations.INTEGRATION_TO_CALLBACK:
            known = ", ".join(integrations.INTEGRATION_TO_CALLBACK)
            yield Problem(("training", "report_to"), f"'{name}' is not a reporter of transformers, which has {known}.")
        elif not getattr(integrations, f"is_{name}_available", lambda: True)():
            yield Problem(("training", "report_to"), f"'{name}' is not installed: pip install {name}.")
    for option, (name, wanted) in _OPTIONS.items():
        if getattr(arguments, option, False) and find_spec(name.lower()) is None:
            yield Problem(("training", option), f"{name} is not installed: pip install {wanted}.")


def _files(config: DatasetConfig, part: str) -> Iterator[Problem]:
    """Files and folders that are not there, of those that are named without a pattern or an address."""
    given = {name: getattr(config, name) for name in ("data_files", "data_dir", "image_root")}
    if "/" in config.path or Path(config.path).exists():  # no builder: files are those of the hub, or of a folder
        given = {"image_root": config.image_root}
        if (why := absent(config.path)) is not None:
            yield Problem((part, "path"), f"'{config.path}' cannot be loaded: {why}.")
    for name, value in given.items():
        for path in value if isinstance(value, list) else [value]:
            if path is not None and not any(mark in path for mark in _PATTERNS) and not Path(path).exists():
                yield Problem((part, name), f"there is no '{path}'; relative paths start from the working directory.")


def check_folder(recipe: Recipe) -> None:
    """Make the output folder. Raises ConfigError when that cannot be, or nothing can be written into it."""
    if (why := unwritable(Path(recipe.config.output_dir))) is not None:
        raise recipe.error(("output_dir",), why)


def unwritable(folder: Path) -> str | None:
    """Make a folder; why that cannot be, or why nothing can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return f"'{folder}' cannot be written to: {explain(error)}. Choose another folder."


def check_disk(trainer: Any, recipe: Recipe) -> None:
    """Compare the free space of the output folder with what is saved. Raises ConfigError if the model does not fit."""
    args = trainer.args
    weights = list(trainer.model.parameters())
    adapted = hasattr(trainer.model, "peft_config")  # only the LoRA is saved
    model = sum(weight.numel() * weight.element_size() for weight in weights if weight.requires_grad or not adapted)
    trained = sum(weight.numel() for weight in weights if weight.requires_grad)
    checkpoint = model + (0 if args.save_only_model else trained * _OPTIMISER)
    saves = 0 if args.save_strategy == "no" else args.save_total_limit or _saves(args)
    free = shutil.disk_usage(recipe.config.output_dir).free
    if free < model:
        message = f"{_size(free)} are free there, the trained model takes {_size(model)}; free some, or save elsewhere."
        raise recipe.error(("output_dir",), message)
    if free < model + saves * checkpoint:
        message = (
            f"'{recipe.config.output_dir}' has {_size(free)} free; the trained model takes {_size(model)} and each "
            f"checkpoint {_size(checkpoint)}. Keep fewer with `save_total_limit`, or leave the optimiser out with "
            f"`save_only_model`."
        )
        logger.warning(message)


def is_full(folder: Path, error: BaseException) -> bool:
    """Whether an error came of a full disk: torch and safetensors raise errors of their own, with or without a word."""
    told = getattr(error, "errno", None) in _FULL or f"os error {errno.ENOSPC}" in str(error)
    return told or (isinstance(error, Exception) and shutil.disk_usage(folder).free < _NOTHING)


def _saves(args: Any) -> int:
    """How many checkpoints a run keeps that deletes none, as far as its arguments tell."""
    counted = args.save_strategy == "steps" and args.max_steps > 0 and args.save_steps >= 1
    return max(1, args.max_steps // int(args.save_steps)) if counted else 1


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"
