"""RLOO: each completion against the mean reward of the others of its group (arXiv 2402.14740)."""

from vlm_rewards_trl.methods.online import OnlineMethod

# `beta` as GRPO has it; the 0.05 of TRL keeps a second copy of the model in memory for a KL term.
rloo = OnlineMethod("rloo", "RLOOTrainer", "RLOOConfig", {"beta": 0.0}, takes_mixed=True)
