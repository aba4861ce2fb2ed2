"""Agreement between the processes of a run: no rank may stop alone, the others would wait for it forever."""

from __future__ import annotations

__all__ = ["agree_to_stop"]


def agree_to_stop(mine: str | None) -> str | None:
    """The first reason to stop that any rank has; None when no rank has one. Every rank must call it.

    Args:
        mine: This rank's reason, or None.
    """
    import torch.distributed as dist

    if not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        return mine
    reasons: list[str | None] = [None] * dist.get_world_size()
    dist.all_gather_object(reasons, mine)
    return next((f"rank {rank}: {reason}" for rank, reason in enumerate(reasons) if reason is not None), None)
