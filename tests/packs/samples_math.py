"""Samples of the `math` pack."""

from __future__ import annotations

from tests.packs.sample import Sample

SAMPLES = [
    Sample("math/answer", "<think>3+4</think><answer>\\boxed{7}</answer>", {"solution": "7"}),
    Sample("math/answer", "\\boxed{0.5}", {"solution": "\\frac{1}{2}"}),
    Sample("math/answer", "\\boxed{cat}", {"solution": ["dog", "cat"]}),
]
