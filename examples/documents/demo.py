"""Teach a small vision-language model to write the HTML of a table in a picture: SFT, GRPO, and held-out pictures."""

import runpy
import warnings
from pathlib import Path

from datasets import load_dataset
from rich.console import Console

from vlm_rewards import load_scorer
from vlm_rewards_digits import build_model
from vlm_rewards_trl import compare, train

HERE = Path(__file__).parent
RUNS = Path("runs/documents")


def main() -> None:
    """Run the whole story; everything it makes is in `runs/documents`."""
    warnings.filterwarnings("ignore", ".*gradient_checkpointing", FutureWarning)  # of transformers to TRL
    scorer = load_scorer(HERE / "rewards.yaml")
    build_model(RUNS / "base")
    runpy.run_path(str(HERE / "tables.py"))["main"]()
    for method in ("sft", "grpo"):
        train(method, HERE / f"{method}.yaml")
    held_out = load_dataset("parquet", data_files=str(RUNS / "data/test.parquet"), split="train")
    models = {name: RUNS / name for name in ("base", "sft", "grpo")}
    compare(models, held_out, scorer, max_tokens=80).print(Console())


if __name__ == "__main__":
    main()
