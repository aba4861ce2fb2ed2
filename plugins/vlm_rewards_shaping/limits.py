"""`shaping/soft_overlong`, `length_window` and `truncated`: lengths within limits."""

from __future__ import annotations

from typing import Annotated

import vlm_rewards as vr
from vlm_rewards_shaping.lengths import Unit, check_limit, is_empty, measure, measure_to_limit, shown_length


def check_overlong(context: vr.Context, *, cache: int, max_length: int | None = None, unit: Unit = "auto") -> None:
    """Raise ValueError for a missing limit, or a cache that does not fit under it."""
    limit = check_limit(max_length, context, unit)
    if cache > limit:
        raise ValueError(f"cache {cache} is more than the limit {limit}")


@vr.reward(range=(-1.0, 0.0), check=check_overlong)
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


def check_window(_: vr.Context, *, min_length: int = 0, max_length: int | None = None, **__: object) -> None:
    """Raise ValueError for a window without a bound, or without room."""
    if not min_length and max_length is None:
        raise ValueError("the window has no bound; give min_length or max_length")
    if max_length is not None and max_length < min_length:
        raise ValueError(f"the window from {min_length} to {max_length} holds no length")


@vr.reward(range=(0.0, 1.0), check=check_window)
def length_window(
    completion: vr.Completion,
    *,
    min_length: Annotated[int, vr.Field(ge=0)] = 0,
    max_length: Annotated[int, vr.Field(ge=1)] | None = None,
    margin: Annotated[int, vr.Field(ge=0)] = 0,
    unit: Unit = "auto",
) -> vr.RewardOutput:
    """A length between `min_length` and `max_length`.

    Range 0 to 1: 1 inside the window, both ends included; outside it falls in a straight line to 0 over `margin`.
    Abstains where `unit` is `tokens` and no token ids are known. An empty completion is unparseable. For the lower
    bound, runs of white space are one space, invisible characters are nothing, and there are at most as many tokens as
    visible bytes; it still pays for words that say nothing: pair it with `shaping/repetition`.

    Args:
        completion: The answer.
        min_length: The least length that earns 1.
        max_length: The greatest length that earns 1; None for no upper bound.
        margin: How far outside the window the reward reaches 0; 0 makes a step of it.
        unit: What lengths count; the outcome's details say which it was.

    Source: ours, a trapezoid.

    >>> length_window(vr.Completion("x" * 50), min_length=10, max_length=100).score
    1.0
    >>> length_window(vr.Completion("x" * 105), min_length=10, max_length=100, margin=10).score
    0.5
    >>> length_window(vr.Completion("7" + " " * 9), min_length=10).score  # a hack: blanks do not count
    0.0
    """
    length = measure(completion, unit)
    if isinstance(length, vr.RewardOutput):
        return length
    below = min_length - shown_length(completion, length)
    above = 0 if max_length is None else length.count - max_length
    outside = max(below, above, 0)
    score = 1.0 if outside == 0 else max(0.0, 1 - outside / margin) if margin else 0.0
    window = f"{min_length} to {'any' if max_length is None else max_length}"
    reason = f"{outside} outside of {window}: {length.count} {length.unit}" if outside else None
    return vr.RewardOutput(score=score, reason=reason, details=length.details())


def check_run(context: vr.Context) -> None:
    """Raise ValueError for a run that tells one of the two facts and not the other; offline neither is known."""
    has_limit = context.max_completion_tokens is not None
    if has_limit and not context.eos_token_ids:
        raise ValueError("the ids that end a completion are not known: pass `processing_class`")
    if context.eos_token_ids and not has_limit:
        raise ValueError("the limit of a completion is not known: pass `args` with max_completion_length")


@vr.reward(range=(-1.0, 0.0), check=check_run)
def truncated(completion: vr.Completion, context: vr.Context) -> float | vr.RewardOutput:
    """A completion that was not cut off at the limit of the run.

    Range -1 or 0: -1 where it has as many tokens as may be generated and the last one does not end it. Abstains where
    the token ids, the limit or the ids that end a completion are not known, as when a file is scored. An empty
    completion is unparseable.

    Args:
        completion: The answer.
        context: Holds `max_completion_tokens` and `eos_token_ids`.

    Source: the overlong penalty that DAPO starts from (arXiv 2503.14476, section 3.4).

    >>> run = vr.Context(max_completion_tokens=4, eos_token_ids=(2,))
    >>> truncated(vr.Completion("It is 7", token_ids=[5, 6, 7, 2]), run)
    0.0
    >>> truncated(vr.Completion("It is 7 or", token_ids=[5, 6, 7, 8]), run).reason
    'cut off at the limit'
    >>> truncated(vr.Completion("", token_ids=[2]), run).reason  # a hack: end at once
    'an empty completion'
    """
    if is_empty(completion):
        return vr.RewardOutput.unparseable("an empty completion")
    limit, ids = context.max_completion_tokens, completion.token_ids
    if ids is None or limit is None or not context.eos_token_ids:
        return vr.RewardOutput.abstained("the token ids, the limit or the ids that end a completion are not known")
    if len(ids) >= limit and ids[-1] not in context.eos_token_ids:
        return vr.RewardOutput(score=-1.0, reason="cut off at the limit")
    return 0.0
