"""How verdicts agree with labels, or with other verdicts, and how sure that is."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from vlm_rewards.report.summary import Estimate

#: Of each row whether it is paid, or right; None where nobody says.
Verdicts: TypeAlias = Sequence[bool | None]


def agree(prompts: Sequence[str | int], paid: Verdicts, right: Verdicts, *, seed: int = 0) -> dict[str, Estimate]:
    """Compare whether rows are paid and whether they are right, with 95 % percentile bootstrap intervals over prompts.

    The figures, where they are defined: `accuracy`, or `agreement`, and `error`; `false payments`, of the wrong rows;
    `missed payments`, of the right ones; Cohen's `kappa`, not where a side says the same of all; the share that is
    `right`; and `gain`, what is paid and right less what is paid and wrong.

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
    sums = np.vstack([times @ kinds, drawn]).T  # of all rows, then as drawn
    fixed, spoiled, missed, passed = sums / sums.sum(axis=0)
    pays, earned, wrong, same = fixed + spoiled, fixed + missed, spoiled + passed, fixed + passed
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = pays * earned + (1 - pays) * wrong
        figures = {
            "accuracy": same,
            "agreement": same,
            "error": 1 - same,
            "false payments": spoiled / wrong,
            "missed payments": missed / earned,
            "kappa": np.where(pays * (missed + passed) * earned * wrong > 0, (same - chance) / (1 - chance), np.nan),
            "right": earned,
            "gain": fixed - spoiled,
        }
    defined = {name: values for name, values in figures.items() if not np.isnan(values[0])}
    ends = {name: np.nanquantile(values[1:], [0.025, 0.975]).tolist() for name, values in defined.items()}
    return {name: Estimate(float(defined[name][0]), low, high, len(counts)) for name, (low, high) in ends.items()}
