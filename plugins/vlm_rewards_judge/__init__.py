"""The `judge` pack: what models say of an answer where no rule decides."""

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_judge.equal import Equal
from vlm_rewards_judge.rubric import Rubric

__all__ = ["Equal", "Rubric"]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return [Equal, Rubric]
