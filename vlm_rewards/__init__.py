"""Rewards for aligning vision-language models: packs, one config, and a Scorer that a completion cannot take over."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import Field

    from vlm_rewards.loading.load import load_scorer
    from vlm_rewards.registry.decorator import RewardSpec, from_trl, reward
    from vlm_rewards.registry.entry_points import offered
    from vlm_rewards.registry.hookspecs import hookimpl, hookspec
    from vlm_rewards.registry.registry import Registry
    from vlm_rewards.scoring.scorer import Scorer
    from vlm_rewards.types.batch import Batch
    from vlm_rewards.types.completion import Completion
    from vlm_rewards.types.context import Context
    from vlm_rewards.types.images import FrameSpec, ImageRef, Images, smart_resize
    from vlm_rewards.types.output import RewardOutput, ScoredRow, Status
    from vlm_rewards.types.pixels import in_rgb
    from vlm_rewards.types.results import ScoredBatch, ScoredTerm
    from vlm_rewards.workers.job import Escalation, escalate

__all__ = [
    "Batch",
    "Completion",
    "Context",
    "Escalation",
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
    "escalate",
    "from_trl",
    "hookimpl",
    "hookspec",
    "in_rgb",
    "load_scorer",
    "offered",
    "reward",
    "smart_resize",
]

# Names resolve on first use: importing a pack must not cost the import of pydantic, so that `vlm-rewards list` is fast.
_MODULES = {
    "loading.load": "load_scorer",
    "registry.decorator": "RewardSpec from_trl reward",
    "registry.entry_points": "offered",
    "registry.hookspecs": "hookimpl hookspec",
    "registry.registry": "Registry",
    "scoring.scorer": "Scorer",
    "types.batch": "Batch",
    "types.completion": "Completion",
    "types.context": "Context",
    "types.images": "FrameSpec ImageRef Images smart_resize",
    "types.output": "Field RewardOutput ScoredRow Status",  # Field of pydantic, for ranges of options
    "types.pixels": "in_rgb",
    "types.results": "ScoredBatch ScoredTerm",
    "workers.job": "Escalation escalate",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'vlm_rewards' has no attribute {name!r}")
    value = getattr(import_module(f"vlm_rewards.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
