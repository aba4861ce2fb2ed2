"""SFT: supervised fine-tuning on demonstrations, the start that reinforcement learning needs."""

from vlm_rewards_trl.methods.offline import DEMONSTRATIONS, OfflineMethod

sft = OfflineMethod("sft", "SFTTrainer", "SFTConfig", {}, columns=DEMONSTRATIONS)
