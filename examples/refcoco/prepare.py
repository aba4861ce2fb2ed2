"""RefCOCO as rows of one expression and its box.

The copy on the hub that holds the images has no training split: `val` trains, `testA` is held out. Its boxes are
x, y, width, height. Needs the hub. Not run here.
"""

from pathlib import Path
from typing import Any

from datasets import load_dataset

DATA = Path("runs/refcoco/data")
ASK = (
    'Where is this: "{}"? Think in <think></think>, then answer as JSON, {{"bbox_2d": [x1, y1, x2, y2]}}, '
    "in <answer></answer>."
)


def convert(row: dict[str, Any]) -> dict[str, Any]:
    """The question about the first expression, and the box by its corners, in pixels."""
    x, y, width, height = row["bbox"]
    return {"prompt": ASK.format(row["answer"][0]), "solution": [x, y, x + width, y + height]}


def main() -> None:
    """Write train.parquet and test.parquet."""
    DATA.mkdir(parents=True, exist_ok=True)
    for split, name in {"val": "train", "testA": "test"}.items():
        rows = load_dataset("lmms-lab/RefCOCO", split=split)
        rows = rows.map(convert, remove_columns=[column for column in rows.column_names if column != "image"])
        rows.to_parquet(DATA / f"{name}.parquet")


if __name__ == "__main__":
    main()
