"""`grounding/temporal_iou`: when it happens in a video, and not longer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards_grounding.formats.numbers import is_list, is_number
from vlm_rewards_grounding.metrics.intervals import MAX_SECONDS, Interval, merged, read_intervals, temporal_overlap
from vlm_rewards_grounding.references import shown, to_builtin

__all__ = ["temporal_iou"]


@vr.reward(range=(0.0, 1.0))
def temporal_iou(
    completion: vr.Completion, solution: Any, *, intervals: Literal["last", "merged"] = "last"
) -> vr.RewardOutput:
    """Intersection over union of the predicted and the reference time.

    Range 0 to 1; never abstains. Time is read inside the last `<answer>`, or else after the reasoning, in seconds or as
    `mm:ss` or `hh:mm:ss`: `12.5 to 20`, `0:12-0:20`, `[12.5, 20]`, `{"start": 12.5, "end": 20}`. Intervals whose ends
    are not in order, or that last no time, do not count.

    Args:
        completion: The answer.
        solution: Reference in seconds: `[start, end]`, a list of these, a mapping with `start` and `end`, or a text
            that reads like an answer.
        intervals: Of an answer with several intervals, `last` compares the last one, and `merged` all of them together,
            counting time that is in several of them once. Several of a reference are always taken together.

    Source: temporal IoU as in Charades-STA (Gao et al., arXiv 1705.02101); several moments of one query as in
    QVHighlights (Lei et al., arXiv 2107.09609).

    >>> temporal_iou(vr.Completion("<answer>from 0:05 to 0:15</answer>"), [5, 15]).score
    1.0
    >>> temporal_iou(vr.Completion("<answer>0 - 10</answer>"), [5, 15]).score
    0.3333333333333333
    >>> temporal_iou(vr.Completion("<answer>[0, 600]</answer>"), [5, 15]).score  # a hack: the whole video
    0.016666666666666666
    """
    reference = reference_intervals(solution)
    if not reference:
        return vr.RewardOutput.bad_reference(f"the reference {shown(solution)} is not a time; give [start, end]")
    found = read_intervals(answer_block(completion))
    if not found:
        return vr.RewardOutput.unparseable("no interval of time after the reasoning")
    chosen = found[-1:] if intervals == "last" else merged(found)
    return vr.RewardOutput(
        score=temporal_overlap(chosen, reference), details={"intervals": [list(span) for span in chosen[:20]]}
    )


def reference_intervals(value: object) -> list[Interval]:
    """The intervals of a reference; empty when it is none."""
    value = to_builtin(value)
    one = _interval(value)
    if one is not None:
        return [one]
    if isinstance(value, str):
        return read_intervals(value)
    if not is_list(value):
        return []
    found = [_interval(item) for item in value]
    return [item for item in found if item is not None] if None not in found else []


def _interval(value: object) -> Interval | None:
    if isinstance(value, Mapping):
        value = [value.get("start", value.get("start_time")), value.get("end", value.get("end_time"))]
    if not is_list(value) or len(value) != 2:
        return None
    start, end = (_time(item) for item in value)
    return (start, end) if 0 <= start < end <= MAX_SECONDS else None


def _time(value: object) -> float:
    """Seconds; NaN for what is not a time."""
    if isinstance(value, str):  # "0:12": read as the end of an interval that starts before it
        found = read_intervals(f"{value} to {int(MAX_SECONDS)}")
        return found[0][0] if len(found) == 1 else math.nan
    return float(value) if is_number(value) and abs(value) <= MAX_SECONDS else math.nan
