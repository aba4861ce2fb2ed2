"""Samples of the `judge` pack; the judge is a process that follows a rule."""

from __future__ import annotations

from dataclasses import dataclass

from tests.packs.judge.server import honest_address
from tests.packs.sample import Sample

JUDGES = [{"server": honest_address(), "model": "rule"}]


@dataclass(frozen=True)
class Judged(Sample):
    """A sample whose name is the same in every process."""

    def __str__(self) -> str:
        return f"{self.use}({len(self.params)})"


SAMPLES = [
    Judged(
        "judge/equal",
        "It is <answer>the Nile</answer>.",
        {"solution": "the Nile", "prompt": "Which river?"},
        {"judges": JUDGES},
        bad="the Rhine",
    ),
    Judged(
        "judge/rubric",
        "a good answer",
        params={
            "judges": JUDGES * 3,
            "by": "mean",
            "points": [{"ask": "Is it good?"}, {"ask": "How good?", "choices": ["bad", "fair", "fine"], "weight": 2}],
        },
        bad="an answer",
    ),
]
