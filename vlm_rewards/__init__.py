"""Rewards for aligning vision-language models: packs, one config, and a Scorer that a completion cannot take over."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import Field

    from vlm_rewards.loading.load import load_scorer
    from vlm_rewards.registry.decorator import RewardSpec, from_trl, reward
    from vlm_rewards.registry.hookspecs import hookimpl, hookspec
    from vlm_rewards.registry.registry import Registry
    from vlm_rewards.scoring.scorer import Scorer
    from vlm_rewards.types.batch import Batch
    from vlm_rewards.types.completion import Completion
    from vlm_rewards.types.context import Context
    from vlm_rewards.types.images import FrameSpec, ImageRef, Images, smart_resize
    from vlm_rewards.types.output import RewardOutput, ScoredRow, Status
    from vlm_rewards.types.results import ScoredBatch, ScoredTerm

__all__ = [
    "Batch",
    "Completion",
    "Context",
    "Field",
    "FrameSpec",
    "ImageRef",
    "Images",
    "Registry",
    "RewardOutput",
    "RewardSpec",
    "ScoredBatch",
    "ScoredRow",
    "ScoredTerm",
    "Scorer",
    "Status",
    "from_trl",
    "hookimpl",
    "hookspec",
    "load_scorer",
    "reward",
    "smart_resize",
]

# Names resolve on first use: importing a pack must not cost the import of pydantic, so that `vlm-rewards list` is fast.
_HOME = {
    "Batch": "types.batch",
    "Completion": "types.completion",
    "Context": "types.context",
    "Field": "types.output",  # of pydantic, for ranges of options
    "FrameSpec": "types.images",
    "ImageRef": "types.images",
    "Images": "types.images",
    "Registry": "registry.registry",
    "RewardOutput": "types.output",
    "RewardSpec": "registry.decorator",
    "ScoredBatch": "types.results",
    "ScoredRow": "types.output",
    "ScoredTerm": "types.results",
    "Scorer": "scoring.scorer",
    "Status": "types.output",
    "load_scorer": "loading.load",
    "from_trl": "registry.decorator",
    "hookimpl": "registry.hookspecs",
    "hookspec": "registry.hookspecs",
    "reward": "registry.decorator",
    "smart_resize": "types.images",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'vlm_rewards' has no attribute {name!r}")
    value = getattr(import_module(f"vlm_rewards.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
