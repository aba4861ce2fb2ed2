"""`grounding/temporal_iou`: when it happens in a video, and not longer."""

from __future__ import annotations

from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards_grounding.metrics.intervals import merged, temporal_overlap
from vlm_rewards_grounding.times.reading import read_intervals
from vlm_rewards_grounding.times.reference import read_times


@vr.reward(range=(0.0, 1.0))
def temporal_iou(
    completion: vr.Completion, solution: Any, *, intervals: Literal["auto", "last", "merged"] = "auto"
) -> vr.RewardOutput:
    """Intersection over union of the predicted and the reference time.

    Range 0 to 1; never abstains. Time is read inside the last `<answer>`, or else after the reasoning, in seconds, as
    `mm:ss` or `hh:mm:ss`, or with units: `12.5 to 20`, `0:12-0:20`, `[12.5, 20]`, `{"start": 12.5, "end": 20}`,
    `starts at 12.5 s and ends at 20 s`, `00:00:12,500 --> 00:00:20,000`, `<12.5 seconds> - <20 seconds>`. Intervals
    whose ends are not in order, or that last no time, do not count.

    Args:
        completion: The answer.
        solution: Reference in seconds: `[start, end]`, a list of these, a mapping with `start` and `end`, or a text
            that reads like an answer.
        intervals: Of an answer with several intervals, `last` compares the last one, and `merged` all of them together,
            counting time that is in several of them once; `auto` is `last` where the reference is one interval, and
            `merged` where it is several. Several of a reference are always taken together.

    Source: temporal IoU as in Charades-STA (Gao et al., arXiv 1705.02101); several moments of one query as in
    QVHighlights (Lei et al., arXiv 2107.09609).

    >>> temporal_iou(vr.Completion("<answer>from 0:05 to 0:15</answer>"), [5, 15]).score
    1.0
    >>> temporal_iou(vr.Completion("<answer>0 - 10</answer>"), [5, 15]).score
    0.3333333333333333
    >>> temporal_iou(vr.Completion("<answer>[0, 600]</answer>"), [5, 15]).score  # a hack: the whole video
    0.016666666666666666
    """
    try:
        reference = read_times(solution)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(f"the reference cannot be read: {error}")
    found = read_intervals(answer_block(completion))
    if not found:
        return vr.RewardOutput.unparseable("no interval of time after the reasoning")
    is_last = intervals == "last" or (intervals == "auto" and len(reference) == 1)
    chosen = found[-1:] if is_last else merged(found)
    score = temporal_overlap(chosen, reference)
    told = [", ".join(f"{start:g}-{end:g} s" for start, end in spans[:3]) for spans in (chosen, reference)]
    details = {"intervals": [list(span) for span in chosen[:20]]}
    return vr.RewardOutput(score=score, reason=f"{' against '.join(told)}: IoU {score:.2f}", details=details)
