"""Values in the place of a recipe's: `--set NAME=VALUE` of the command line, keyword arguments in Python."""

from __future__ import annotations

import copy
from collections.abc import Container, Mapping
from typing import Any

from vlm_rewards.errors import ConfigError
from vlm_rewards.text.messages import show

__all__ = ["in_section", "replaced"]


def in_section(given: Mapping[str, Any], section: str, keys: Container[str]) -> dict[str, Any]:
    """The same values under their full names.

    Args:
        given: Values by name; the parts of a name have dots between them.
        section: The section of the recipe that holds what is not a key of the recipe itself.
        keys: The keys of a recipe.

    >>> in_section({"max_steps": 3, "dataset.limit": 8}, "training", {"dataset", "training"})
    {'training.max_steps': 3, 'dataset.limit': 8}
    """
    return {name if name.partition(".")[0] in keys else f"{section}.{name}": value for name, value in given.items()}


def replaced(content: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a recipe with other values; the content itself stays as it is.

    Args:
        content: The recipe as it was read.
        given: Values by their full names.

    Raises:
        ConfigError: A name goes on below a value that has no parts.

    >>> replaced({"dataset": {"path": "json"}, "lora": None}, {"dataset.limit": 8, "lora.r": 4})
    {'dataset': {'path': 'json', 'limit': 8}, 'lora': {'r': 4}}
    """
    made = copy.deepcopy(dict(content))
    for name, value in given.items():
        *sections, last = name.split(".")
        place = made
        for at, section in enumerate(sections):
            if place.get(section) is None:
                place[section] = {}
            place = place[section]
            if not isinstance(place, dict):
                whole, below = ".".join(sections[: at + 1]), name.split(".")[at + 1]
                raise ConfigError(f"--set {name}: '{whole}' is {show(place)} and has no '{below}'.")
        place[last] = value
    return made
