"""Agreement between the processes of a run: no rank may stop alone, the others would wait for it forever."""

from __future__ import annotations

import functools
from typing import Any

__all__ = ["share"]


def share(items: int, failed: int, *, stop: bool) -> tuple[int, int, bool]:
    """The sums of items and faults over all ranks, and whether any must stop; every rank calls it once per batch.

    The numbers travel over a group of their own on the CPU (gloo): the group of the training may need a GPU, and a
    collective of ours between two of its own would be out of order with them.
    """
    import torch
    import torch.distributed as dist

    if not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        return items, failed, stop
    numbers = torch.tensor([items, failed, int(stop)], dtype=torch.int64)
    dist.all_reduce(numbers, group=_group())
    return int(numbers[0]), int(numbers[1]), bool(numbers[2])


@functools.cache
def _group() -> Any:
    import torch.distributed as dist

    return dist.new_group(backend="gloo")
