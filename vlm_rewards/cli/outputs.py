"""Which parameters of a reward are no columns: `depends` fills them with the outcome of another term."""

from __future__ import annotations

import inspect

from vlm_rewards.registry.decorator import RewardSpec

__all__ = ["outputs_of"]

# By name: to import it would take longer than all else that `list` does.
_OUTPUT = "RewardOutput"


def outputs_of(spec: RewardSpec) -> tuple[str, ...]:
    """The parameters that are annotated with `RewardOutput`."""
    if not spec.columns:
        return ()
    given = inspect.signature(spec.target).parameters
    return tuple(column.name for column in spec.columns if _OUTPUT in str(given[column.name].annotation))
