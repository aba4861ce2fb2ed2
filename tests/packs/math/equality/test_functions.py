r"""Every function and operation has its value, exactly where it is rational, in floats and in many digits."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest

from vlm_rewards_math.equality.evaluation import evaluate, floats, precise
from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.equality.identity import constant
from vlm_rewards_math.parsing.arithmetic import evaluate as arithmetic
from vlm_rewards_math.parsing.arithmetic import tokens
from vlm_rewards_math.parsing.parser import parse

EXACT = [
    ("1+2", "3"),
    ("2*3", "6"),
    ("6/4", "3/2"),
    ("6:4", "3/2"),
    ("-(2)+1", "-1"),
    ("2^{-3}", "1/8"),
    ("4^{1/2}", "2"),
    ("\\sqrt{9/4}", "3/2"),
    ("\\sqrt[3]{-8}", "-2"),
    ("4!", "24"),
    ("5!!", "15"),
    ("factorial(4)", "24"),
    ("\\binom{5}{2}", "10"),
    ("\\gcd(12, 18)", "6"),
    ("\\lcm(4, 6)", "12"),
    ("17 \\bmod 5", "2"),
    ("\\max(1, 3)", "3"),
    ("\\min(1, 3)", "1"),
    ("|-2|", "2"),
    ("\\lfloor 7/2\\rfloor", "3"),
    ("\\lceil 7/2\\rceil", "4"),
    ("50\\%", "1/2"),
    ("\\sum_{k=1}^{3} k", "6"),
    ("\\prod_{k=1}^{4} k", "24"),
]
EXACT_ONLY = {"5!!", "\\gcd(12,", "\\lcm(4,", "\\bmod"}


@pytest.mark.parametrize(("text", "value"), EXACT)
def test_rational_values_are_exact(text: str, value: str) -> None:
    assert exact(parse(text)) == Fraction(value)


@pytest.mark.parametrize(("text", "value"), [row for row in EXACT if EXACT_ONLY.isdisjoint(row[0].split())])
def test_rational_values_are_those_of_the_fields(text: str, value: str) -> None:
    for field in (floats(), precise()):
        assert complex(evaluate(parse(text), {}, field)[0]) == pytest.approx(complex(Fraction(value)), abs=1e-12)


# By a point where all of them have a value, from the functions of Python's own library.
HALF = {
    "sin": math.sin(0.5),
    "cos": math.cos(0.5),
    "tan": math.tan(0.5),
    "sec": 1 / math.cos(0.5),
    "csc": 1 / math.sin(0.5),
    "cot": 1 / math.tan(0.5),
    "sinh": math.sinh(0.5),
    "cosh": math.cosh(0.5),
    "tanh": math.tanh(0.5),
    "sech": 1 / math.cosh(0.5),
    "csch": 1 / math.sinh(0.5),
    "coth": 1 / math.tanh(0.5),
    "arcsin": math.asin(0.5),
    "arccos": math.acos(0.5),
    "arctan": math.atan(0.5),
    "arccot": math.pi / 2 - math.atan(0.5),
    "arcsinh": math.asinh(0.5),
    "arctanh": math.atanh(0.5),
    "arcsech": math.acosh(2),
    "arccsch": math.asinh(2),
    "exp": math.exp(0.5),
    "ln": math.log(0.5),
    "lg": math.log10(0.5),
    "log": math.log(0.5),
    "sqrt": math.sqrt(0.5),
    "abs": 0.5,
    "floor": 0,
    "ceil": 1,
    "conjugate": 0.5,
    "re": 0.5,
    "im": 0,
    "arg": 0,
    "sgn": 1,
    "factorial": math.gamma(1.5),
}
TWO = {"arcsec": math.acos(0.5), "arccsc": math.asin(0.5), "arccosh": math.acosh(2), "arccoth": math.atanh(0.5)}
CASES = [(f"{name}({at})", value) for at, table in ((0.5, HALF), (2, TWO)) for name, value in table.items()]
CASES += [
    ("\\log_2 8", 3),
    ("60\\degree", math.pi / 3),
    ("\\pi", math.pi),
    ("e", math.e),
    ("arg(i)", math.pi / 2),
    ("im(2i)", 2),
    ("conjugate(i) i", 1),
    ("max(1, e)", math.e),
    ("min(4, e)", math.e),
    ("sgn(-3)", -1),
    ("binomial(5, 2)", 10),
    ("2.5!", math.gamma(3.5)),
    ("\\sqrt[3]{-8}", -2),
    ("x - 1", -0.5),
]


@pytest.mark.parametrize(("text", "value"), CASES)
def test_functions_have_their_values_in_floats_and_in_many_digits(text: str, value: float) -> None:
    for field in (floats(), precise()):
        known = {"x": field.rational(Fraction(1, 2))}
        assert complex(evaluate(parse(text), known, field)[0]) == pytest.approx(complex(value), abs=1e-12)


def test_a_value_is_that_of_both_constants() -> None:
    assert constant(parse("e^{i \\pi}")) == pytest.approx(-1)


SIGNS = [
    *((text, 2) for text in ("3-1", "3−1", "3–1", "6/3", "1+1", "4*(1/2)", "4*[1/2]", "4*{1/2}")),
    *((f"2{sign}3", 6) for sign in ("×", "·", "⋅", "∙", "∗", "\\times ", "\\cdot ", "\\ast ")),
    *((f"6{sign}3", 2) for sign in ("÷", "⁄", "∕", "\\div ")),
    *((f"\\{name}{{6}}{{3}}", 2) for name in ("frac", "dfrac", "tfrac")),
    *((f"\\{name} (1+2)", 3) for name in ("left", "right", "quad", "displaystyle")),
    *((f"1\\{space}+2", 3) for space in ",;:! ()[]"),
]


@pytest.mark.parametrize(("text", "value"), SIGNS)
def test_signs_of_arithmetic_are_read(text: str, value: int) -> None:
    assert arithmetic(tokens(text)) == value


def test_an_equals_sign_is_a_token() -> None:
    assert tokens("1 = 2") == [1, "=", 2]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(("sin(1/2)", "cos(1/2)", "tan(1/2)"), 2)))
def test_values_of_different_functions_differ(one: str, other: str) -> None:
    assert constant(parse(one)) != pytest.approx(constant(parse(other)))
