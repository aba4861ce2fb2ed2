"""What a recipe needs around it: packages that report and generate, and files on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vlm_rewards.config.document import Problem
from vlm_rewards_trl.checks.disk import unwritable
from vlm_rewards_trl.checks.loading import absent
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe

# What is in a pattern of files, or in an address.
_PATTERNS = ("*", "?", "[", "{", "://")


def check_surroundings(recipe: Recipe, arguments: Any) -> None:
    """Look for what TRL's arguments and the recipe name. Raises ConfigError with all that is missing."""
    config = recipe.config
    problems = [*_packages(arguments), *_files(config.dataset, "dataset")]
    if config.eval_dataset is not None:
        problems += _files(config.eval_dataset, "eval_dataset")
    if (why := absent(config.model)) is not None:
        problems.append(Problem(("model",), f"'{config.model}' cannot be loaded: {why}."))
    folder = Path(config.output_dir)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if (why := unwritable(there)) is not None:
        problems.append(Problem(("output_dir",), why))
    if problems:
        raise recipe.document.error(problems)


def _packages(arguments: Any) -> Iterator[Problem]:
    from transformers.integrations import integration_utils as integrations

    for name in arguments.report_to or ():
        if name not in integrations.INTEGRATION_TO_CALLBACK:
            known = ", ".join(integrations.INTEGRATION_TO_CALLBACK)
            yield Problem(("training", "report_to"), f"'{name}' is no reporter of transformers, which has {known}.")
        elif not getattr(integrations, f"is_{name}_available", lambda: True)():
            yield Problem(("training", "report_to"), f"'{name}' is not installed: pip install {name}.")
    if getattr(arguments, "use_vllm", False) and find_spec("vllm") is None:
        yield Problem(("training", "use_vllm"), "vLLM is not installed: pip install 'trl[vllm]'.")


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
