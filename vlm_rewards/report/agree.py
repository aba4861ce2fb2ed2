"""How verdicts agree with labels, or with other verdicts, and how sure that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from vlm_rewards.report.summary import Estimate


def agree(
    prompts: Sequence[str | int], paid: Sequence[bool | None], right: Sequence[bool | None], *, seed: int = 0
) -> dict[str, Estimate]:
    """Compare whether rows are paid and whether they are right; None where nobody says, which counts nowhere.

    The figures, where they are defined, with 95 % percentile bootstrap intervals over prompts: `accuracy` and `error`;
    `false payments`, of the wrong rows; `missed payments`, of the right ones; Cohen's `kappa`, not where a side says
    the same of all rows; the shares that are `right`, `mended` (paid and right) and `spoiled` (paid and wrong); and
    `gain`, the mended less the spoiled.

    Source: Cohen, A coefficient of agreement for nominal scales, 1960.
    """
    import numpy as np

    counts: dict[str | int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for prompt, one, other in zip(prompts, paid, right, strict=True):
        if one is not None and other is not None:
            counts[prompt][2 * (not one) + (not other)] += 1
    if not counts:
        return {}
    # Prompts with the same counts are drawn together: the same as one by one, and much quicker.
    kinds, times = np.unique(np.array(list(counts.values())), axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(counts), times / len(counts), size=2000) @ kinds
    shares = np.vstack([times @ kinds, drawn]).T.astype(np.float64)  # of all, then as drawn
    mended, spoiled, missed, passed = shares / shares.sum(axis=0)
    pays, earned, wrong, same = mended + spoiled, mended + missed, spoiled + passed, mended + passed
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = pays * earned + (1 - pays) * wrong
        figures = {
            "accuracy": same,
            "error": 1 - same,
            "false payments": spoiled / wrong,
            "missed payments": missed / earned,
            "kappa": np.where(pays * (missed + passed) * earned * wrong > 0, (same - chance) / (1 - chance), np.nan),
            "right": earned,
            "mended": mended,
            "spoiled": spoiled,
            "gain": mended - spoiled,
        }
    found = {}
    for name, values in figures.items():
        if not np.isnan(values[0]):
            low, high = np.nanquantile(values[1:], [0.025, 0.975])
            found[name] = Estimate(float(values[0]), float(low), float(high), len(counts))
    return found
