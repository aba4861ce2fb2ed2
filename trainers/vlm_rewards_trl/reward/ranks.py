"""Agreement between the processes of a run: no rank may stop alone, the others would wait for it forever."""

from __future__ import annotations

import functools
from typing import Any, TypeVar

__all__ = ["gathered", "share"]

T = TypeVar("T")


def share(items: int, failed: int, *, stop: bool) -> tuple[int, int, bool]:
    """The sums of items and faults over all ranks, and whether any must stop; every rank calls it once per batch.

    The numbers travel over a group of their own on the CPU (gloo): the group of the training may need a GPU, and a
    collective of ours between two of its own would be out of order with them.
    """
    import torch
    import torch.distributed as dist

    if _is_alone():
        return items, failed, stop
    numbers = torch.tensor([items, failed, int(stop)], dtype=torch.int64)
    dist.all_reduce(numbers, group=_group())
    return int(numbers[0]), int(numbers[1]), bool(numbers[2])


def gathered(values: list[T]) -> list[T]:
    """The values of all ranks, in their order; every rank calls it at the same time."""
    import torch.distributed as dist

    if _is_alone():
        return values
    found: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(found, values, group=_group())
    return [value for held in found for value in held]


def _is_alone() -> bool:
    import torch.distributed as dist

    return not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1


@functools.cache
def _group() -> Any:
    import torch.distributed as dist

    return dist.new_group(backend="gloo")
