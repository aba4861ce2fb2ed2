r"""`math/numeric`: how close the final number is to the reference, as a graded score."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Any, Literal

import vlm_rewards as vr
from vlm_rewards.answers import NUMERIC, extract_answer, is_cut_off, reference_answer
from vlm_rewards.text.messages import against
from vlm_rewards_math.equality.measure import measured, relative_error

Decay = Literal["linear", "exponential", "mra"]
MRA_ERRORS = tuple(Fraction(step, 20) for step in range(1, 11))  # 1 - C of the paper: 0.05, 0.10, .. 0.50


@vr.reward(range=(0.0, 1.0))
def numeric(
    completion: vr.Completion,
    solution: str,
    *,
    decay: Decay = "linear",
    scale: Annotated[float, vr.Field(gt=0, allow_inf_nan=False)] = 0.1,
    tolerance: Annotated[float, vr.Field(ge=0, allow_inf_nan=False)] = 0.0,
) -> vr.RewardOutput:
    r"""Closeness of the final number to the reference number.

    Range 0 to 1; never abstains. With the relative error e = |answer - reference| / |reference| (|answer| where the
    reference is 0) and the excess x = max(0, e - tolerance), both exact:

    - `linear`: max(0, 1 - x / scale);
    - `exponential`: exp(-x / scale);
    - `mra`, mean relative accuracy: the share of the ten bounds 0.05, 0.10, .. 0.50 that e is below; `scale` and
      `tolerance` do not count.

    The final answer is found as by `math/answer`; a unit of the same dimension is converted, another one scores 0, and
    a missing one is forgiven. Whatever is not one finite number (several numbers, `\infty`, `NaN`, an unknown, a
    division by zero) is unparseable.

    Args:
        completion: The answer.
        solution: The reference, a number in any form that `math/answer` reads as one number.
        decay: How the score falls with the error.
        scale: Excess of the relative error at which `linear` reaches 0, and `exponential` 1/e; above 0.
        tolerance: Relative error that is forgiven: up to it the score is 1; 0.01 is one per cent.

    Source: `mra` is the measure of VSI-Bench (arXiv 2412.14171); the two others are the usual shapes of a distance.

    >>> numeric(vr.Completion("\\boxed{12.5}"), "12.5").score, numeric(vr.Completion("\\boxed{12}"), "12.5").score
    (1.0, 0.6)
    >>> numeric(vr.Completion("\\boxed{25}"), "12.5").score
    0.0
    >>> numeric(vr.Completion("\\boxed{11, 12, 13}"), "12.5").reason  # a hack: several numbers
    'not one number'
    """
    want = measured(reference_answer(solution))
    if want is None:
        return vr.RewardOutput.bad_reference("the reference is not one number")
    found = extract_answer(completion, sources=NUMERIC)
    if found is None:
        return vr.RewardOutput.unparseable("no final answer after the reasoning")
    have = None if is_cut_off(found, completion.response) else measured(found.text)
    if have is None:
        return vr.RewardOutput.unparseable("not one number", **found.details())
    error = relative_error(have, want)
    if error is None:
        reason = f"{against(found.text, solution)}: another kind of unit"
        return vr.RewardOutput(score=0.0, reason=reason, details=found.details())
    excess = max(Fraction(0), error - Fraction(tolerance))
    score = _mra(error) if decay == "mra" else _decayed(excess / Fraction(scale), decay)
    details: dict[str, Any] = {**found.details(), "relative_error": _float(error)}
    reason = f"{against(found.text, solution)}: {100 * details['relative_error']:.3g} % off"
    return vr.RewardOutput(score=score, reason=reason if score < 1.0 else None, details=details)


BIGGEST = 1000  # exp(-1000) is 0 as a float


def _mra(error: Fraction) -> float:
    return sum(error < bound for bound in MRA_ERRORS) / len(MRA_ERRORS)


def _decayed(ratio: Fraction, decay: Decay) -> float:
    if ratio >= BIGGEST:
        return 0.0
    return max(0.0, float(1 - ratio)) if decay == "linear" else math.exp(-float(ratio))


def _float(value: Fraction) -> float:
    """A float of a fraction of any size; the biggest one for what no float can hold."""
    return float(value) if value < Fraction(10) ** 300 else 1e300
