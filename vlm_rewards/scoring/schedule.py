"""Weights that change with the training step."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["linear", "constant", "cosine"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A weight through points of (step, weight): before the first and after the last it stays as there.

    >>> warmup = Schedule(((0, 0.0), (100, 1.0)))
    >>> warmup.at(0), warmup.at(25), warmup.at(500)
    (0.0, 0.25, 1.0)
    """

    points: tuple[tuple[int, float], ...]  # steps, rising, with the weight at each
    kind: Kind = "linear"  # from one point to the next: in a line, at once on reaching it, or along half a cosine

    @classmethod
    def constant(cls, weight: float) -> Schedule:
        """A weight that does not change."""
        return cls(((0, weight),))

    @property
    def is_constant(self) -> bool:
        """Whether every step has the same weight."""
        return len({weight for _, weight in self.points}) == 1

    def at(self, step: int) -> float:
        """The weight at a training step."""
        index = bisect.bisect_right(self.points, (step, math.inf))
        if index == 0:
            return self.points[0][1]
        start, low = self.points[index - 1]
        if index == len(self.points) or self.kind == "constant":
            return low
        end, high = self.points[index]
        share = (step - start) / (end - start)
        if self.kind == "cosine":
            share = (1 - math.cos(math.pi * share)) / 2
        return low + (high - low) * share
