"""Intervals against exact ones, and pass@k against its definition."""

from __future__ import annotations

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlm_rewards.report import summary as estimates
from vlm_rewards.report.summary import estimate, pass_at_k

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


@pytest.mark.parametrize(("level", "least", "most"), [(0.95, 0.935, 0.965), (0.8, 0.77, 0.83)])
def test_intervals_hold_the_truth_as_often_as_they_say_and_miss_it_on_either_side_alike(
    level: float, least: float, most: float
) -> None:
    draw = np.random.default_rng(3)
    samples = draw.normal(0.5, 1.0, size=(2000, 120))
    found = [estimate(list(sample), seed=seed, resamples=300, level=level) for seed, sample in enumerate(samples)]
    below = sum(one is not None and one.high < 0.5 for one in found) / len(found)
    above = sum(one is not None and one.low > 0.5 for one in found) / len(found)

    assert least <= 1 - below - above <= most
    assert below == pytest.approx((1 - level) / 2, abs=0.012)
    assert above == pytest.approx((1 - level) / 2, abs=0.012)


def test_without_options_it_draws_two_thousand_times_from_seed_zero_for_nineteen_of_twenty() -> None:
    values = list(np.random.default_rng(5).random(30))

    assert estimate(values) == estimate(values, seed=0, resamples=2000, level=0.95)
    assert estimate(values) != estimate(values, resamples=2001)
    assert estimate(values) != estimate(values, seed=1)


def test_one_resample_has_no_width_and_two_have() -> None:
    values = list(np.random.default_rng(6).random(30))
    one, two = estimate(values, resamples=1), estimate(values, resamples=2)

    assert one is not None
    assert two is not None
    assert one.low == one.high != one.mean
    assert two.low < two.high


@settings(max_examples=20, deadline=None)
@given(VALUES, st.floats(-5, 5))
def test_an_estimate_moves_with_its_values_and_stays_among_them(values: list[float], shift: float) -> None:
    one = estimate(values, resamples=50)
    moved = estimate([value + shift for value in values], resamples=50)
    assert one is not None
    assert moved is not None
    assert moved.low - shift == pytest.approx(one.low, abs=1e-9)
    assert min(values) - 1e-9 <= one.low <= one.high <= max(values) + 1e-9


@pytest.mark.parametrize("drawn", [1, 1000, 1555])
def test_few_values_at_a_time_give_the_same_figures(monkeypatch: pytest.MonkeyPatch, drawn: int) -> None:
    values = list(np.random.default_rng(4).random(50))
    whole = estimate(values, seed=7)
    monkeypatch.setattr(estimates, "_DRAWN", drawn)
    assert estimate(values, seed=7) == whole
    assert estimate(values, seed=8) != whole


def test_many_prompts_need_little_memory() -> None:
    values = [0.0, 1.0] * 10_000
    tracemalloc.start()
    estimate(values, resamples=1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 64 << 20  # all draws at once would be 160 MB and their values as much


def test_no_values_are_no_estimate() -> None:
    assert estimate([]) is None
