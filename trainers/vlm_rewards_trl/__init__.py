"""Thin adapters over TRL: one composed reward function, trainers from one recipe, `train` and `prefer`."""

# Imported here and now, not on first use: each name is also a module's, and must be bound to the function.
from vlm_rewards_trl.dpo import dpo
from vlm_rewards_trl.grpo import grpo
from vlm_rewards_trl.gspo import gspo
from vlm_rewards_trl.mpo import mpo
from vlm_rewards_trl.recipe import Recipe
from vlm_rewards_trl.rewards import RewardFunction, reward_function
from vlm_rewards_trl.rloo import rloo
from vlm_rewards_trl.sft import sft

__all__ = ["Recipe", "RewardFunction", "dpo", "grpo", "gspo", "mpo", "reward_function", "rloo", "sft"]
