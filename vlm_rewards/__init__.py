"""Rewards for aligning vision-language models: packs, one config, and a Scorer that a completion cannot take over."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlm_rewards.batch import Batch
    from vlm_rewards.completion import Completion
    from vlm_rewards.compose import load_scorer
    from vlm_rewards.context import Context
    from vlm_rewards.decorator import RewardSpec, from_trl, reward
    from vlm_rewards.hookspecs import hookimpl, hookspec
    from vlm_rewards.images import FrameSpec, ImageRef, Images, smart_resize
    from vlm_rewards.registry import Registry
    from vlm_rewards.schemas import RewardOutput, ScoredRow, Status
    from vlm_rewards.scored import ScoredBatch, ScoredTerm
    from vlm_rewards.scoring import Scorer

__all__ = [
    "Batch",
    "Completion",
    "Context",
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
    "Batch": "batch",
    "Completion": "completion",
    "Context": "context",
    "FrameSpec": "images",
    "ImageRef": "images",
    "Images": "images",
    "Registry": "registry",
    "RewardOutput": "schemas",
    "RewardSpec": "decorator",
    "ScoredBatch": "scored",
    "ScoredRow": "schemas",
    "ScoredTerm": "scored",
    "Scorer": "scoring",
    "Status": "schemas",
    "load_scorer": "compose",
    "from_trl": "decorator",
    "hookimpl": "hookspecs",
    "hookspec": "hookspecs",
    "reward": "decorator",
    "smart_resize": "images",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'vlm_rewards' has no attribute {name!r}")
    value = getattr(import_module(f"vlm_rewards.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
