"""Intervals against exact ones, and pass@k against its definition."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlm_rewards.report import statistics as estimates
from vlm_rewards.report.statistics import estimate, pass_at_k

VALUES = st.lists(st.floats(-10, 10), min_size=1, max_size=30)


@pytest.mark.parametrize("samples", range(1, 8))
def test_pass_at_k_is_the_share_of_choices_with_a_right_answer(samples: int) -> None:
    for successes, k in itertools.product(range(samples + 1), range(1, samples + 1)):
        choices = list(itertools.combinations([True] * successes + [False] * (samples - successes), k))
        assert pass_at_k(samples, successes, k) == pytest.approx(sum(map(any, choices)) / len(choices))


def test_the_interval_of_zeros_and_ones_is_that_of_the_binomial_distribution() -> None:
    prompts, right = 40, 12
    found = estimate([1.0] * right + [0.0] * (prompts - right))
    share = right / prompts
    chances = [math.comb(prompts, n) * share**n * (1 - share) ** (prompts - n) for n in range(prompts + 1)]
    below = list(itertools.accumulate(chances))
    low, high = (next(n for n, chance in enumerate(below) if chance >= end) / prompts for end in (0.025, 0.975))
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((share, low, high), abs=0.5 / prompts)


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    draw = np.random.default_rng(3)
    found = [estimate(list(draw.random(40)), seed=seed, resamples=400) for seed in range(300)]
    held = sum(one is not None and one.low <= 0.5 <= one.high for one in found) / len(found)
    assert 0.90 <= held <= 0.98


@settings(max_examples=20, deadline=None)
@given(VALUES, st.floats(-5, 5))
def test_an_estimate_moves_with_its_values_and_stays_among_them(values: list[float], shift: float) -> None:
    one = estimate(values, resamples=50)
    moved = estimate([value + shift for value in values], resamples=50)
    assert one is not None
    assert moved is not None
    assert moved.low - shift == pytest.approx(one.low, abs=1e-9)
    assert min(values) - 1e-9 <= one.low <= one.high <= max(values) + 1e-9


def test_little_memory_gives_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    values = list(np.random.default_rng(4).random(50))
    whole = estimate(values, seed=7)
    monkeypatch.setattr(estimates, "_DRAWN", 1000)
    assert estimate(values, seed=7) == whole
    assert estimate(values, seed=8) != whole


def test_no_values_are_no_estimate() -> None:
    assert estimate([]) is None
