"""A reward function for `trl grpo --reward_funcs vlm_rewards_trl.functions.from_env`.

TRL's command line takes functions by dotted path and no options for them, so the rewards file comes from the
environment variable `VLM_REWARDS_CONFIG`.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from typing import Any

from vlm_rewards.errors import ConfigError
from vlm_rewards_trl.reward.factory import reward_function
from vlm_rewards_trl.reward.function import RewardFunction

__all__ = ["from_env"]

VARIABLE = "VLM_REWARDS_CONFIG"


@functools.cache
def _function(path: str) -> RewardFunction:
    return reward_function(path)


def from_env(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    completion_ids: Sequence[Sequence[int]] | None = None,
    **kwargs: Any,
) -> list[float | None]:
    """The rewards file named by `VLM_REWARDS_CONFIG`, as a function of TRL's convention.

    TRL's command line does not hand over its processor, so rewards that must know how images are resized are refused
    here with a ConfigError; give them their numbers in a training script instead.

    Raises:
        ConfigError: The variable is not set, or the file is wrong.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        raise ConfigError(f"{VARIABLE} is not set; set it to the path of a rewards file, like rewards.yaml.")
    return _function(path)(prompts, completions, completion_ids, **kwargs)
