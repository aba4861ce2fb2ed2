"""`math/answer`: never right by mistake, wrong only where that is certain, and no text costs or breaks anything."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_math import answer, grade
from vlm_rewards_math.numbers import number

DATA = Path(__file__).parents[3] / "shared" / "data" / "math"
RIGHT, WRONG, ABSTAINED, UNPARSEABLE = "right", "wrong", "abstained", "unparseable"


def verdict(reference: str | list[str], text: str) -> str:
    output = answer(vr.Completion(text), reference)
    if output.score is None:
        return output.status.value
    return {1.0: RIGHT, 0.0: WRONG}[output.score]


def box(text: str) -> str:
    return f"<think>hm</think>\\boxed{{{text}}}"


@pytest.mark.parametrize(
    ("reference", "given"),
    [
        ("7", "7"),
        ("7", "7.0"),
        ("7", "007"),
        ("7", "+7"),
        ("-3", "−3"),
        ("1/2", "0.5"),
        ("1/2", "\\frac{1}{2}"),
        ("1/2", "\\dfrac {2} {4}"),
        ("-1/2", "\\frac{-1}{2}"),
        ("1/2", "50\\%"),
        ("1234", "1,234"),
        ("10000", "10{,}000"),
        ("10000", "10\\,000"),
        ("10000", "10 000"),
        ("10000", "10,\\!000"),
        ("2000", "2e3"),
        ("2000", "2E+3"),
        ("5/2", "5./2"),
        ("2000", "2 \\times 10^{3}"),
        ("0.002", "2 \\cdot 10^{-3}"),
        ("36^\\circ", "36"),
        ("36", "36°"),
        ("$5", "\\$5.00"),
        ("\\boxed{\\frac{1}{2}}", "0.5"),
        ("$\\boxed{7}$", "7"),
        ("B", "(B)"),
        ("B", "b"),
        ("\\text{(B)}", "\\textbf{B}."),
        ("B", "$\\text{\\textbf{(B)}}$."),
        ("Tuesday", "\\text{tuesday}"),
        ("15x - 80", "15x-80"),
        ("(5, \\infty)", "\\left(5,\\infty\\right)"),
        ("x^2", "x^2"),
        ("5 cm", "5 \\; cm"),
        ("twenty-one", "twenty-one"),
    ],
)
def test_another_look_of_the_reference_is_right(reference: str, given: str) -> None:
    assert verdict(reference, box(given)) == RIGHT
    assert verdict(given, box(reference)) == RIGHT


@pytest.mark.parametrize(
    ("reference", "given"),
    [
        ("7", "8"),
        ("7", "-7"),
        ("7", "7.000001"),
        ("7", "70"),
        ("36^\\circ", "63^\\circ"),
        ("36", "0.36"),
        ("1/3", "1/4"),
        ("1/3", "0.34"),
        ("1/8", "0.13"),  # a finite decimal leaves no excuse
        ("50%", "51%"),
        ("123456789012345678901", "123456789012345678902"),
        ("1000000.001", "1000000.002"),
        ("9" * 400, "9" * 399 + "8"),
        ("1e400", "1e399"),
        ("B", "C"),
        ("B", "(C)"),
        ("Tuesday", "Wednesday"),
    ],
)
def test_another_number_or_word_is_wrong(reference: str, given: str) -> None:
    assert verdict(reference, box(given)) == WRONG
    assert verdict(given, box(reference)) == WRONG


@pytest.mark.parametrize(
    ("reference", "given"),
    [
        ("7", "\\sqrt{49}"),
        ("42", "41 = 42"),
        ("42", "41 \\text{ or } 42"),
        ("42", "x = 42"),
        ("42", "x"),
        ("42", "٤٢"),
        ("42", "4\u200b2"),
        ("42", "4\\,2"),
        ("42", "4 2"),
        ("42", "4$2"),
        ("42", "4°2"),
        ("7", "seven"),
        ("7", "7 apples"),
        ("5 m", "5 cm"),
        ("5 m", "500 cm"),
        ("5 mW", "5 MW"),
        ("5 cm", "5"),
        ("3:4", "3/4"),
        ("\\pi", "3.14"),
        ("π", "pi"),
        ("2\\pi", "2π"),
        ("1, 234", "1234"),
        ("0,123", "123"),
        ("1,23", "123"),
        ("1 1/2", "11/2"),
        ("1 234/5", "246.8"),
        ("1/0", "5"),
        ("\\infty", "5"),
        ("1.234,5", "1234.5"),
        ("25\\%", "25"),
        ("2/3", "0.67"),
        ("-33/65", "-0.50769231"),
        ("1/3", "33.3\\%"),
        ("x", "-x"),
        ("a-b", "a b"),
        ("xy", "yx"),
        ("acute", "acute triangle"),
        ("\\leftarrow", "\\rightarrow"),
        ("arrow", "\\leftarrow"),
        ("arrow", "\\rightarrow"),
        ("\\text{4} \\text{2}", "42"),
        ("\\text{a}+\\text{b}", "a+b"),
        ("{1, 2}", "\\{2, 1\\}"),
        ("1" * 700, "1" * 699 + "2"),
        ("1e401", "1"),
        ("2 e 3", "2000"),
        ("1e9999999999", "1"),
        ("2^{100000000}", "2"),
        ("9**9**9**9", "2"),
        ("__import__('os').getcwd()", "2"),
    ],
)
def test_what_is_beyond_coverage_abstains_on_either_side(reference: str, given: str) -> None:
    for one, other in ((reference, given), (given, reference)):
        output = grade(one, box(other))
        assert output.status is vr.Status.ABSTAINED
        assert output.reason is not None
        assert output.reason.startswith("beyond_coverage")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>\\boxed{42}</think> I give up.", UNPARSEABLE),
        ("<think>so \\boxed{42}", UNPARSEABLE),
        ("so \\boxed{42}</think>", UNPARSEABLE),
        ("<think>42</think><answer>41</answer>", WRONG),
        ("<think><answer>42</answer></think>", UNPARSEABLE),
        ("The answer is 42.", UNPARSEABLE),
        ("", UNPARSEABLE),
        ("\\boxed{}", UNPARSEABLE),
        ("\\boxed{$$}", UNPARSEABLE),
        ("<answer></answer>", UNPARSEABLE),
        ("\\boxed{42", UNPARSEABLE),
        ("<answer>42", UNPARSEABLE),
        ("</answer>42<answer>", UNPARSEABLE),
        ("\\boxed{42} or \\boxed{41}", WRONG),  # several answers: the last one counts
        ("\\boxed{41} or \\boxed{42}", RIGHT),
        (" and ".join(f"\\boxed{{{n}}}" for n in range(38, 47)), WRONG),
        ("<answer>42</answer><answer>41</answer>", WRONG),
        ("<answer>41</answer><answer>42</answer>", RIGHT),
        ("\\boxed{42} <answer>41</answer>", WRONG),  # so too between boxes and blocks
        ("<answer>42</answer> no, \\boxed{41}", WRONG),
        ("\\boxed{41} <answer>42</answer>", RIGHT),
        ("<answer>it is \\boxed{42}, not 41</answer>", RIGHT),
        ("<answer>41<answer>42</answer></answer>", ABSTAINED),
        ("<answer>\\text{421</answer>", ABSTAINED),
        ("\\boxed{41 \\boxed{42}}", ABSTAINED),
        ("\\boxed{" + "4" * 5000 + "}", UNPARSEABLE),
        ("\\boxed{\\text{" * 50 + "42" + "}}" * 50, ABSTAINED),
    ],
)
def test_only_the_final_answer_counts(text: str, expected: str) -> None:
    assert verdict("42", text) == expected


def test_reasoning_in_a_message_field_is_no_answer() -> None:
    message = {"role": "assistant", "content": "I give up.", "reasoning_content": "\\boxed{42}"}
    assert answer(vr.Completion.of([message]), "42").status is vr.Status.UNPARSEABLE


@pytest.mark.parametrize(
    ("reference", "why"), [("", "empty"), (" $$ ", "empty"), (".", "empty"), ("1" * 1001, "too long")]
)
def test_an_unusable_reference_is_the_datas_fault(reference: str, why: str) -> None:
    output = answer(vr.Completion("\\boxed{42}"), reference)
    assert (output.status, output.reason) == (vr.Status.BAD_REFERENCE, f"the reference is {why}")


@pytest.mark.parametrize(
    ("references", "given", "expected"),
    [
        (["6", "7"], "7", RIGHT),
        (["6", "7"], "8", WRONG),
        (["6", "\\sqrt{64}"], "8", ABSTAINED),  # one undecided: nobody may say wrong
        (["\\sqrt{64}", "8"], "8", RIGHT),
        (["", "7"], "7", RIGHT),
        (["", "7"], "8", WRONG),
        ([""], "8", "bad_reference"),
        ([], "8", "bad_reference"),
        ('["6", "7"]', "7", RIGHT),  # Arrow has one type per column: lists may come as JSON text
        ('["6", "7"]', "8", WRONG),
        ('["6", 7]', "7", ABSTAINED),
        ('["6"', "7", ABSTAINED),
        ("[6, 7]", "[6,7]", RIGHT),  # an interval, not a list of answers
    ],
)
def test_any_accepted_answer_will_do(references: str | list[str], given: str, expected: str) -> None:
    assert verdict(references, box(given)) == expected


def test_numbers_in_the_reference_column_are_read() -> None:
    config = {"version": 1, "rewards": {"answer": {"use": "math/answer"}}}
    columns = [7, 7.0, "7", [6, 7], "[7", None]
    with vr.load_scorer(config) as scorer:
        scored = scorer.score(vr.Batch.of(["\\boxed{7}"] * len(columns), solution=columns))
    assert scored.totals == [1.0, 1.0, 1.0, 1.0, 0.0, None]


@given(st.integers(1, 10**30), st.integers(1, 10**30), st.sampled_from(["\\,", "\\;", " ", "\\ ", "$", "°", ",", "\n"]))
def test_two_numbers_never_pass_for_one(left: int, right: int, between: str) -> None:
    assume(len(str(right)) % 3 != 0)  # groups of three digits are thousands
    assert verdict(f"{left}{right}", box(f"{left}{between}{right}")) == ABSTAINED


LOOKS = st.sampled_from(
    ["{}", "${}$", " {} ", "{}.", "$ {} $.", "\\text{{{}}}", "\\boxed{{{}}}", "\\({}\\)", "\\textbf{{{}}}"]
)
ANSWERS = [
    "7",
    "-7",
    "1/2",
    "0.5",
    "\\frac{1}{2}",
    "1,234",
    "50\\%",
    "B",
    "(C)",
    "Tuesday",
    "x^2",
    "5 m",
    "5 cm",
    "2\\pi",
]


@given(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS), LOOKS, LOOKS)
def test_dollars_spacing_style_and_a_full_stop_change_no_verdict(
    reference: str, given: str, one: str, other: str
) -> None:
    expected = verdict(reference, box(given))
    assert verdict(one.format(reference), box(other.format(given))) == expected
    assert verdict(reference, f"<answer>{other.format(given)}</answer>") == expected


@given(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS))
def test_verdicts_are_symmetric_and_everything_equals_itself(one: str, other: str) -> None:
    assert verdict(one, box(other)) == verdict(other, box(one))
    assert verdict(one, box(one)) == RIGHT


FRAGMENTS = [
    "4",
    "2",
    "0",
    ".",
    ",",
    "-",
    "/",
    "%",
    " ",
    "$",
    "\\",
    "{",
    "}",
    "e",
    "^",
    "\\frac",
    "\\text{",
    "\\,",
    "°",
    "=",
    "(",
    ")",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=10).map("".join))
@settings(max_examples=400)
def test_what_is_called_right_says_the_number_and_nothing_else(text: str) -> None:
    """An answer that passes for 42 shows its digits in order, or is a fraction, per cent or power worth 42."""
    if verdict("42", f"<answer>{text}</answer>") == RIGHT:
        shown = "".join(sign for sign in text if sign in "0123456789.,/%e=()^")
        stripped = shown.replace(",", "").removesuffix("^").rstrip(".")
        assert number(stripped) == 42, text


@pytest.mark.parametrize("text", ["\ud800", "4\udfff2", "\\text{\ud83d}", "\x00", "\u202e24", "👍🏽"])
def test_what_was_extracted_can_always_be_written_as_json(text: str) -> None:
    output = grade("42", box(text))
    assert json.loads(output.model_dump_json())["details"]["from"] == "boxed"


def test_details_say_what_was_read_and_where() -> None:
    assert grade("7", "<answer> 7.0 </answer>").details == {"extracted": "7.0", "from": "answer_tag"}
    assert grade("7", "\\boxed{8}").details == {"extracted": "8", "from": "boxed"}


def rows(name: str) -> list[dict[str, Any]]:
    if not DATA.is_dir():
        pytest.skip(f"the development data is not there: {DATA}")
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


def test_no_labelled_pair_for_development_is_called_right_or_wrong_wrongly() -> None:
    outputs = [(row, grade(row["gold"], row["completion"])) for row in rows("dev.jsonl")]
    decided = [(row, output) for row, output in outputs if output.score is not None]
    assert [row["id"] for row, output in decided if bool(output.score) != bool(row["label"])] == []
    assert len(decided) > 1000


def test_every_hostile_completion_for_development_is_harmless() -> None:
    for row in rows("hostile_dev.jsonl"):
        text = row.get("completion")
        if text is None:
            text = eval(row["completion_py"], {"__builtins__": {}})
        start = time.process_time()
        output = grade(row["gold"], text)
        assert time.process_time() - start < row["max_s"], row["id"]
        if row["expect"] != "any":
            assert (output.score == 1.0) is row["expect"], row["id"]
        assert not any(Path(path).exists() for path in row.get("canary", [])), row["id"]
