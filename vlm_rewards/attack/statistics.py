"""Whether a gain is more than chance: the sign-flip test, and Holm's correction for many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["chance", "holm"]


def chance(gains: Sequence[float]) -> float:
    """The share of all ways to flip the signs of gains that sum to as much; gains count in twentieths of the largest.

    >>> chance([1.0] * 12) == 2**-12
    True
    """
    largest = max(map(abs, gains), default=0.0) or 1.0
    sizes = [round(20 * gain / largest) for gain in gains]
    ways = {0: 1.0}
    for size in sizes:
        up, down = ({total + step: share / 2 for total, share in ways.items()} for step in (size, -size))
        ways = {total: up.get(total, 0.0) + down.get(total, 0.0) for total in {**up, **down}}
    return sum(share for total, share in ways.items() if total >= sum(sizes))


def holm(chances: Mapping[str, float], level: float = 0.05) -> set[str]:
    """The names whose chance is small enough, where this many were tried."""
    found: set[str] = set()
    for index, name in enumerate(sorted(chances, key=chances.__getitem__)):
        if chances[name] > level / (len(chances) - index):
            break
        found.add(name)
    return found
