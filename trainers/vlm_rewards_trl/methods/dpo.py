"""DPO: raise the chosen answer over the rejected one, without a reward model (arXiv 2305.18290)."""

from vlm_rewards_trl.methods.offline import PREFERENCES, OfflineMethod

dpo = OfflineMethod("dpo", "DPOTrainer", "DPOConfig", {}, columns=PREFERENCES)
