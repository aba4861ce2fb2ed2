r"""Every limit of the pack: a text at the limit is still read, and one beyond it is not."""

from __future__ import annotations

from fractions import Fraction

import pytest

import vlm_rewards as vr
from vlm_rewards_math import answer, expression, grade
from vlm_rewards_math.equality import arithmetic, collections, evaluation, exact, identity, intervals, matrices, measure
from vlm_rewards_math.equality.comparison import MAX_DEPTH, Comparison, Policy
from vlm_rewards_math.equality.rules import RULES
from vlm_rewards_math.grading import MAX_HARD, decide
from vlm_rewards_math.parsing import cursor, lexer, numbers, parser
from vlm_rewards_math.parsing.nodes import Node, Unreadable
from vlm_rewards_math.parsing.parser import parse, read


def is_read(text: str) -> bool:
    return read(text) is not None


def test_texts_and_tokens_and_digits_and_items_and_levels() -> None:
    assert (parser.MAX_CHARS, lexer.MAX_TOKENS, numbers.MAX_DIGITS) == (1500, 800, 600)
    assert (cursor.MAX_ITEMS, cursor.MAX_DEPTH) == (200, 40)
    assert (is_read("x" + " " * 1499), is_read("x" + " " * 1500)) == (True, False)
    assert len(lexer.tokens("+" * 800)) == 800
    with pytest.raises(Unreadable, match="too many tokens"):
        lexer.tokens("+" * 801)
    assert (is_read("1" * 600), is_read("1" * 601)) == (True, False)
    assert (is_read(",".join("x" * 200)), is_read(",".join("x" * 201))) == (True, False)
    # A bracket is a level, and the relation within it another one.
    assert (is_read("(" * 19 + "x" + ")" * 19), is_read("(" * 20 + "x" + ")" * 20)) == (True, False)


def test_an_arithmetic_expression() -> None:
    assert (arithmetic.MAX_CHARS, arithmetic.MAX_DIGITS) == (1000, 40)
    assert [token.text for token in arithmetic.tokens("1" + " " * 999)] == ["1"]
    for text in ("1" + " " * 1000, "1" * 41):
        with pytest.raises(ValueError, match=r"more than 40|longer than 1000"):
            arithmetic.tokens(text)
    assert arithmetic.evaluate(arithmetic.tokens("1" * 40)) == int("1" * 40)
    assert arithmetic.evaluate(arithmetic.tokens("(" * 19 + "1" + ")" * 19)) == 1
    with pytest.raises(ValueError, match="too deep"):
        arithmetic.evaluate(arithmetic.tokens("(" * 20 + "1" + ")" * 20))


@pytest.mark.parametrize(("count", "status"), [(100, vr.Status.SCORED), (101, vr.Status.BAD_REFERENCE)])
def test_the_numbers_of_an_expression(count: int, status: vr.Status) -> None:
    assert expression(vr.Completion("\\boxed{1}"), "1", [1] * count).status is status


def test_an_answer_and_a_reference() -> None:
    def status(reference: str, given: str) -> vr.Status:
        output = answer(vr.Completion(f"\\boxed{{{given}}}"), reference)
        assert isinstance(output, vr.RewardOutput)
        return output.status

    assert status("7", "x" * 1000) is vr.Status.SCORED
    assert status("7", "x" * 1001) is vr.Status.UNPARSEABLE
    assert status("x" * 1000, "7") is vr.Status.SCORED
    assert status("x" * 1001, "7") is vr.Status.BAD_REFERENCE
    for spaces, expected in ((19_997, vr.Status.SCORED), (19_998, vr.Status.BAD_REFERENCE)):
        assert status("so\n#### 7".rjust(3 + spaces)[-(3 + spaces) :], "7") is expected


def test_the_measure_of_a_number() -> None:
    assert measure.MAX_CHARS == 1000
    assert measure.measured("7" + " " * 999) == measure.Measured(Fraction(7))
    assert measure.measured("7" + " " * 1000) is None


