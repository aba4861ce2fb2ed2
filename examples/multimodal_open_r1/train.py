"""SFT, then GRPO, then both beside the model they came from, on held-out problems.

Needs prepare.py, the hub and a GPU of 80 GB. Not run here.
"""

from pathlib import Path

from rich.console import Console

from vlm_rewards.report import table_of
from vlm_rewards_trl import Recipe, Settings, evaluate, held_out, train

HERE = Path(__file__).parent
RUNS = Path("runs/multimodal_open_r1")


def main() -> None:
    """Train both, and write answers, figures and a report into `evaluation`."""
    sft = train("sft", HERE / "sft_qwen2_5_vl.yaml")
    grpo = train("grpo", HERE / "grpo_qwen2_5_vl.yaml")
    recipe = Recipe.read(HERE / "grpo_qwen2_5_vl.yaml")
    models = {"base": "Qwen/Qwen2.5-VL-3B-Instruct", "sft": str(sft), "grpo": str(grpo)}
    settings = Settings(max_tokens=1024, samples=4)
    Console().print(table_of(evaluate(recipe, models, held_out(recipe), RUNS / "evaluation", settings)))


if __name__ == "__main__":
    main()
