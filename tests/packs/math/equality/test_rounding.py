r"""The tolerance of a rounded number belongs to the digits that are shown, never to how an answer is computed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_rewards_math.equality.comparison import Policy
from vlm_rewards_math.grading import decide


def is_right(reference: str, answer: str) -> bool:
    return decide(reference, answer, Policy()).score == 1.0


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        (r"\frac{7}{3}", "2.333"),
        (r"-\frac{7}{3}", "-2.333"),
        (r"\frac{7}{3}", "x = 2.333"),
        (r"\frac{7}{3}", r"2.333 \text{ cm}"),
        (r"\frac{7}{3}", r"\$2.333"),
        (r"\frac{1}{3}", r"33.333\%"),
        (r"100000\sqrt{2}", r"1.414 \times 10^{5}"),
        (r"\frac{7}{3} \text{ m}", r"233.333 \text{ cm}"),
        ("2.333", r"\frac{7}{3}"),
        ("0.333x", r"\frac{x}{3}"),
        (r"1.414 + \pi", r"\sqrt{2} + \pi"),
        (r"2.333 \text{ m}", r"\frac{7}{3} \text{ m}"),
    ],
)
def test_three_decimals_and_three_digits_stand_for_a_value_without_end(reference: str, answer: str) -> None:
    assert is_right(reference, answer)


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        (r"\frac{7}{3}", "2.33"),
        ("2.33", r"\frac{7}{3}"),
        (r"\frac{7}{3}", "2.334"),
        ("2.334", r"\frac{7}{3}"),
        ("2.333", "2.3333"),
        (r"\frac{1}{300}", "0.003"),
        (r"\frac{x}{3}", "0.333x"),
        (r"\sqrt{2} + \pi", r"1.414 + \pi"),
        (r"\frac{7}{3}", r"7 \cdot 0.333"),
        (r"\frac{7}{3}", "0.333/0.143"),
        (r"\frac{7}{3}", r"10^{0.368}"),
    ],
)
def test_fewer_digits_another_rounding_or_a_computed_decimal_do_not(reference: str, answer: str) -> None:
    assert not is_right(reference, answer)


@given(
    value=st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=999),
    exponent=st.integers(1, 6),
    shape=st.sampled_from(
        (r"10^{{0.100 \cdot {0}}}", r"0.100 \cdot 10^{{{0}}}", r"1.000^{{{0}}}", r"\frac{{{0}}}{{0.001}}")
    ),
)
def test_an_expression_of_decimals_tops_no_value_but_its_own(value: Fraction, exponent: int, shape: str) -> None:
    answer = shape.format(10**exponent)
    reference = rf"\frac{{{value.numerator}}}{{{value.denominator}}}" if value.denominator > 1 else str(value.numerator)
    decision = decide(reference, answer, Policy())
    assert decision.score != 1.0 or decision.layer != "rounded"


@pytest.mark.parametrize(
    ("reference", "answer", "right"),
    [
        (r"\sqrt{2}", r"\sqrt{2} \approx 1.41", True),
        (r"\sqrt{2}", r"\sqrt{2} \approx 1.4 \approx 1", True),
        (r"\sqrt{2}", r"x = \sqrt{2} \approx 1.41", True),
        (r"\sqrt{2} \approx 1.41", r"\sqrt{2}", True),
        (r"x = \sqrt{2}", r"x = \sqrt{2} \approx 1.41", True),
        (r"\frac{7}{3}", r"\frac{7}{3} \approx 2.33", True),
        (r"\frac{7}{3} \text{ cm}", r"\frac{7}{3} \approx 2.33 \text{ cm}", True),
        (r"\frac{7}{3} \text{ cm}", r"\frac{7}{3} \text{ cm} \approx 2.33 \text{ cm}", True),
        (r"\frac{7}{3} \text{ cm}", r"\frac{7}{3} \text{ cm} \approx 2.33 \text{ m}", False),
        (r"\frac{7}{3}", r"\frac{7}{3} \approx 2.34", False),
        (r"2.33", r"\frac{7}{3} \approx 2.33", False),
        (r"\sqrt{2}", r"\sqrt{2} \approx \sqrt{2.01}", False),
        ("42", r"41 \approx 42", False),
        ("41", r"41 \approx 42", False),
        ("1.41", r"x \approx 1.41", True),
    ],
)
def test_an_exact_value_with_its_rounding_is_the_exact_value(reference: str, answer: str, right: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_right(reference, answer) is right


NAMES = "abcdfghjkmnpqrstuvwyz"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("|{0}|", "{0}"),
        (r"\sqrt{{{0}^2}}", "{0}"),
        ("({0}^2)^{{1/2}}", "{0}"),
        (r"|{0}x|", "{0}x"),
        ("|{0} + 3|", "{0} + 3"),
        ("y = |{0}|", "y = {0}"),
        (r"\max({0}, 0)", "{0}"),
        (r"\arcsin(\sin {0})", "{0}"),
    ],
)
def test_what_differs_on_one_part_of_the_line_is_different(one: str, other: str, name: str) -> None:
    one, other = one.format(name), other.format(name)
    assert (is_right(one, other), is_right(other, one)) == (False, False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\sqrt{x^2}", "|x|"),
        (r"\sqrt{x}", "x^{1/2}"),
        (r"\sqrt{x^4}", "x^2"),
        (r"\sqrt{4x}", r"2\sqrt{x}"),
        ("|-x|", "|x|"),
    ],
)
def test_what_is_equal_on_the_whole_line_stays_equal(one: str, other: str) -> None:
    assert (is_right(one, other), is_right(other, one)) == (True, True)
