"""Rows that every framework scores, with pictures, faults and references that are none, and what they must earn."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from vlm_rewards import Batch, load_scorer

__all__ = ["CONFIG", "LOW", "NO_VERDICT", "expected", "plant"]

CONFIG = """\
version: 1
rewards:
  answer: {use: vqa/exact}
  form: {use: format/think, weight: 0.25}
  box:
    use: grounding/box_iou
    columns: {solution: box}
    params: {space: per_1000}
    weight: 0.5
    when: {column: kind, in: [box]}
  judge: {use: "./judge.py:judge", weight: 0.125, on_abstain: skip_row, isolation: inline}
"""
#: The least that a row can earn: the judge's -1 by its weight.
LOW = -0.125
JUDGE = '''\
import vlm_rewards as vr


@vr.reward(range=(-1, 1))
def judge(completion: vr.Completion, says: str) -> float | None:
    """What the row says; a verdict that is none, and a fault, too."""
    if says == "raise":
        raise RuntimeError("the judge is away")
    return None if says == "none" else float(says)
'''
#: What the judge says where no verdict comes of it.
NO_VERDICT = ("none", "nan", "raise")
SIZES = ((40, 30), (100, 50), (64, 64))


def plant(folder: Path, count: int) -> list[dict[str, Any]]:
    """Write the rewards file, its judge and the pictures into a folder; returns the rows.

    A row has the answer (`completion`) and all columns, and pictures by path. Every eighth has no verdict: a judge that
    says None, NaN or raises, or a reference that is none.
    """
    (folder / "rewards.yaml").write_text(CONFIG)
    (folder / "judge.py").write_text(JUDGE)
    for number, (width, height) in enumerate(SIZES):
        (folder / f"{number}.ppm").write_bytes(b"P6 %d %d 255\n" % (width, height) + bytes(3 * width * height))
    random_ = random.Random(0)
    rows = []
    for number in range(count):
        words = [random_.choice(("red", "a dog", "12", "Paris", "blue")) for _ in range(2)]
        x, y = random_.randrange(500), random_.randrange(500)
        answer = f"<think>Is it {words[0]}?</think>{words[0]} [{x}, {y}, {x + 300}, {y + 400}]"
        kind = random_.choice(("box", "text"))
        rows.append(
            {
                "id": number,
                "prompt": f"What is it, and where? ({number})",
                "completion": answer if kind == "box" else answer.partition(" [")[0],
                "solution": random_.choice(words),
                "kind": kind,
                "box": [1.5, 2.0, 30.0 + number % 7, 25.0],
                "images": [str(folder / f"{number % len(SIZES)}.ppm")],
                "says": f"{random_.uniform(-1, 1):.6f}",
            }
        )
        if number % 8 == 3:
            fault = (*NO_VERDICT, "reference")[number // 8 % 4]
            rows[-1] |= {"solution": ""} if fault == "reference" else {"says": fault}
    return rows


def expected(folder: Path, rows: list[dict[str, Any]]) -> list[float | None]:
    """What the rows earn here."""
    with load_scorer(folder / "rewards.yaml") as scorer:
        return list(scorer.score(Batch.from_rows(rows)).totals)


if __name__ == "__main__":
    import sys

    there = Path(sys.argv[1])
    planted = plant(there, 1000)
    (there / "rows.json").write_text(json.dumps({"rows": planted, "totals": expected(there, planted)}))
