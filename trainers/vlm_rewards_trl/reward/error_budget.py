"""The error budget: how many failures of graders a run bears before it stops loudly, on all ranks together."""

from __future__ import annotations

import functools
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vlm_rewards import ScoredBatch, Status

_REASONS = 3


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures of one batch: how many of how many items, and the first row of each reason."""

    items: int
    failed: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, scored: ScoredBatch) -> Failures:
        """Count the failures of a scored batch; an item is one term in one row."""
        reasons: Counter[str] = Counter()
        examples: dict[str, str] = {}
        items = 0
        for name, term in scored.terms.items():
            for row, status in enumerate(term.outcomes.statuses):
                items += status is not None
                if status is Status.FAILED:
                    reason = term.outcomes.reasons[row] or "no reason"
                    reasons[reason] += 1
                    examples.setdefault(reason, f"term '{name}', row {row}")
        return cls(items, reasons.total(), reasons, examples)


class ErrorBudget:
    """Counts failures over a window of batches.

    The budget of a window is `max_rate` of the items of `window` batches. One bad item in the first small batch does
    not spend it; a grader that is down altogether spends it within `max_rate * window` batches.
    """

    def __init__(self, max_rate: float, window: int) -> None:
        self.max_rate, self.window = max_rate, window
        self._batches: deque[tuple[int, int, Failures]] = deque(maxlen=window)

    def spend(self, items: int, failed: int, local: Failures) -> str | None:
        """Add a batch of so many items over all ranks; the reason to stop when the budget is spent."""
        self._batches.append((items, failed, local))
        total = sum(items for items, _, _ in self._batches)
        failures = sum(failed for _, failed, _ in self._batches)
        allowed = self.max_rate * total * self.window / len(self._batches)
        return None if failures <= allowed else self._message(failures, total)

    def _message(self, failures: int, total: int) -> str:
        reasons: Counter[str] = Counter()
        examples: dict[str, str] = {}
        for _, _, batch in self._batches:
            reasons.update(batch.reasons)
            examples = {**batch.examples, **examples}
        spent = f"graders failed on {failures} of {total} items in the last {len(self._batches)} batches"
        budget = f"`on_error.max_rate: {self.max_rate:g}` of a window of {self.window}"
        lines = [f"The error budget is spent: {spent}, more than {budget}. Fix the reward, or raise max_rate."]
        lines += [f"  {n} times, first at {examples[reason]}: {reason}" for reason, n in reasons.most_common(_REASONS)]
        if not reasons:
            lines.append("  the failures are on other ranks; see their messages")
        return "\n".join(lines)


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
