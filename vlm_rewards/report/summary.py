"""From scored answers to a table: one column per model and way of answering, every figure with its interval.

How sure a mean is tells a percentile bootstrap over prompts; pass@k has its unbiased estimator.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean
from typing import Any, TypeVar

from vlm_rewards.report.records import AnsweredRow
from vlm_rewards.types.output import Status

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


K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Column:
    """The results of one model in one way of answering.

    Args:
        model: Name of the model.
        mode: `greedy`, `sampled`, or empty.
        prompts: How many prompts it answered.
        answers: How many answers it gave to all of them.
        unscored: How many of these have no total: faults of the data or of a grader.
        total: Mean total reward.
        terms: Mean of what each term counts, over the prompts for which it counts anything.
        pass_at: Probability that one of k answers is right, by k.
        difference: Total minus that of the first model, over the prompts that both answered.
        differences: The same per term.
        statuses: Answers by status, per term.
    """

    model: str
    mode: str
    prompts: int
    answers: int
    unscored: int
    total: Estimate | None
    terms: Mapping[str, Estimate]
    pass_at: Mapping[int, Estimate]
    difference: Estimate | None = None
    differences: Mapping[str, Estimate] = field(default_factory=dict)
    statuses: Mapping[str, Mapping[Status, int]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Model and mode in a few words."""
        return f"{self.model} ({self.mode})" if self.mode else self.model


@dataclass(frozen=True, slots=True)
class Summary:
    """The results of all models.

    Args:
        columns: One per model and mode; the first model first.
        terms: Names of the terms.
        seed: Seed of the intervals.
        overall: Figures that rewards count over all greedy answers together: by term, model and name.
    """

    columns: Sequence[Column]
    terms: Sequence[str]
    seed: int
    overall: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)

    @property
    def models(self) -> list[str]:
        """Names of the models, in the order of the rows."""
        return list(dict.fromkeys(column.model for column in self.columns))

    @property
    def modes(self) -> list[str]:
        """The ways of answering, in the order of the rows."""
        return list(dict.fromkeys(column.mode for column in self.columns))

    @property
    def ks(self) -> list[int]:
        """Every k of a pass@k."""
        return sorted({k for column in self.columns for k in column.pass_at})

    def of(self, model: str, mode: str) -> Column:
        """The column of a model and a mode. Raises KeyError when there is none."""
        return {(column.model, column.mode): column for column in self.columns}[model, mode]

    def figures(self, column: Column) -> list[tuple[str, Estimate | None]]:
        """The figures of a column by their headings: terms, total, difference to the first model if any, pass@k."""
        found = [*((name, column.terms.get(name)) for name in self.terms), ("total", column.total)]
        if any(one.difference for one in self.columns):
            found.append((f"total − {self.models[0]}", column.difference))
        return [*found, *((f"pass@{k}", column.pass_at.get(k)) for k in self.ks)]

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return asdict(self)


#: A value per prompt.
_Prompts = Mapping[str | int, float]


def summarise(rows: Iterable[AnsweredRow], *, seed: int = 0) -> Summary:
    """Mean rewards, pass@k and paired differences to the first model.

    A prompt's value is the mean over the answers to it, and figures are means over prompts.

    Args:
        rows: The answers of all models.
        seed: Seed of the bootstrap.
    """
    grouped: dict[tuple[str, str], list[AnsweredRow]] = defaultdict(list)
    terms: dict[str, None] = {}
    for row in rows:
        grouped[row.model, row.mode].append(row)
        terms |= dict.fromkeys(row.values or row.terms)
    first = next(iter(grouped), ("", ""))[0]
    means = {key: question_means(given, list(terms)) for key, given in grouped.items()}
    columns = []
    for (model, mode), given in grouped.items():
        own, base = means[model, mode], means.get((first, mode)) if model != first else None
        minus = {name: _minus(own[name], base[name], seed) for name in own} if base else {}
        columns.append(
            Column(
                model,
                mode,
                prompts=len({row.question for row in given}),
                answers=len(given),
                unscored=sum(row.total is None for row in given),
                total=estimate(list(own[None].values()), seed=seed),
                terms=_kept({name: estimate(list(own[name].values()), seed=seed) for name in terms}),
                pass_at=_pass_at(given, seed),
                difference=minus.get(None),
                differences=_kept({name: minus.get(name) for name in terms}),
                statuses={
                    name: dict(Counter(r.terms[name].status for r in given if name in r.terms)) for name in terms
                },
            )
        )
    return Summary(columns, list(terms), seed)


def question_means(rows: Sequence[AnsweredRow], terms: Sequence[str]) -> dict[str | None, _Prompts]:
    """Per term, and for the total (None), the mean of each prompt's answers."""
    found: dict[str | None, dict[str | int, list[float]]] = {name: defaultdict(list) for name in (None, *terms)}
    for row in rows:
        question = row.question
        for name, prompts in found.items():
            value = row.total if name is None else row.value(name)
            if value is not None:
                prompts[question].append(value)
    return {name: {prompt: fmean(values) for prompt, values in prompts.items()} for name, prompts in found.items()}


def _minus(own: _Prompts, base: _Prompts, seed: int) -> Estimate | None:
    return estimate([value - base[prompt] for prompt, value in own.items() if prompt in base], seed=seed)


def _pass_at(rows: Sequence[AnsweredRow], seed: int) -> dict[int, Estimate]:
    """By k: 1, 2, 4, ... and the number of samples, over the prompts with at least k answers that can be judged."""
    verdicts: dict[str | int, list[bool]] = defaultdict(list)
    for row in rows:
        if row.success is not None:
            verdicts[row.question].append(row.success)
    most = max(map(len, verdicts.values()), default=0)
    ks = [k for k in sorted({*(2**power for power in range(most.bit_length())), most}) if 0 < k <= most]
    judged = [(len(answers), sum(answers)) for answers in verdicts.values()]
    return _kept({k: estimate([pass_at_k(n, right, k) for n, right in judged if n >= k], seed=seed) for k in ks})


def _kept(found: Mapping[K, Estimate | None]) -> dict[K, Estimate]:
    return {key: value for key, value in found.items() if value is not None}
