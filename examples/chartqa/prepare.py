"""ChartQA with its answer as a solution, and as a short demonstration for SFT. Needs the hub. Not run here."""

from pathlib import Path
from typing import Any

from datasets import load_dataset

DATA = Path("runs/chartqa/data")
ASK = "{} Think in <think></think>, then give the answer alone in <answer></answer>."


def convert(row: dict[str, Any]) -> dict[str, Any]:
    """Columns `prompt`, `completion` and `solution` from `query` and `label`, a list of one answer."""
    answer = row["label"][0]
    written = f"<think>I read the chart.</think><answer>{answer}</answer>"
    return {"prompt": ASK.format(row["query"]), "completion": written, "solution": answer}


def main() -> None:
    """Write train.parquet and test.parquet."""
    DATA.mkdir(parents=True, exist_ok=True)
    for split in ("train", "test"):
        rows = load_dataset("HuggingFaceM4/ChartQA", split=split)
        rows = rows.map(convert, remove_columns=[column for column in rows.column_names if column != "image"])
        rows.to_parquet(DATA / f"{split}.parquet")


if __name__ == "__main__":
    main()