@pytest.mark.parametrize("chars", [480, 481])
def test_what_computer_algebra_is_asked(chars: int) -> None:
    assert MAX_HARD == 120
    gold = "\\int_0^1 f(x) dx"
    given = "\\int_0^2 g(x) dx" + "+1" * ((chars - 32) // 2) + "0" * (chars % 2)
    assert len(gold) + len(given) == chars
    assert (decide(gold, given, Policy()).score, decide(gold, given, Policy()).hard) == (None, chars <= 4 * MAX_HARD)


def compared(gold: Node, given: Node) -> bool | None:
    return Comparison(Policy(), "", RULES).same(gold, given)


def nested(text: str, depth: int) -> Node:
    node = parse(text)
    for _ in range(depth):
        node = Node("tuple", (node, Node("sym", (), "y")), "()")
    return node


def test_levels_of_a_comparison() -> None:
    assert MAX_DEPTH == 12
    assert compared(nested("2+x", 11), nested("x+2", 11)) is True
    assert compared(nested("2+x", 12), nested("x+2", 12)) is None


def test_pairs_of_two_lists() -> None:
    assert collections.MAX_PAIRS == 900
    for size, expected in ((30, True), (31, None)):
        numbers = [str(number) for number in range(size)]
        assert compared(parse(", ".join(numbers)), parse(", ".join(reversed(numbers)))) is expected


def test_parts_of_a_region() -> None:
    assert intervals.MAX_PARTS == 40
    for count, is_region in ((40, True), (41, False)):
        union = "\\cup ".join(f"({2 * at},{2 * at + 1})" for at in range(count))
        assert (intervals.region(parse(union)) is not None) == is_region


def matrix(rows: int, columns: int) -> str:
    return "\\begin{pmatrix}" + "\\\\".join("&".join("1" * columns) for _ in range(rows)) + "\\end{pmatrix}"


def test_sides_of_a_matrix() -> None:
    assert matrices.MAX_SIDE == 6
    for rows, columns, head in ((6, 6, "matrix"), (7, 6, "*"), (6, 7, "*")):
        assert matrices.folded(parse(f"2{matrix(rows, columns)}")).head == head
    assert matrices.folded(parse(f"{matrix(2, 3)} + {matrix(3, 2)}")).head == "+"
    assert matrices.folded(parse(f"{matrix(2, 2)} {matrix(2, 2)}")).head == "*"


@pytest.mark.parametrize(
    ("text", "beyond"),
    [
        ("2^{20000}", "2^{20001}"),
        ("2^{20000} 2^{19998}", "2^{20000} 2^{19999}"),
        ("3000!", "3001!"),
        ("\\sum_{k=1}^{1001} k", "\\sum_{k=1}^{1002} k"),
        ("\\sqrt[64]{1}", "\\sqrt[65]{1}"),
    ],
)
def test_exact_values(text: str, beyond: str) -> None:
    assert (exact.MAX_BITS, exact.MAX_FACTORIAL, exact.MAX_TERMS, exact.MAX_WORK) == (40_000, 3000, 1000, 3000)
    assert exact.exact(parse(text)) is not None
    assert exact.exact(parse(beyond)) is None


def test_the_work_of_an_exact_value() -> None:
    # Each term of a sum is one operation, and those of its body.
    assert exact.exact(parse("\\sum_{k=1}^{999} |-k|")) is not None
    assert exact.exact(parse("\\sum_{k=1}^{1001} |-k|")) is None


@pytest.mark.parametrize("last", [60, 61])
def test_terms_of_a_series_in_floats(last: int) -> None:
    assert evaluation.MAX_TERMS == 60
    assert (identity.constant(parse(f"\\sum_{{k=0}}^{{{last}}} k")) is not None) == (last == 60)


def test_the_work_of_an_identity() -> None:
    assert identity.MAX_WORK == 1500
    for terms, verdict in ((749, True), (750, None)):
        one = Node("+", (Node("sym", (), "x"),) * terms)
        assert identity.identical(one, one, seed="", budget=identity.Budget(10**6)) is verdict


def test_a_long_sum_is_graded_all_the_same() -> None:
    assert grade("+".join(["x"] * 100), f"\\boxed{{{'+'.join(['x'] * 99)} + x}}").score == 1.0
