"""The parts of the engine behind `math/answer`, against sympy, against membership, and by their own laws."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vlm_rewards_math import grade
from vlm_rewards_math.equality import identity
from vlm_rewards_math.equality.comparison import Comparison, Policy
from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.equality.identity import Budget, constant, identical, proportional
from vlm_rewards_math.equality.intervals import region
from vlm_rewards_math.equality.rules import RULES
from vlm_rewards_math.parsing.nodes import Unreadable
from vlm_rewards_math.parsing.normalise import normalise, tight
from vlm_rewards_math.parsing.parser import parse, read
from vlm_rewards_math.parsing.units import per, phrase, power
from vlm_rewards_math.parsing.words import date, same_words, spelled, time

x, y = sympy.symbols("x y")
LEAVES: list[Any] = [x, y, *map(sympy.Integer, (-3, 1, 2, 5)), sympy.Rational(1, 2), sympy.pi]


def grown(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    two = st.tuples(parts, parts)
    return st.one_of(
        two.map(lambda pair: pair[0] + pair[1]),
        two.map(lambda pair: pair[0] * pair[1]),
        two.map(lambda pair: pair[0] - 2 * pair[1]),
        parts.map(lambda part: part**2),
        parts.map(lambda part: sympy.sqrt(part**2 + 3)),
        parts.map(sympy.sin),
        parts.map(lambda part: 1 / (part**2 + 1)),
        parts.map(sympy.Abs),
    )


EXPRESSIONS = st.recursive(st.sampled_from(LEAVES), grown, max_leaves=5)


@given(EXPRESSIONS)
def test_latex_and_plain_notation_of_one_expression_are_identical(expression: Any) -> None:
    one, other = read(normalise(sympy.latex(expression))), read(normalise(str(expression)))
    assert one is not None
    assert other is not None
    assert identical(one, other, seed="", budget=Budget())


@given(EXPRESSIONS)
def test_an_expression_is_its_expansion_and_no_more_than_that(expression: Any) -> None:
    one, other = sympy.latex(expression), sympy.latex(sympy.expand(expression))
    assert grade(one, f"\\boxed{{{other}}}").score == 1.0
    assert grade(one, f"\\boxed{{{other} + \\frac{{1}}{{1000000}}}}").score == 0.0
    assert grade(one, f"\\boxed{{{other} + x - 2}}").score == 0.0


@given(EXPRESSIONS.map(lambda expression: expression.subs({x: 2, y: sympy.Rational(1, 3)})))
def test_constants_have_the_value_that_sympy_gives_them(expression: Any) -> None:
    node = read(normalise(sympy.latex(expression)))
    assert node is not None
    expected = complex(sympy.N(expression, 30))
    found = constant(node)
    assert found is not None
    assert abs(found - expected) <= 1e-9 * max(1, abs(expected))
    if (value := exact(node)) is not None:
        assert abs(sympy.N(expression - sympy.Rational(value.numerator, value.denominator), 30)) < 1e-25


@given(EXPRESSIONS, st.integers(-5, 5))
def test_a_multiple_is_proportional_by_its_factor(expression: Any, factor: int) -> None:
    assume(expression.free_symbols and abs(sympy.N(expression.subs({x: 0.7, y: 1.3}))) > 1e-9)
    one, other = read(normalise(sympy.latex(factor * expression))), read(normalise(sympy.latex(expression)))
    assert one is not None
    assert other is not None
    found = proportional(one, other, seed="", budget=Budget())
    assert found == pytest.approx(factor) if factor else found is None


def test_a_spent_budget_shows_nothing() -> None:
    one, other = parse("x + x"), parse("2x")
    assert identical(one, other, seed="", budget=Budget()) is True
    assert identical(one, other, seed="", budget=Budget(0)) is None
    assert proportional(one, other, seed="", budget=Budget(0)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\\frac{\\sqrt{2}^2 + 10^{-14} - 2}{10^{-14}}", "1"),
        ("10^{12}(\\sqrt{10^{12}+1} - 10^6)", "\\frac{10^{12}}{\\sqrt{10^{12}+1}+10^6}"),
        ("\\lfloor \\frac{\\ln 1000}{\\ln 10} \\rfloor", "3"),
        ("\\cos 90^\\circ", "0"),
        ("\\sin(123456789\\pi)", "0"),
        ("\\sqrt{3}\\tan(\\frac{\\pi}{3}) - 3", "0"),
        ("\\frac{1}{10^{9}\\pi}", "\\frac{10^{-9}}{\\pi}"),
        ("(1+\\sqrt{2})^{30} + (1-\\sqrt{2})^{30}", "304278004998"),
    ],
)
def test_what_floats_would_get_wrong_is_decided_by_more_digits(one: str, other: str) -> None:
    left, right = read(normalise(one)), read(normalise(other))
    assert left is not None
    assert right is not None
    assert identical(left, right, seed="", budget=Budget()) is True


@given(EXPRESSIONS, EXPRESSIONS)
def test_what_floats_call_different_is_different_in_many_digits(one: Any, other: Any) -> None:
    left, right = (read(normalise(sympy.latex(expression))) for expression in (one, other))
    assert left is not None
    assert right is not None
    sides = identity._sides(left, right)
    for point, rough in identity._rough_pairs(sides, "", Budget()):
        fine = identity._fine_pair(sides, point, Budget())
        if fine is not None and identity._are_apart(sides, rough):
            assert not identity._agree(sides, point, fine)


def test_points_follow_from_the_texts_so_that_no_answer_can_fit_them() -> None:
    comparisons = [Comparison(Policy(), seed, RULES) for seed in ("a", "b")]
    assert all(comparison.same(parse("(x+1)^2"), parse("x^2+2x+1")) for comparison in comparisons)
    assert not any(comparison.same(parse("(x+1)^2"), parse("x^2+2x+2")) for comparison in comparisons)


PLACES = st.integers(-4, 4)
INTERVALS = st.builds(
    lambda low, width, opening, closing: f"{opening}{low}, {low + width}{closing}",
    PLACES,
    st.integers(1, 4),
    st.sampled_from("(["),
    st.sampled_from(")]"),
)
REGIONS = st.recursive(
    INTERVALS,
    lambda parts: st.builds(
        lambda one, sign, other: f"({one}) {sign} ({other})",
        parts,
        st.sampled_from(["\\cup", "\\cap", "\\setminus"]),
        parts,
    ),
    max_leaves=4,
)


def contains(text: str, place: Fraction) -> bool:
    found = region(parse(text))
    assert found is not None
    return any(
        (low.place < place or (low.place == place and low.closed))
        and (place < high.place or (place == high.place and high.closed))
        for low, high in found
    )


@given(REGIONS, REGIONS, st.sampled_from(["\\cup", "\\cap", "\\setminus"]), st.integers(-20, 20))
def test_regions_hold_the_points_that_their_parts_say(one: str, other: str, sign: str, twice: int) -> None:
    place = Fraction(twice, 2)
    in_one, in_other = contains(one, place), contains(other, place)
    expected = {"\\cup": in_one or in_other, "\\cap": in_one and in_other, "\\setminus": in_one and not in_other}[sign]
    assert contains(f"({one}) {sign} ({other})", place) == expected


Rows = list[list[int]]
MATRICES = st.lists(st.lists(st.integers(-5, 5), min_size=3, max_size=3), min_size=2, max_size=2)


def matrix_text(matrix: sympy.Matrix) -> str:
    return "\\begin{pmatrix}" + "\\\\".join("&".join(map(str, row)) for row in matrix.tolist()) + "\\end{pmatrix}"


@given(MATRICES, MATRICES, st.integers(1, 9))
def test_sums_multiples_and_transposes_are_those_of_sympy(one: Rows, other: Rows, times: int) -> None:
    left, right = sympy.Matrix(one), sympy.Matrix(other)
    text = f"{times}{matrix_text(left)} - \\frac{{1}}{{{times}}}{matrix_text(right)}"
    for answer in (matrix_text(times * left - right / times), f"{matrix_text((times * left - right / times).T)}^T"):
        assert grade(text, f"\\boxed{{{answer}}}").score == 1.0
    assert grade(text, f"\\boxed{{{matrix_text(times * left - right / times + sympy.ones(2, 3))}}}").score == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("km/h", "kilometers per hour"),
        ("sq. cm", "cm^2"),
        ("cubic metres", "m^3"),
        ("m/s^2", "metres per second squared"),
        ("square feet", "ft^2"),
    ],
)
def test_spellings_of_one_unit_are_one(one: str, other: str) -> None:
    assert phrase(one) == phrase(other) is not None


def test_units_multiply_and_divide() -> None:
    metre, second = phrase("m"), phrase("s")
    assert metre is not None
    assert second is not None
    assert per(metre, second) == phrase("m/s")
    assert power(metre, 2) == phrase("square metres")
    assert per(power(metre, 2), metre) == metre
    assert phrase("apples") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        ")",
        "(1",
        "1)",
        "\\frac{1}",
        "\\sqrt",
        "1 +",
        "* 2",
        "1 2",
        "\\begin{pmatrix}1",
        "|x",
        "x_",
        "\\unknown",
        "=",
        "日",
    ],
)
def test_what_is_no_answer_is_unreadable(text: str) -> None:
    assert read(text) is None
    with pytest.raises(Unreadable):
        parse(text)


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_plain_and_tight_texts_stay_what_they_are(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text) or "\\" in text or not text.isascii()
    assert tight(tight(text)) == tight(text)


def test_words_dates_and_times_are_read() -> None:
    assert same_words("The right-triangle", "Right Triangle")
    assert not same_words("acute", "acute triangle")
    assert not same_words("x", "X")
    assert (spelled("ninety-nine"), spelled("two hundred and five"), spelled("many")) == (99, 205, None)
    assert (time("12:05 a.m."), time("12 noon"), time("7 pm"), time("25:00"), time("4:60")) == (
        5,
        720,
        1140,
        None,
        None,
    )
    assert date("March 3rd, 1999") == date("3 March 1999") == date("1999-03-03") == (1999, 3, 3)
    assert date("March 33, 1999") is None
