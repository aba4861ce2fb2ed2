"""Every training method by its name."""

from collections.abc import Mapping

from vlm_rewards.errors import ConfigError
from vlm_rewards.text.messages import did_you_mean
from vlm_rewards_trl.methods.method import Method
from vlm_rewards_trl.methods.offline import DEMONSTRATIONS, PREFERENCES, OfflineMethod
from vlm_rewards_trl.methods.online import OnlineMethod

#: Supervised fine-tuning on demonstrations, the start that reinforcement learning needs.
sft = OfflineMethod("sft", "SFTTrainer", "SFTConfig", {}, columns=DEMONSTRATIONS)
#: Raise the chosen answer over the rejected one, without a reward model (arXiv 2305.18290).
dpo = OfflineMethod("dpo", "DPOTrainer", "DPOConfig", {}, columns=PREFERENCES)
#: DPO mixed with a loss on each answer's quality and one that imitates the chosen answer (arXiv 2411.10442).
_MPO = {"loss_type": ["sigmoid", "bco_pair", "sft"], "loss_weights": [0.8, 0.2, 1.0]}  # as in the paper
mpo = OfflineMethod("mpo", "DPOTrainer", "DPOConfig", _MPO, columns=PREFERENCES)
#: Advantages inside each group of completions (arXiv 2402.03300).
grpo = OnlineMethod("grpo", "GRPOTrainer", "GRPOConfig", {"beta": 0.0})
#: GRPO with importance ratios and clipping of whole sequences (arXiv 2507.18071, values of its section 5.1). With one
#: update there is nothing to clip: its policy is the one that sampled.
_GSPO = {"beta": 0.0, "importance_sampling_level": "sequence", "loss_type": "grpo"}
_GSPO |= {"epsilon": 3e-4, "epsilon_high": 4e-4}
gspo = OnlineMethod("gspo", "GRPOTrainer", "GRPOConfig", _GSPO, updates=4)
#: Each completion against the mean reward of the others of its group (arXiv 2402.14740). `beta` as GRPO has it; the
#: 0.05 of TRL keeps a second copy of the model in memory for a KL term.
rloo = OnlineMethod("rloo", "RLOOTrainer", "RLOOConfig", {"beta": 0.0}, takes_mixed=True)

METHODS: Mapping[str, Method] = {method.name: method for method in (sft, dpo, mpo, grpo, gspo, rloo)}


def find_method(name: str) -> Method:
    """The method of a name. Raises ConfigError when there is none."""
    if name not in METHODS:
        raise ConfigError(f"There is no method '{name}', only {', '.join(METHODS)}.{did_you_mean(name, METHODS)}")
    return METHODS[name]
