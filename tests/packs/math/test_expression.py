"""`math/expression`: every number once, the target exactly, and none of the holes of graders that evaluate text."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards_math import expression
from vlm_rewards_math.equality.arithmetic import evaluate, tokens
from vlm_rewards_math.parsing.cursor import MAX_DEPTH

NUMBERS = [44, 19, 35]


def graded(text: str, target: str = "28", numbers: list[int] | None = None, **options: Any) -> vr.RewardOutput:
    completion = vr.Completion(f"<answer>{text}</answer>")
    return expression(completion, target, NUMBERS if numbers is None else numbers, **options)


@pytest.mark.parametrize(
    "text",
    [
        "44+19-35",
        "(44 + 19) - 35",
        "44 - (35 - 19)",
        "-35 + 44 + 19",
        "((44)) + [19] − 35",
        "44 – 35 + 19",
        "４４＋１９－３５",
        "$44 + 19 - 35$",
        "\\(44 + 19 - 35\\)",
        "\\left(44 + 19\\right) - 35",
        "44 + 19 - 35 = 28",
        "28 = 44 + 19 - 35",
        "\\boxed{44+19-35}",
        "44\n+ 19\n- 35",
    ],
)
def test_an_expression_of_every_number_with_the_targets_value_is_right(text: str) -> None:
    assert graded(text).score == 1.0


@pytest.mark.parametrize(
    ("text", "target", "numbers"),
    [
        ("6 ÷ 4", "3/2", [4, 6]),
        ("6 × 4", "24", [4, 6]),
        ("6 · 4", "24", [4, 6]),
        ("6 \\times 4", "24", [4, 6]),
        ("6 \\cdot 4", "24", [4, 6]),
        ("6 \\div 4", "1.5", [4, 6]),
        ("\\frac{6}{4}", "1.5", [4, 6]),
        ("\\dfrac{6+1}{4} \\times 4", "7", [1, 4, 4, 6]),
        ("8 / (3 - 8 / 3)", "24", [8, 3, 8, 3]),
        ("5 * (5 - 1 / 5)", "24", [5, 5, 5, 1]),
        ("5 - -3", "8", [5, -3]),
        ("007 - 5", "2", [7, 5]),
        ("28", "28", [28]),
    ],
)
def test_signs_fractions_and_repeated_numbers(text: str, target: str, numbers: list[int]) -> None:
    assert graded(text, target, numbers).score == 1.0


# What graders that search the digits with a pattern and evaluate the rest accept, or accepted.
HACKS = {
    "a number for nothing": ("44+(19)-(35)*1", "28", [44, 19, 35]),
    "a zero for nothing": ("44+19-35+0", "28", [44, 19, 35]),
    "the target itself": ("28", "28", [44, 19, 35]),
    "the target as an equation": ("28 = 28", "28", [44, 19, 35]),
    "the target on either side": ("44+19-35 = 28 = 28", "28", [44, 19, 35]),
    "a false equation": ("44+19+35 = 28", "28", [44, 19, 35]),
    "an equation with another result": ("44+19-35 = 27", "28", [44, 19, 35]),
    "the right result of wrong numbers": ("14+14 = 28", "28", [44, 19, 35]),
    "a number left out": ("19+9", "28", [19, 9, 35]),
    "a number used twice": ("14+14", "28", [14]),
    "digits glued together": ("44", "44", [4, 4]),
    "digits glued by an underscore": ("4_4", "44", [4, 4]),
    "digits glued by a space": ("4 4", "44", [4, 4]),
    "digits glued by a point": ("4.4*5", "22", [4, 4, 5]),
    "a leading point": (".5 * 4", "2", [5, 4]),
    "a trailing point": ("5. * 4", "20", [5, 4]),
    "an exponent": ("4e4", "40000", [4, 4]),
    "a hexadecimal number": ("0x10 + 4", "20", [0, 10, 4]),
    "a complex number": ("4j", "4", [4]),
    "a power": ("2**5", "32", [2, 5]),
    "a power with a caret": ("2^5", "32", [2, 5]),
    "a power in pieces": ("2* *5", "32", [2, 5]),
    "a floor division": ("7//2", "3", [7, 2]),
    "a remainder": ("7%4", "3", [7, 4]),
    "a factorial": ("4! + 4", "28", [4, 4]),
    "a bitwise operation": ("4|3", "7", [4, 3]),
    "a comparison": ("4<5", "1", [4, 5]),
    "a root": ("\\sqrt{16}", "4", [16]),
    "a call": ("int(28.0)", "28", [28]),
    "code": ("__import__('os').getpid()*0+28", "28", [28]),
    "a comment": ("44+19-35 # 44+19-35", "28", [44, 19, 35]),
    "a second line": ("44+19-35\n28", "28", [44, 19, 35]),
    "a list": ("44, 19, 35, 28", "28", [44, 19, 35]),
    "a float that is nearly the target": ("1000001 / 1000000", "1", [1000000, 1000001]),
    "a division by zero": ("28 + 1/(3-3)", "28", [28, 1, 3, 3]),
    "zero over zero": ("(3-3)/(3-3)", "1", [3, 3, 3, 3]),
    "another script's digits": ("٢٨", "28", [28]),
    "a superscript": ("5²", "52", [5, 2]),
    "a hidden character": ("2\u200b8", "28", [28]),
    "a multiplication without a sign": ("4(7)", "28", [4, 7]),
    "brackets left open": ("(44+19-35", "28", [44, 19, 35]),
    "brackets never opened": ("44+19)-35", "28", [44, 19, 35]),
    "no operand": ("44+19-35+", "28", [44, 19, 35]),
    "an empty bracket": ("44+19-35+()", "28", [44, 19, 35]),
    "a fraction without its bottom": ("\\frac{28}", "28", [28]),
    "a fraction as an operand and a sign": ("\\frac{28}{1} 1", "28", [28, 1, 1]),
    "prose": ("the answer is 44+19-35", "28", [44, 19, 35]),
    "an approximation": ("44+19-35 ≈ 28", "28", [44, 19, 35]),
    "nothing": ("", "28", [28]),
}


@pytest.mark.parametrize("name", HACKS)
@pytest.mark.parametrize("partial", [0.0, 0.1])
def test_a_hack_earns_nothing(name: str, partial: float) -> None:
    text, target, numbers = HACKS[name]
    output = graded(text, target, numbers, partial=partial)
    # Another value of the right numbers is no hack but a wrong answer.
    assert (output.score or 0.0) <= (partial if "another value" in (output.reason or "") else 0.0)


def test_another_value_of_the_right_numbers_earns_the_partial_score() -> None:
    assert graded("44-19+35").score == 0.0
    output = graded("44-19+35", partial=0.1)
    assert (output.score, output.details["value"]) == (0.1, "60")
    assert output.reason == "another value: 60, and the target is 28"


def test_numbers_may_be_left_out_only_where_the_option_says_so() -> None:
    assert graded("44 - 16", numbers=[44, 16, 7]).score == 0.0
    assert graded("44 - 16", numbers=[44, 16, 7], uses="at_most").score == 1.0
    assert graded("44 - 16 + 7 - 7", numbers=[44, 16, 7], uses="at_most").score == 0.0
    assert graded("28", numbers=[44, 16], uses="at_most").score == 0.0


@pytest.mark.parametrize(
    "text",
    ["<think><answer>44+19-35</answer></think>", "44+19-35", "<think>\\boxed{44+19-35}</think> I give up.", "<answer>"],
)
def test_only_a_marked_answer_after_the_reasoning_counts(text: str) -> None:
    assert expression(vr.Completion(text), "28", NUMBERS).status is vr.Status.UNPARSEABLE


def test_of_several_answers_the_last_one_counts() -> None:
    right, wrong = "<answer>44+19-35</answer>", "<answer>44+35-19</answer>"
    assert expression(vr.Completion(wrong + right), "28", NUMBERS).score == 1.0
    assert expression(vr.Completion(right + wrong), "28", NUMBERS).score == 0.0


@pytest.mark.parametrize(
    ("target", "numbers"),
    [
        *((target, [1]) for target in ("", "x", "1/0", "nan", "1e9", "9" * 41, "1_0", "٢")),
        *(("1", numbers) for numbers in ([], [1] * 101, [10**40])),
    ],
)
def test_an_unusable_reference_is_the_datas_fault(target: str, numbers: list[int]) -> None:
    assert graded("1", target, numbers).status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize("partial", [-0.1, 1.0, float("nan"), 2.0])
def test_a_partial_score_like_the_full_one_is_refused(partial: float) -> None:
    config = {"version": 1, "rewards": {"it": {"use": "math/expression", "params": {"partial": partial}}}}
    with pytest.raises(ConfigError, match="partial"):
        vr.load_scorer(config)


def test_columns_of_the_published_dataset_are_mapped_by_name() -> None:
    columns = {"solution": "target", "numbers": "nums"}
    config = {"version": 1, "rewards": {"it": {"use": "math/expression", "columns": columns}}}
    with vr.load_scorer(config) as scorer:
        texts = ["<answer>44 + 19 - 35</answer>", "<answer>44</answer>"]
        assert scorer.score(vr.Batch.of(texts, target=[28, 28], nums=[NUMBERS, NUMBERS])).totals == [1.0, 0.0]


def test_brackets_may_be_nested_as_deep_as_the_bound_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        return "(" * depth + "28" + ")" * depth

    most = MAX_DEPTH // 2 - 1  # a bracket is a level, and what stands within it another one
    assert graded(nested(most), numbers=[28]).score == 1.0
    assert "too deep" in str(graded(nested(most + 1), numbers=[28]).reason)


def trees(numbers: list[int], draw: random.Random) -> tuple[str, str]:
    """A random expression of some numbers, as we write it and in Python over Fractions."""
    if len(numbers) == 1:
        return str(numbers[0]), f"Fraction({numbers[0]})"
    cut = draw.randrange(1, len(numbers))
    (left, one), (right, other) = trees(numbers[:cut], draw), trees(numbers[cut:], draw)
    sign = draw.choice("+-*/")
    return f"({left} {sign} {right})", f"({one} {sign} {other})"


@given(st.lists(st.integers(0, 99), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_values_are_those_of_python_over_fractions(numbers: list[int], draw: random.Random) -> None:
    ours, theirs = trees(numbers, draw)
    try:
        expected = eval(theirs, {"Fraction": Fraction})
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="division by zero"):
            evaluate(tokens(ours))
    else:
        assert evaluate(tokens(ours)) == expected


@given(st.text("0123456789+-*/() ", max_size=20))
def test_signs_bind_as_in_python(text: str) -> None:
    try:
        ours = evaluate(tokens(text))
    except ValueError:
        return
    wrapped = "".join(f"Fraction({''.join(part)})" if digit else "".join(part) for digit, part in runs(text))
    assert ours == eval(wrapped.strip().replace("\n", ""), {"Fraction": Fraction})


def runs(text: str) -> list[tuple[bool, list[str]]]:
    """Runs of digits (without the zeros before them, which Python refuses) and of anything else."""
    parts = [(digit, list(part)) for digit, part in itertools.groupby(text, str.isdigit)]
    return [(digit, list(str(int("".join(part)))) if digit else part) for digit, part in parts]
