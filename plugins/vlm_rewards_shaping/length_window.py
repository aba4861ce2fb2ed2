"""`shaping/length_window`: neither too short nor too long."""

from __future__ import annotations

from typing import Annotated

import vlm_rewards as vr
from vlm_rewards_shaping.lengths import Unit, measure, shown_length


def check_options(_: vr.Context, *, min_length: int = 0, max_length: int | None = None, **__: object) -> None:
    """Raise ValueError for a window without a bound, or without room."""
    if not min_length and max_length is None:
        raise ValueError("the window has no bound; give min_length or max_length")
    if max_length is not None and max_length < min_length:
        raise ValueError(f"the window from {min_length} to {max_length} holds no length")


@vr.reward(range=(0.0, 1.0), check=check_options)
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
    >>> length_window(vr.Completion("7" + " " * 9), min_length=10).score  # a hack: blanks are no length
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
