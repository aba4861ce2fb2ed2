"""How sure a mean is: percentile bootstrap over prompts, and the unbiased estimator of pass@k."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Values that are drawn at a time, so that a large dataset needs little memory.
_DRAWN = 2_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over so many prompts, with the ends of its interval."""

    mean: float
    low: float
    high: float
    prompts: int


def estimate(values: Sequence[float], *, seed: int = 0, resamples: int = 2000, level: float = 0.95) -> Estimate | None:
    """The mean of one value per prompt, with a percentile bootstrap interval; None without values.

    Prompts are resampled, not answers: answers to one prompt are alike, and more of them make nothing surer about
    other prompts. Where all values are equal the interval is a point, which says too little about few prompts. `level`
    is the share of the resampled means inside the interval.

    Source: Efron, Bootstrap methods: another look at the jackknife, 1979.

    >>> estimate([0.0, 1.0, 1.0, 0.0])
    Estimate(mean=0.5, low=0.0, high=1.0, prompts=4)
    """
    import numpy as np

    if not values:
        return None
    numbers = np.asarray(values, dtype=np.float64)
    draw, size = np.random.default_rng(seed), len(numbers)
    at_once = max(1, _DRAWN // size)
    means = np.concatenate(
        [
            numbers[draw.integers(size, size=(min(at_once, resamples - start), size))].mean(axis=1)
            for start in range(0, resamples, at_once)
        ]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(numbers.mean()), float(low), float(high), size)


def pass_at_k(samples: int, successes: int, k: int) -> float:
    """Probability that at least one of `k` answers is right, by the successes among as many or more samples.

    Source: Chen et al., Evaluating large language models trained on code, 2021, arXiv:2107.03374, equation 1.

    >>> pass_at_k(4, 1, 1), pass_at_k(4, 1, 4), pass_at_k(4, 0, 2)
    (0.25, 1.0, 0.0)
    >>> round(pass_at_k(4, 2, 2), 3)  # of the six pairs, one has no right answer
    0.833
    """
    return 1 - math.comb(samples - successes, k) / math.comb(samples, k)
