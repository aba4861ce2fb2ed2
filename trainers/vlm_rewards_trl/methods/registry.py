"""Every training method by its name."""

from __future__ import annotations

from collections.abc import Mapping

from vlm_rewards.errors import ConfigError
from vlm_rewards.text.messages import did_you_mean
from vlm_rewards_trl.methods.dpo import dpo
from vlm_rewards_trl.methods.grpo import grpo
from vlm_rewards_trl.methods.gspo import gspo
from vlm_rewards_trl.methods.method import Method
from vlm_rewards_trl.methods.mpo import mpo
from vlm_rewards_trl.methods.rloo import rloo
from vlm_rewards_trl.methods.sft import sft

__all__ = ["METHODS", "dpo", "find_method", "grpo", "gspo", "mpo", "rloo", "sft"]

METHODS: Mapping[str, Method] = {method.name: method for method in (sft, dpo, mpo, grpo, gspo, rloo)}


def find_method(name: str) -> Method:
    """The method of a name. Raises ConfigError when there is none."""
    if name not in METHODS:
        raise ConfigError(f"There is no method '{name}', only {', '.join(METHODS)}.{did_you_mean(name, METHODS)}")
    return METHODS[name]
