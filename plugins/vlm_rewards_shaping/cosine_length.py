"""`shaping/cosine_length`: short where the answer is right, long where it is wrong."""

from __future__ import annotations

import math
from typing import Annotated

import vlm_rewards as vr
from vlm_rewards_shaping.lengths import Unit, check_limit, is_right, measure_to_limit, shown_length


def check_options(
    context: vr.Context, *, max_length: int | None = None, unit: Unit = "auto", at_least: float = 1.0, **__: float
) -> None:
    """Raise ValueError for a missing limit."""
    check_limit(max_length, context, unit)
    if math.isnan(at_least):
        raise ValueError("at_least is not a number")


@vr.reward(range=(-1.0, 1.0), check=check_options)
def cosine_length(
    completion: vr.Completion,
    correct: vr.RewardOutput | None,
    context: vr.Context,
    *,
    max_length: Annotated[int, vr.Field(ge=1)] | None = None,
    correct_short: Annotated[float, vr.Field(ge=-1, le=1)] = 0.2,
    correct_long: Annotated[float, vr.Field(ge=-1, le=1)] = 0.1,
    wrong_short: Annotated[float, vr.Field(ge=-1, le=1)] = -1.0,
    wrong_long: Annotated[float, vr.Field(ge=-1, le=1)] = 0.0,
    exceeded: Annotated[float, vr.Field(ge=-1, le=1)] = -1.0,
    at_least: float = 1.0,
    unit: Unit = "auto",
) -> vr.RewardOutput:
    """A right answer that is short, or a wrong one that is long: half a cosine between the values at both ends.

    Range -1 to 1, by default -1 to 0.2: the published values at a tenth, so a weight of 10 gives them back. From
    `max_length` on the value is `exceeded`, whatever the verdict: the cosine never rises again. Where long pays more,
    blanks do not count, as in `shaping/length_window`. Abstains where the verdict does (`on_abstain` decides), and
    where the limit is in tokens and no token ids are known. An empty completion is unparseable.

    Args:
        completion: The answer.
        correct: The outcome of the term that judges the answer, by `depends: {correct: TERM}`. An unparseable answer
            is wrong.
        context: Facts of the run.
        max_length: The length L_max that the cosine ends at; the run's limit in tokens by default.
        correct_short: Value of a right answer of length 0.
        correct_long: Value of a right answer just under `max_length`.
        wrong_short: Value of a wrong answer of length 0.
        wrong_long: Value of a wrong answer just under `max_length`.
        exceeded: Value of every answer of `max_length` and more.
        at_least: The verdict's score from which an answer is right.
        unit: What lengths count; the outcome's details say which it was.

    Source: the cosine reward of Yeo et al., 2025 (arXiv 2502.03373), with the values of its experiments.

    >>> right, wrong = vr.RewardOutput(score=1.0), vr.RewardOutput(score=0.0)
    >>> short, long = vr.Completion("7"), vr.Completion("Let me think. " * 7)
    >>> [round(cosine_length(short, v, vr.Context(), max_length=100).score, 3) for v in (right, wrong)]
    [0.2, -1.0]
    >>> [round(cosine_length(long, v, vr.Context(), max_length=100).score, 3) for v in (right, wrong)]
    [0.1, -0.002]
    >>> cosine_length(vr.Completion("8" + " " * 90), wrong, vr.Context(), max_length=100).score < -0.9  # a hack: blanks
    True
    >>> cosine_length(vr.Completion("hm " * 66), wrong, vr.Context(), max_length=100).score  # a hack: ever longer
    -1.0
    """
    measured, right = measure_to_limit(completion, context, max_length, unit), is_right(correct, at_least)
    if isinstance(measured, vr.RewardOutput):
        return measured
    if isinstance(right, vr.RewardOutput):
        return right
    length, limit = measured
    details = {**length.details(), "right": right}
    if length.count >= limit:
        return vr.RewardOutput(
            score=exceeded, reason=f"{length.count} {length.unit}, at the limit of {limit} or over it", details=details
        )
    short, long = (correct_short, correct_long) if right else (wrong_short, wrong_long)
    # Where long pays, only what is seen is length.
    paid = shown_length(completion, length) if long > short else length.count
    value = long + (short - long) * (1 + math.cos(math.pi * paid / limit)) / 2
    # Rounding may leave the interval by the last digit.
    reason = f"{'a right' if right else 'not a right'} answer of {length.count} {length.unit}, with a limit of {limit}"
    return vr.RewardOutput(score=min(max(value, min(short, long)), max(short, long)), reason=reason, details=details)
