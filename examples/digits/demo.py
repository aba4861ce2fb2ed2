"""Align a small vision-language model on handwritten digits: data, SFT, GRPO, and the answers before and after."""

import warnings
from pathlib import Path

from datasets import load_dataset
from rich.console import Console

from vlm_rewards import load_scorer
from vlm_rewards.report import read_answers
from vlm_rewards_digits import build_model, write_data
from vlm_rewards_trl import Comparison, Recipe, Settings, evaluate, train

HERE = Path(__file__).parent
RUNS = Path("runs/digits")


def main() -> None:
    """Run the whole story; everything it makes is in `runs/digits`."""
    warnings.filterwarnings("ignore", ".*gradient_checkpointing", FutureWarning)  # of transformers to TRL
    console = Console()
    recipe = Recipe.read(HERE / "grpo.yaml")
    load_scorer(HERE / "rewards.yaml").close()  # a mistake in either shows before anything is trained
    console.rule("1. An untrained model of 0.7 million parameters, and images of real handwritten digits")
    build_model(RUNS / "base")
    files = write_data(RUNS / "data")
    console.rule("2. SFT on demonstrations, many of them flawed")
    train("sft", HERE / "sft.yaml")
    console.rule("3. GRPO under rewards.yaml")
    train("grpo", HERE / "grpo.yaml")
    console.rule("4. Held-out images, before and after")
    held_out = load_dataset("parquet", data_files=str(files["test"]), split="train")
    models = {"sft": str(RUNS / "sft"), "grpo": str(RUNS / "grpo")}
    evaluate(recipe, models, held_out, RUNS / "evaluation", Settings(max_tokens=32))
    Comparison(list(read_answers(RUNS / "evaluation/answers.jsonl"))).print(console)
    console.print(f"\nAll answers with images and reasons: open [bold]{RUNS / 'evaluation/report.html'}[/bold]")


if __name__ == "__main__":
    main()
