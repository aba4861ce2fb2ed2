"""Thin adapters over TRL: one composed reward function, trainers from one recipe, `train` and `prefer`."""

# Imported here and now, not on first use: each name is also a module's, and must be bound to the function.
from vlm_rewards_trl.methods.dpo import dpo
from vlm_rewards_trl.methods.grpo import grpo
from vlm_rewards_trl.methods.gspo import gspo
from vlm_rewards_trl.methods.mpo import mpo
from vlm_rewards_trl.methods.rloo import rloo
from vlm_rewards_trl.methods.sft import sft
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.factory import reward_function
from vlm_rewards_trl.reward.function import RewardFunction

__all__ = ["Recipe", "RewardFunction", "dpo", "grpo", "gspo", "mpo", "reward_function", "rloo", "sft"]
