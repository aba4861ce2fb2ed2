"""Rewards make preferences: from scored completions of one prompt to pairs, to the best, and to the good enough."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from vlm_rewards_trl.recipe.recipe import PreferencesConfig

# Sums of weighted scores are off by rounding: 0.3 - 0.1 is less than 0.2.
_ROUNDING = 1e-9


class Sample(NamedTuple):
    """One completion and its total reward."""

    text: str
    reward: float


def distinct(samples: Sequence[Sample]) -> list[Sample]:
    """The samples without those whose text came before."""
    first: dict[str, Sample] = {}
    for sample in samples:
        first.setdefault(sample.text, sample)
    return list(first.values())


def pairs_of(samples: Sequence[Sample], config: PreferencesConfig) -> Iterator[tuple[Sample, Sample]]:
    """Chosen and rejected completions of one prompt, each chosen one better by at least the margin.

    >>> samples = [Sample("7", 1.0), Sample("8", 0.0), Sample("seven", 1.0)]
    >>> [(chosen.text, rejected.text) for chosen, rejected in pairs_of(samples, PreferencesConfig(pairs="all"))]
    [('7', '8'), ('seven', '8')]
    >>> [(chosen.text, rejected.text) for chosen, rejected in pairs_of(samples, PreferencesConfig())]
    [('7', '8')]
    >>> list(pairs_of(samples, PreferencesConfig(ties="skip")))
    []
    """
    if config.pairs == "best_worst":
        best, worst = best_of(samples, config), best_of(samples, config, extreme=min)
        if best is not None and worst is not None and _better(best, worst, config):
            yield best, worst
        return
    for chosen, rejected in product(samples, samples):
        if _better(chosen, rejected, config):
            yield chosen, rejected


def best_of(
    samples: Sequence[Sample], config: PreferencesConfig, *, extreme: Callable[[Iterable[float]], float] = max
) -> Sample | None:
    """The completion of the greatest (or least) reward; None for no samples, or where `ties` takes none of several."""
    rewards = [sample.reward for sample in samples]
    equal = [sample for sample in samples if sample.reward == extreme(rewards)]
    if not equal or (config.ties == "skip" and len(equal) > 1):
        return None
    return min(equal, key=lambda sample: len(sample.text)) if config.ties == "shortest" else equal[0]


def accepted(samples: Sequence[Sample], config: PreferencesConfig) -> list[Sample]:
    """The completions that rejection sampling keeps: those of at least the reward `accept`."""
    return [sample for sample in samples if config.accept is not None and sample.reward >= config.accept - _ROUNDING]


def _better(chosen: Sample, rejected: Sample, config: PreferencesConfig) -> bool:
    gap = chosen.reward - rejected.reward
    return gap > _ROUNDING and gap >= config.margin - _ROUNDING
