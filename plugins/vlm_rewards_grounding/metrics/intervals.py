"""Intervals of time: read from text in seconds or `mm:ss`, and compared by intersection over union."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["Interval", "merged", "read_intervals", "temporal_overlap"]

Interval = tuple[float, float]

MAX_NUMBER_CHARS = 24
MAX_SECONDS = 1e7
_DIGITS = frozenset("0123456789")
_NUMBER = frozenset("0123456789.:")
_AS_ZERO = str.maketrans(dict.fromkeys(_DIGITS, "0"))
_UNITS = ("seconds", "second", "secs", "sec", "s")
_BETWEEN = frozenset({*"-–—\u2212~→,", "->", "-->", "to", "and", "until", "till", "through", "andendsat", "andendat"})
_ENDS = frozenset({"end", "end_time", "endtime", "end_timestamp", "end_sec", "end_second", "end_seconds", "stop"})
_SILENT = str.maketrans("", "", " \t\r\n\"'*`")
MAX_INTERVALS = 512
_MAX_BETWEEN = 40  # characters between the two ends of one interval


def read_intervals(text: str) -> list[Interval]:
    """The intervals of a text in seconds, in its order; of two ends that are not in order, none.

    An end is `12`, `12.5`, `1:02`, `1:02.5` or `1:00:02`, with or without `s`; between two ends stands a dash, a comma,
    `to`, `and` or `until`, or the key of a JSON end. A text with more than 512 intervals has none. One pass.

    >>> read_intervals("from 3.5 s to 0:12, then [20, 30]"), read_intervals('{"start": 1, "end": 2}')
    ([(3.5, 12.0), (20.0, 30.0)], [(1.0, 2.0)])
    >>> read_intervals("5 to 1e308"), read_intervals("9 - 3"), read_intervals("at 7")
    ([], [], [])
    """
    found: list[Interval] = []
    before: tuple[float, int] | None = None  # an end that waits for the other, and where it stops
    digits, at = text.translate(_AS_ZERO), 0
    while (start := digits.find("0", at)) >= 0:
        at = _end_of_number(text, start)
        value = None if _is_negative(text, start) else _seconds(text[start:at])
        if value is None:
            before = None
        elif before is not None and _links(text[before[1] : start]):
            if before[0] < value:
                found.append((before[0], value))
                if len(found) > MAX_INTERVALS:
                    return []
            before = None
        else:
            before = (value, at)
    return found


def _end_of_number(text: str, at: int) -> int:
    """Behind a number with all that clings to it, also an exponent: 1e308 is one token, and not a time."""
    while at < len(text) and text[at] in _NUMBER:
        at += 1
    if text[at - 1] in ".:":  # a full stop or a colon of the sentence
        at -= 1
    if text[at : at + 1] in ("e", "E") and text[at + 1 : at + 2].lstrip("+-")[:1] in (*_DIGITS, ""):
        at += 1
        while at < len(text) and (text[at] in _DIGITS or text[at] in "+-"):
            at += 1
    return at


def _is_negative(text: str, start: int) -> bool:
    return text[start - 1 : start] == "-" and not text[max(start - 2, 0) : start - 1].strip().isalnum()


def _links(between: str) -> bool:
    """Whether what stands between two numbers makes them the ends of one interval."""
    if len(between) > _MAX_BETWEEN:
        return False
    if between in _BETWEEN:
        return True
    between = between.translate(_SILENT).lower()
    if between[:1] == "s" and not between.startswith("stop"):
        between = next(between.removeprefix(unit) for unit in _UNITS if between.startswith(unit))
    return between in _BETWEEN or (between[:1] == "," and between[-1:] == ":" and between[1:-1] in _ENDS)


def _seconds(text: str) -> float | None:
    *larger, last = text.split(":")
    if len(text) > MAX_NUMBER_CHARS or len(larger) > 2:
        return None
    try:
        total = float(last)
    except ValueError:
        return None
    if larger:
        if total >= 60 or not all(part.isdigit() for part in larger) or any(int(part) >= 60 for part in larger[1:]):
            return None
        total += sum(int(part) * 60**power for power, part in enumerate(reversed(larger), 1))
    return total if total <= MAX_SECONDS else None


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
