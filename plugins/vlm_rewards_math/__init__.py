"""The `math` pack: is the final answer right?"""

from collections.abc import Callable, Iterable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_math.answer import answer, grade
from vlm_rewards_math.expression import expression
from vlm_rewards_math.numeric import numeric

__all__ = ["answer", "expression", "grade", "numeric"]


@vr.hookimpl
def vlm_rewards_register() -> Iterable[Callable[..., Any]]:
    """The rewards of this pack."""
    return [answer, numeric, expression]
