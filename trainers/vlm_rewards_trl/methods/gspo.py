"""GSPO: GRPO with importance ratios and clipping of whole sequences (arXiv 2507.18071, values of its section 5.1)."""

from vlm_rewards_trl.methods.online import OnlineMethod

gspo = OnlineMethod(
    "gspo",
    "GRPOTrainer",
    "GRPOConfig",
    {"beta": 0.0, "importance_sampling_level": "sequence", "loss_type": "grpo", "epsilon": 3e-4, "epsilon_high": 4e-4},
    updates=4,  # with one update there is nothing to clip: its policy is the one that sampled
)
