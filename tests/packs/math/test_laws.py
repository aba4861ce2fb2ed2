"""Laws of `math/answer`: what changes no verdict, what never passes, and that no text breaks or stalls it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_math import grade
from vlm_rewards_math.parsing.nodes import walk
from vlm_rewards_math.parsing.normalise import normalise
from vlm_rewards_math.parsing.parser import read

ANSWERS = [
    *(
        "7",
        "-7",
        "1/2",
        "0.5",
        "\\frac{1}{2}",
        "1,234",
        "50\\%",
        "0.6667",
        "2/3",
        "1\\frac{1}{2}",
        "6.02\\times 10^{23}",
    ),
    *("B", "(C)", "Tuesday", "right triangle", "4:30 p.m.", "May 5, 2020", "yes"),
    *(
        "x^2",
        "x^2-1",
        "(x-1)(x+1)",
        "2x+1",
        "y = 2x+1",
        "x = 5",
        "x > 3",
        "x \\ne 5",
        "2\\pi",
        "\\sqrt{12}",
        "2\\sqrt{3}",
    ),
    *("5 \\text{ m}", "5 \\text{ cm}", "500 \\text{ cm}", "36^\\circ", "\\$5", "60 \\text{ km/h}"),
    *(
        "1, 2",
        "2, 1",
        "\\{1, 2\\}",
        "(1, 2)",
        "(2, 1)",
        "[1, 2]",
        "(1, 2]",
        "\\pm 2",
        "1 \\text{ or } 2",
        "(1,2),(3,4)",
    ),
    *(
        "(-\\infty, 2) \\cup (3, \\infty)",
        "\\emptyset",
        "\\infty",
        "-\\infty",
        "3+4i",
        "4i+3",
        "e^{2}",
        "\\log_2 8",
        "3:4",
    ),
    *(
        "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}",
        "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
        "5!",
        "\\binom{5}{2}",
    ),
]


def right(reference: str, given: str) -> bool:
    return grade(reference, f"\\boxed{{{given}}}").score == 1.0


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_equals_itself(answer: str) -> None:
    assert right(answer, answer)


def test_verdicts_are_symmetric() -> None:
    for one, other in itertools.combinations(ANSWERS, 2):
        assert right(one, other) == right(other, one), (one, other)


LOOKS = st.sampled_from(
    [
        "{}",
        "${}$",
        " {} ",
        "{}.",
        "$ {} $.",
        "$${}$$",
        "\\({}\\)",
        "\\[ {} \\]",
        "\\boxed{{{}}}",
        "\\displaystyle {}",
        "**{}**",
    ]
)


@given(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS), LOOKS, LOOKS)
@settings(max_examples=300)
def test_dollars_spacing_style_and_a_full_stop_change_no_verdict(one: str, other: str, first: str, second: str) -> None:
    expected = right(one, other)
    assert right(first.format(one), second.format(other)) == expected
    assert (grade(one, f"<answer>{second.format(other)}</answer>").score == 1.0) == expected
    assert (grade(one, f"The answer is ${other}$.").score == 1.0) == expected


@given(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS))
@settings(max_examples=300)
def test_the_size_of_brackets_and_fractions_and_spaces_between_signs_change_no_verdict(one: str, other: str) -> None:
    expected = right(one, other)
    sized = other
    for size, brackets in (("\\left", ("(", "[", "\\{")), ("\\right", (")", "]", "\\}"))):
        for bracket in brackets:
            sized = sized.replace(bracket, size + bracket)
    assert right(one, sized.replace("\\frac", "\\dfrac")) == expected
    for sign in ("+", "=", ">", "<", "\\cup", "\\times"):
        other = other.replace(sign, f" {sign} ")
    assert right(one, other) == expected


NUMBERS = [answer for answer in ANSWERS if answer[-1].isdigit() or answer.endswith(("}", "i"))]


@given(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))
def test_more_answers_than_asked_for_are_never_right(one: str, other: str) -> None:
    assume(not right(one, other))
    assume("," not in one + other)
    for hedge in ("{}, {}", "{} \\text{{ or }} {}", "{} or {}", "\\{{{}, {}\\}}", "{} \\text{{ and }} {}", "{}; {}"):
        assert not right(one, hedge.format(one, other)), hedge
        assert not right(one, hedge.format(other, one)), hedge


FRAGMENTS = [
    *("4", "2", "0", ".", ",", "-", "/", "%", " ", "$", "\\", "{", "}", "e", "^", "\\frac", "\\text{", "\\,", "°", "="),
    *(
        "(",
        ")",
        "x",
        "+",
        "*",
        "\\sqrt",
        "!",
        "\\pm",
        "|",
        "[",
        "]",
        "<",
        "\\begin{pmatrix}",
        "\\end{pmatrix}",
        "&",
        "\\\\",
    ),
    *(
        "\\sum_{k=1}^{9}",
        "\\int",
        "dx",
        "\\infty",
        "\\cup",
        "\\{",
        "\\}",
        "_",
        ":",
        "'",
        "\\sin",
        "\\log",
        "cm",
        "i",
        "²",
        "√",
    ),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join), st.sampled_from(ANSWERS))
@settings(max_examples=300)
def test_any_row_of_signs_is_judged(text: str, reference: str) -> None:
    for completion in (f"<answer>{text}</answer>", f"\\boxed{{{text}}}", text):
        output = grade(reference, completion)
        assert output.status in (vr.Status.SCORED, vr.Status.UNPARSEABLE)
        assert output.score in (None, 0.0, 1.0)
    grade(text, f"\\boxed{{{reference}}}")


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=10).map("".join))
@settings(max_examples=300)
def test_what_passes_for_42_has_its_digits_or_is_worth_it(text: str) -> None:
    if right("42", text):
        shown = "".join(sign for sign in text if sign.isdigit())
        node = read(normalise(text))
        worked = node is not None and any(part.head in ("*", "/", "+", "^", "sum", "pct") for part in walk(node))
        assert "42" in shown or worked, text


@pytest.mark.parametrize(
    "nest",
    [
        *(
            "({})",
            "\\left({}\\right)",
            "{{{}}}",
            "\\sqrt{{{}}}",
            "\\frac{{1}}{{{}}}",
            "|{}|",
            "\\sin({})",
            "[{}]",
            "-{}",
        ),
        *(
            "\\{{{}\\}}",
            "\\text{{{}}}",
            "x^{{{}}}",
            "\\boxed{{{}}}",
            "\\begin{{pmatrix}}{}\\end{{pmatrix}}",
            "\\log_2 {}",
        ),
        *("{}!", "{}^2", "{}%", "\\lfloor {} \\rfloor", "\\overline{{{}}}", "f({})", "\\pm {}", "2{}", "x_{{{}}}"),
    ],
)
def test_nesting_is_capped_and_not_recursed_into(nest: str) -> None:
    text = "2"
    while len(text) < 900:
        text = nest.format(text)
    output = grade("1", f"\\boxed{{{text}}}")
    assert output.status in (vr.Status.SCORED, vr.Status.UNPARSEABLE)
    assert output.score != 1.0 or nest == "\\boxed{{{}}}"
    assert grade(text, f"\\boxed{{{text}}}").status is not vr.Status.FAILED


@pytest.mark.parametrize(
    "text",
    [
        *("9^{9^{9^{9}}}", "9**9**9**9", "2^{100000000}", "10^{10^{10}}", "99999999!", "(9!)!", "((9!)!)!", "170!!"),
        *(
            "\\binom{10^9}{5\\cdot 10^8}",
            "\\sum_{k=1}^{999999999} k",
            "\\sum_{k=1}^{10^{9}} \\frac{1}{k}",
            "1e999999999",
        ),
        *(
            "\\prod_{k=1}^{1000} k^{1000}",
            "\\sum_{a=1}^{999} \\sum_{b=1}^{999} \\sum_{c=1}^{999} abc",
            "\\gcd(10^{99999},3)",
        ),
        *(
            "1/0",
            "0/0",
            "0^0",
            "\\tan 90^\\circ",
            "\\log 0",
            "\\sqrt{-1}^{99}",
            "\\infty - \\infty",
            "e^{e^{e^{e^{e}}}}",
        ),
        *(
            "x^{9999999}",
            "(1+x)^{99999}",
            "\\sqrt[99999]{2}",
            "\\sin(10^{300})",
            "1" * 900,
            "0." + "1" * 900,
            "10^{-99999}",
        ),
        *("+".join(["\\sqrt{2}"] * 90), "*".join(["x"] * 300), ",".join(map(str, range(200))), "((1,2),(3,4))" * 50),
        *("\\pm 1" * 100, "1 \\pm 1 \\pm 1 \\pm 1 \\pm 1", "\\{1" * 300, "|" * 800, "\\begin{pmatrix}" * 60, "&" * 500),
    ],
)
def test_what_is_too_large_is_never_right_and_breaks_nothing(text: str) -> None:
    for reference in ("2", "x", "\\sqrt{2}", "1, 2", "(0, 1)"):
        output = grade(reference, f"\\boxed{{{text}}}")
        assert output.status in (vr.Status.SCORED, vr.Status.UNPARSEABLE)
        assert output.score != 1.0
        if not text.startswith(("\\sum", "\\prod")):  # a reference may ask for computer algebra, which takes seconds
            assert grade(text, f"\\boxed{{{reference}}}").score != 1.0
