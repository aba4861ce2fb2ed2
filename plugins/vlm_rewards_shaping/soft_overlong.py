"""`shaping/soft_overlong`: a penalty that sets in before the limit."""

from __future__ import annotations

from typing import Annotated

import vlm_rewards as vr
from vlm_rewards_shaping.lengths import Unit, check_limit, measure_to_limit


def check_options(context: vr.Context, *, cache: int, max_length: int | None = None, unit: Unit = "auto") -> None:
    """Raise ValueError for a missing limit, or a cache that does not fit under it."""
    limit = check_limit(max_length, context, unit)
    if cache > limit:
        raise ValueError(f"cache {cache} is more than the limit {limit}")


@vr.reward(range=(-1.0, 0.0), check=check_options)
def soft_overlong(
    completion: vr.Completion,
    context: vr.Context,
    *,
    cache: Annotated[int, vr.Field(ge=0)],
    max_length: Annotated[int, vr.Field(ge=1)] | None = None,
    unit: Unit = "auto",
) -> vr.RewardOutput:
    """A completion that stays clear of the limit by `cache`.

    Range -1 to 0: 0 up to `max_length - cache`, then falling in a straight line to -1 at `max_length`, and -1 beyond.
    Abstains where the limit is in tokens and no token ids are known. An empty completion is unparseable.

    Args:
        completion: The answer.
        context: Facts of the run.
        cache: How far before the limit the penalty sets in, L_cache of the paper; 0 makes a step of it.
        max_length: The limit L_max; the run's limit in tokens by default.
        unit: What lengths count; the outcome's details say which it was.

    Source: DAPO, equation 13 (arXiv 2503.14476), where the limit was 20,480 tokens and the cache 4,096.

    >>> soft_overlong(vr.Completion("x" * 80), vr.Context(), max_length=100, cache=20).score
    0.0
    >>> soft_overlong(vr.Completion("x" * 90), vr.Context(), max_length=100, cache=20).score
    -0.5
    >>> soft_overlong(vr.Completion(""), vr.Context(), max_length=100, cache=20).reason  # a hack: silence
    'an empty completion'
    """
    measured = measure_to_limit(completion, context, max_length, unit)
    if isinstance(measured, vr.RewardOutput):
        return measured
    length, limit = measured
    over = length.count - (limit - cache)
    # Beyond the limit first: a cache of 0 has no slope to divide by.
    score = -1.0 if over > cache else -over / cache if over > 0 else 0.0
    reason = f"{length.count} {length.unit}, and the penalty sets in at {limit - cache}" if score else None
    return vr.RewardOutput(score=score, reason=reason, details=length.details())
