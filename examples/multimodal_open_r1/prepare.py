"""multimodal-open-r1-8k-verified as columns of their own: the demonstration, and the final answer inside it.

The dataset's `solution` is a whole answer, `<think>..</think><answer>..</answer>`. Needs the hub. Not run here.
"""

from pathlib import Path
from typing import Any

from datasets import load_dataset

from vlm_rewards import Completion

DATA = Path("runs/multimodal_open_r1/data")


def convert(row: dict[str, Any]) -> dict[str, Any]:
    """The demonstration for SFT, and what the reward compares with."""
    answer = Completion(row["solution"])
    return {"prompt": row["problem"], "completion": row["solution"], "solution": answer.answer or answer.response}


def main() -> None:
    """Write train.parquet and test.parquet."""
    rows = load_dataset("lmms-lab/multimodal-open-r1-8k-verified", split="train")
    rows = rows.map(convert, remove_columns=[name for name in rows.column_names if name not in {"image", "solution"}])
    DATA.mkdir(parents=True, exist_ok=True)
    for name, part in rows.train_test_split(test_size=200, seed=0).items():
        part.to_parquet(DATA / f"{name}.parquet")


if __name__ == "__main__":
    main()
