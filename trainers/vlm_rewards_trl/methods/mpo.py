"""MPO: DPO mixed with a loss on each answer's quality and one that imitates the chosen answer (arXiv 2411.10442)."""

from vlm_rewards_trl.methods.offline import PREFERENCES, OfflineMethod

# The losses and their weights are those of the paper.
mpo = OfflineMethod(
    "mpo",
    "DPOTrainer",
    "DPOConfig",
    {"loss_type": ["sigmoid", "bco_pair", "sft"], "loss_weights": [0.8, 0.2, 1.0]},
    columns=PREFERENCES,
)
