"""The time of a reference, in seconds: of which no key is passed over without a word."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from vlm_rewards.text.messages import show as shown
from vlm_rewards_grounding.formats.numbers import is_list, is_number
from vlm_rewards_grounding.metrics.intervals import Interval
from vlm_rewards_grounding.times.clock import MAX_SECONDS, moments
from vlm_rewards_grounding.times.reading import end_of, read_intervals
from vlm_rewards_grounding.typed import reads, to_builtin

_NESTS = """timestamps timestamp interval intervals window windows relevant_windows segment segments moment moments span
spans time times gt solution answer event_time"""
#: Keys of the interval or the intervals of a mapping.
NESTS = frozenset(_NESTS.split())
_BOOKKEEPING = """id qid vid video video_id video_path duration fps label labels category name query question sentence
sentences caption captions description event text split score scores confidence relevant_clip_ids saliency_scores source
dataset task index"""
#: Keys that say nothing of when it is.
BOOKKEEPING = frozenset(_BOOKKEEPING.split())


@reads(tuple[Interval, ...])
def read_times(value: Any) -> tuple[Interval, ...]:
    """The intervals of a reference: `[start, end]`, a list of these, a mapping with both ends, or a text.

    Raises ValueError where it is not a time, or holds a key that is not read.

    >>> read_times({"start": "0:05", "end": 15}), read_times({"relevant_windows": [[5, 15]]})
    (((5.0, 15.0),), ((5.0, 15.0),))
    """
    return tuple(_intervals(to_builtin(value)))


def _intervals(value: Any, depth: int = 0) -> list[Interval]:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value)
    if isinstance(value, str):
        found = read_intervals(value)
    elif isinstance(value, Mapping):
        found = _of_mapping(value, depth)
    elif is_list(value) and len(value) == 2 and not any(is_list(item) or isinstance(item, Mapping) for item in value):
        # Of two texts each may be an interval, and not an end of one.
        each = [read_intervals(item) if isinstance(item, str) else [] for item in value]
        found = [*each[0], *each[1]] if all(len(one) == 1 for one in each) else [_interval(*value)]
    elif is_list(value) and depth < 2:
        found = [interval for item in value for interval in _intervals(item, depth + 1)]
    else:
        found = []
    if not found:
        raise ValueError(f"{shown(value)} is not a time; give [start, end] in seconds")
    return found


def _of_mapping(value: Mapping[Any, Any], depth: int) -> list[Interval]:
    ends: dict[str, Any] = {}
    held: list[Any] = []
    for key, item in value.items():
        name = str(key).lower()
        role = {"from": "start", "to": "end"}.get(name) or end_of(name)
        if item is None or item == "" or isinstance(item, bool) or name in BOOKKEEPING:
            continue
        if role is not None and ends.setdefault(role, item) != item:
            raise ValueError(f"{shown(value)} gives its {role} twice; leave one of them out")
        if name in NESTS:
            held.append(item)
        elif role is None:
            raise ValueError(f"its `{key}` is {shown(item)}, and is not read; give `start` and `end`, or leave it out")
    if ends.keys() == {"start", "end"} and not held:
        return [_interval(ends["start"], ends["end"])]
    if len(held) == 1 and not ends and depth < 2:
        return _intervals(held[0], depth + 1)
    return []


def _interval(start: Any, end: Any) -> Interval:
    first, last = _time(start), _time(end)
    if not 0 <= first < last <= MAX_SECONDS:
        raise ValueError(f"[{shown(start)}, {shown(end)}] is not a time; give [start, end] in seconds")
    return (first, last)


def _time(value: Any) -> float:
    """Seconds; -1 for what is not a time."""
    if isinstance(value, str):
        found = list(moments(value)) if len(value) <= 100 else []
        seconds = found[0].seconds if len(found) == 1 else None
        return -1.0 if seconds is None else seconds
    return float(value) if is_number(value) and abs(value) <= MAX_SECONDS else -1.0
