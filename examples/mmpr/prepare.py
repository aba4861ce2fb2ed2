"""MMPR-v1.2 as pairs of answers: `python examples/mmpr/prepare.py FOLDER`.

FOLDER holds meta.json and the unpacked images and annotations of `OpenGVLab/MMPR-v1.2`. Of each of its sets at most
5,000 pairs about one image are taken; one image in fifty is held out, with all its pairs. The whole was not run here.
"""

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Any
from zlib import crc32

DATA = Path("runs/mmpr/data")
LIMIT, HELD_OUT = 5000, 50


def convert(row: dict[str, Any]) -> dict[str, Any]:
    """The question without the mark of its image, which the chat template of the model writes, and both answers."""
    question = row["question"].replace("<image>", "").strip()
    return {"prompt": question, "chosen": row["chosen"], "rejected": row["rejected"]}


def main() -> None:
    """Write train.jsonl and test.jsonl."""
    meta = Path(sys.argv[1]).resolve() / "meta.json"
    DATA.mkdir(parents=True, exist_ok=True)
    with (DATA / "train.jsonl").open("w") as train, (DATA / "test.jsonl").open("w") as test:
        for part in json.loads(meta.read_text()).values():
            base = next(base for base in meta.parents if (base / part["annotation"]).exists())
            with (base / part["annotation"]).open() as lines:
                rows = (row for row in map(json.loads, lines) if isinstance(row.get("image"), str))
                for row in islice(rows, LIMIT):
                    file = train if crc32(row["image"].encode()) % HELD_OUT else test
                    image = str(base / part["root"] / row["image"])
                    file.write(json.dumps({**convert(row), "image": image}) + "\n")


if __name__ == "__main__":
    main()
