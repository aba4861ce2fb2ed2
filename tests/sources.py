"""The sources of the packages, in a checkout or where a wheel was installed."""

from __future__ import annotations

import importlib.util
from importlib.metadata import distribution
from pathlib import Path

__all__ = ["HOMES", "PACKS", "folder", "sources"]

PACKS = sorted(entry.module for entry in distribution("vlm-rewards").entry_points.select(group="vlm_rewards"))
#: The packages of each folder of the repository.
HOMES = {"vlm_rewards": ["vlm_rewards"], "plugins": PACKS, "trainers": ["vlm_rewards_trl"]}


def folder(package: str) -> Path:
    """Where an installed package lies."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def sources(*homes: str) -> list[Path]:
    """The modules of the packages of some folders of the repository; of all without one named."""
    packages = [package for home in homes or HOMES for package in HOMES[home]]
    return [path for package in packages for path in sorted(folder(package).rglob("*.py"))]
