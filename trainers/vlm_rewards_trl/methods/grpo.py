"""GRPO: advantages inside each group of completions (arXiv 2402.03300)."""

from vlm_rewards_trl.methods.online import OnlineMethod

grpo = OnlineMethod("grpo", "GRPOTrainer", "GRPOConfig", {"beta": 0.0})
