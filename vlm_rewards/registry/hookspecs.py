"""The hooks a pack may implement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from vlm_rewards.registry.decorator import RewardSpec
    from vlm_rewards.types.results import ScoredBatch

PROJECT = "vlm_rewards"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def vlm_rewards_register() -> Iterable[Callable[..., Any] | RewardSpec]:  # type: ignore[empty-body]
    """Return the rewards of this pack: functions or classes under `@reward`, or specs from `from_trl`."""


@hookspec
def vlm_rewards_compositions() -> Mapping[str, Mapping[str, Any]]:  # type: ignore[empty-body]
    """Return rewards files by name, as plain values; a term takes one by `use: config:pack/name`."""


@hookspec
def vlm_rewards_batch_scored(batch: ScoredBatch) -> None:
    """Look at a scored batch, once per batch; what it returns or raises changes nothing."""


@hookspec
def vlm_rewards_reward_failed(term: str, reward: str, reason: str, count: int) -> None:
    """Hear of the faults of one term in a batch: the first reason, and how many rows failed."""
