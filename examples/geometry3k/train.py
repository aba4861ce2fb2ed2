"""GRPO with a trainer of your own: everything is TRL's, but for the one function that holds the rewards.

Needs the hub and a GPU of 80 GB. Not run here.
"""

from pathlib import Path

from datasets import load_dataset
from transformers import AutoProcessor
from trl import GRPOConfig, GRPOTrainer

from vlm_rewards_trl import reward_function

MODEL = "Qwen/Qwen2.5-VL-3B-Instruct"
ASK = "Write your reasoning in <think></think> and the final answer as \\boxed{} in <answer></answer>."


def ask(problem: str) -> str:
    """The question without the mark of its image, which TRL puts into the turn."""
    return problem.replace("<image>", "") + " " + ASK


def main() -> None:
    """Train, and save the model."""
    rows = load_dataset("hiyouga/geometry3k", split="train")
    rows = rows.map(lambda row: {"prompt": [{"role": "user", "content": ask(row["problem"])}]})
    processor = AutoProcessor.from_pretrained(MODEL, padding_side="left", max_pixels=1024 * 28 * 28)
    args = GRPOConfig("runs/geometry3k_own", max_completion_length=1024, num_generations=8, log_completions=True)
    rewards = reward_function(Path(__file__).with_name("rewards.yaml"), processing_class=processor, args=args)
    trainer = GRPOTrainer(MODEL, rewards, args, train_dataset=rows, processing_class=processor)
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
