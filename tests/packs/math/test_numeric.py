"""`math/numeric`: the declared formula, exactly, for every size of number."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards_math import numeric


def graded(text: str, reference: str = "12.5", **options: Any) -> vr.RewardOutput:
    return numeric(vr.Completion(f"\\boxed{{{text}}}"), reference, **options)


@pytest.mark.parametrize("decay", ["linear", "exponential", "mra"])
@pytest.mark.parametrize("text", ["12.5", "12.50", "+12.5", "\\frac{25}{2}", "25/2", "1.25\\times 10^{1}", "$12.5$"])
def test_an_equal_number_earns_the_top_in_every_form(text: str, decay: str) -> None:
    assert graded(text, decay=decay).score == 1.0


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("12", {}, 0.6),  # 4 % off, and 10 % is the end
        ("13", {}, 0.6),
        ("11.25", {}, 0.0),
        ("11.26", {}, 0.008),
        ("-12.5", {}, 0.0),
        ("12", {"scale": 0.04}, 0.0),
        ("12", {"scale": 0.4}, 0.9),
        ("12", {"tolerance": 0.05}, 1.0),
        ("12", {"tolerance": 0.02}, 0.8),
        ("12", {"decay": "exponential"}, math.exp(-0.4)),
        ("11.25", {"decay": "exponential"}, math.exp(-1)),
        ("12", {"decay": "exponential", "tolerance": 0.04, "scale": 0.01}, 1.0),
        ("12", {"decay": "mra"}, 1.0),
        ("11.875", {"decay": "mra"}, 0.9),  # 5 % is not below 5 %
        ("10", {"decay": "mra"}, 0.6),
        ("6.25", {"decay": "mra"}, 0.0),
        ("0", {"decay": "mra"}, 0.0),
    ],
)
def test_the_score_is_that_of_the_formula(text: str, options: dict[str, Any], expected: float) -> None:
    assert graded(text, **options).score == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        ("12.5 cm", "12.5", 1.0),
        ("12.5", "12.5 cm", 1.0),
        ("0.125 m", "12.5 cm", 1.0),
        ("12 cm", "0.125 m", 0.6),
        ("12.5 kg", "12.5 cm", 0.0),
        ("12.5 cm^2", "12.5 cm", 0.0),
        ("36", "36^\\circ", 1.0),
        ("\\$12.50", "12.5", 1.0),
        ("50\\%", "0.5", 1.0),
        ("50", "50\\%", 1.0),
        ("0.5", "50\\%", 1.0),
        ("5\\%", "50\\%", 0.0),
        ("x = 12.5", "12.5", 1.0),
        ("\\sqrt{4}", "2", 1.0),
    ],
)
def test_units_are_converted_and_a_missing_one_is_forgiven(text: str, reference: str, expected: float) -> None:
    assert graded(text, reference).score == pytest.approx(expected, abs=1e-12)


def test_irrational_numbers_are_as_close_as_floats_say() -> None:
    assert graded("2\\pi", "6.2831853").score == pytest.approx(1.0, abs=1e-6)
    assert graded("6.2831853", "2\\pi").score == pytest.approx(1.0, abs=1e-6)
    assert graded("\\sqrt{2}", "\\sqrt{2}").score == 1.0


def test_the_final_number_is_found_where_math_answer_finds_it() -> None:
    assert numeric(vr.Completion("I measure 11, then 13. The answer is 12.5 cm."), "12.5").score == 1.0


def test_a_reference_of_zero_is_measured_in_absolute_terms() -> None:
    assert graded("0", "0").score == 1.0
    assert graded("0.05", "0").score == 0.5
    assert graded("-0.05", "0").score == 0.5


@pytest.mark.parametrize("decay", ["linear", "exponential", "mra"])
@pytest.mark.parametrize("text", ["1e400", "-1e400", "9" * 600, "1e-400", "1e999999999", "10^{400}"])
def test_numbers_beyond_floats_are_far_and_nothing_worse(text: str, decay: str) -> None:
    output = graded(text, decay=decay)
    assert output.score == 0.0 or (decay == "exponential" and output.score == pytest.approx(math.exp(-10)))
    assert math.isfinite(output.details["relative_error"])
    assert graded("12.5", text, decay=decay).score in (0.0, pytest.approx(math.exp(-10)))


@pytest.mark.parametrize(
    "text",
    [
        *("", "NaN", "inf", "\\infty", "1/0", "9" * 2000, "12.5.5", "12..5", "x", "x + 12.5", "twelve", "\\approx"),
        *("12, 13", "12 or 13", "12 \\pm 1", "{12.5,13}", "__import__('os')"),
    ],
)
def test_what_is_not_one_finite_number_is_unparseable(text: str) -> None:
    assert graded(text).status is vr.Status.UNPARSEABLE


@pytest.mark.parametrize("text", ["<think>\\boxed{12.5}</think> I give up.", "", "I cannot tell.", "<think>12.5"])
def test_no_number_after_the_reasoning_is_unparseable(text: str) -> None:
    assert numeric(vr.Completion(text), "12.5").status is vr.Status.UNPARSEABLE


@pytest.mark.parametrize("reference", ["", "x", "1, 2", "NaN", "1/0", "9" * 2000, "\\infty"])
def test_an_unusable_reference_is_the_datas_fault(reference: str) -> None:
    assert graded("1", reference).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize(
    "params", [{"scale": 0.0}, {"scale": -1.0}, {"scale": math.inf}, {"tolerance": -0.1}, {"tolerance": math.nan}]
)
def test_options_without_a_meaning_are_refused(params: dict[str, float]) -> None:
    config = {"version": 1, "rewards": {"it": {"use": "math/numeric", "params": params}}}
    with pytest.raises(ConfigError, match=next(iter(params))):
        vr.load_scorer(config)


NUMBERS = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**4)


@given(NUMBERS, NUMBERS, st.sampled_from(["linear", "exponential", "mra"]))
def test_the_nearer_of_two_numbers_never_earns_less(reference: Fraction, error: Fraction, decay: str) -> None:
    near, far = (graded(str(reference + part), str(reference), decay=decay) for part in (error / 2, error))
    assert near.score is not None
    assert far.score is not None
    assert 0.0 <= far.score <= near.score <= 1.0
    opposite = graded(str(reference - error), str(reference), decay=decay)
    assert opposite.score == far.score


@given(NUMBERS.filter(bool), NUMBERS, st.integers(-30, 30), st.sampled_from(["linear", "exponential", "mra"]))
def test_the_unit_of_measure_does_not_matter(reference: Fraction, answer: Fraction, power: int, decay: str) -> None:
    factor = Fraction(10) ** power
    one = graded(str(answer), str(reference), decay=decay)
    assert graded(str(answer * factor), str(reference * factor), decay=decay).score == one.score


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("\\boxed{12,5 cm}", 1.0),
        ("\\boxed{12,5}", 1.0),
        ("\\boxed{12, 5}", None),
        ("\\boxed{12.5}. No wait, it is 13.", 1.0),
        ("\\boxed{12.5} or 25/2", 1.0),
        ("<|begin_of_box|>12.5<|end_of_box|>", 1.0),
    ],
)
def test_decimal_commas_words_behind_a_box_and_boxes_of_tokens(text: str, score: float | None) -> None:
    assert numeric(vr.Completion(text), "12.5").score == score
