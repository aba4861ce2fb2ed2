"""How the terms of a row become one number: weights that may change with the step, and a tree of named nodes."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vlm_rewards.types.output import Status
from vlm_rewards.types.results import ScoredTerm

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


Op = Literal["sum", "mean", "product", "min", "max", "first_applicable"]

#: The operations in which weights count; in the others a weight would have no plain meaning.
WEIGHTED: tuple[Op, ...] = ("sum", "mean")

#: A child of a node in one row: what it counts, its weight, and whether it applies (did not abstain).
Part: TypeAlias = tuple[float, float, bool]


def parts_of(terms: Mapping[str, ScoredTerm], row: int) -> dict[str, Part]:
    """The terms that count something in a row."""
    return {
        name: (value, term.weight, term.outcomes.statuses[row] is not Status.ABSTAINED)
        for name, term in terms.items()
        if (value := term.values[row]) is not None
    }


def _sum(parts: Sequence[Part]) -> float:
    return sum(value * weight for value, weight, _ in parts)


def _mean(parts: Sequence[Part]) -> float:
    total = math.fsum(weight for _, weight, _ in parts)
    return _sum(parts) / total if total else 0.0


_OPS: Mapping[Op, Callable[[Sequence[Part]], float]] = {
    "sum": _sum,
    "mean": _mean,
    "product": lambda parts: math.prod(value for value, _, _ in parts),
    "min": lambda parts: min(value for value, _, _ in parts),
    "max": lambda parts: max(value for value, _, _ in parts),
    "first_applicable": lambda parts: next((value for value, _, applies in parts if applies), parts[0][0]),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One operation over terms, by their names, and further nodes.

    `sum` and `mean` are weighted; `first_applicable` is the first child that is there and did not abstain, or else the
    first that is there.
    """

    op: Op
    children: tuple[str | Node, ...]
    clip: tuple[float, float] | None = None
    weight: float = 1.0  # in the node above
    name: str | None = None  # for reports; the root has none

    def value(self, parts: Mapping[str, Part]) -> float | None:
        """The result for a row by the terms that count in it; None when none does."""
        there: list[Part] = []
        for child in self.children:
            if isinstance(child, str):
                if child in parts:
                    there.append(parts[child])
            elif (value := child.value(parts)) is not None:
                there.append((value, child.weight, True))
        # A weight of zero takes a part out of every operation: it is scored and logged, not counted.
        counted = [part for part in there if part[1] != 0]
        if not there:
            return None
        result = _OPS[self.op](counted) if counted else 0.0
        return result if self.clip is None else min(max(result, self.clip[0]), self.clip[1])

    @property
    def is_flat_sum(self) -> bool:
        """Whether it is nothing but a weighted sum of terms."""
        return self.op == "sum" and all(isinstance(child, str) for child in self.children)

    def terms(self) -> list[str]:
        """Names of all terms below."""
        return [name for child in self.children for name in ([child] if isinstance(child, str) else child.terms())]
