"""Intervals of time, compared by intersection over union."""

from collections.abc import Iterable, Sequence

Interval = tuple[float, float]


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as disjoint intervals in order.

    >>> merged([(4, 6), (0, 2), (1, 3)])
    [(0, 3), (4, 6)]
    """
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def temporal_overlap(one: Sequence[Interval], other: Sequence[Interval]) -> float:
    """Time in both over time in either; 0 where there is no time in either, and for ends that are not in order.

    >>> temporal_overlap([(0, 10)], [(5, 15)]), temporal_overlap([(0, 2), (4, 6), (0, 2)], [(0, 6)])
    (0.3333333333333333, 0.6666666666666666)
    """
    first, second = (merged(span for span in spans if span[0] < span[1]) for spans in (one, other))
    shared = 0.0
    left = right = 0
    while left < len(first) and right < len(second):
        shared += max(0.0, min(first[left][1], second[right][1]) - max(first[left][0], second[right][0]))
        if first[left][1] < second[right][1]:
            left += 1
        else:
            right += 1
    whole = sum(end - start for start, end in (*first, *second)) - shared
    return min(shared / whole, 1.0) if whole > 0 else 0.0
