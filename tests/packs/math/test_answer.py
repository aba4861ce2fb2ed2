"""`math/answer`: which answer counts, what the options change, what each outcome is, and the labelled pairs."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import vlm_rewards as vr
from tests.packs.sample import Sample
from vlm_rewards_math import answer, grade

DATA = Path(__file__).parents[4] / "shared" / "data" / "math"
RIGHT, WRONG, UNPARSEABLE = "right", "wrong", "unparseable"


def verdict(output: object) -> str:
    assert isinstance(output, vr.RewardOutput)
    if output.score is None:
        return output.status.value
    return {1.0: RIGHT, 0.0: WRONG}[output.score]


def box(text: str) -> str:
    return f"<think>hm</think>\\boxed{{{text}}}"


# -- which answer counts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>\\boxed{42}</think> I give up.", WRONG),
        ("<think>\\boxed{42}</think>", UNPARSEABLE),
        ("<think>so \\boxed{42}", UNPARSEABLE),
        ("so \\boxed{42}</think>", UNPARSEABLE),
        ("<think>42</think><answer>41</answer>", WRONG),
        ("<think><answer>42</answer></think>", UNPARSEABLE),
        ("", UNPARSEABLE),
        (" \n ", UNPARSEABLE),
        ("\\boxed{}", UNPARSEABLE),
        ("\\boxed{$$}", UNPARSEABLE),
        ("<answer></answer>", UNPARSEABLE),
        ("no idea", WRONG),
        ("\\boxed{41} or \\boxed{42}", WRONG),  # boxes side by side are one answer with two items
        ("\\boxed{42}, \\boxed{42}", RIGHT),
        ("\\boxed{42}. No wait, it is 41.", RIGHT),
        ("\\boxed{41}. No wait, it is 42.", WRONG),  # nothing is stated behind the box
        ("\\boxed{41}. No wait, the answer is 42.", RIGHT),  # it commits to the later one
        ("\\boxed{42} or 41", RIGHT),
        ("\\boxed{42} or 42.0", RIGHT),
        ("\\boxed{42}. Wait, let me check: 40 + 2 = 42. Yes.", RIGHT),
        ("\\boxed{42}. This means 42 apples, since 40 + 2 = 42.", RIGHT),
        ("<answer>42</answer> Wait, it should be 41.", RIGHT),
        ("The answer is 42. No wait, it is 41.", RIGHT),
        ("#### 42\nWait, 41.", RIGHT),
        ("It is <|begin_of_box|>42<|end_of_box|>.", RIGHT),
        ("<answer>\\boxed{41} <|begin_of_box|>42<|end_of_box|></answer>", WRONG),
        ("<|begin_of_box|>41<|end_of_box|> or <|begin_of_box|>42<|end_of_box|>", WRONG),
        ("<|begin_of_box|>42<|end_of_box|>. Sorry, 41.", RIGHT),
        ("First \\boxed{41}. I was wrong, it is \\boxed{42}.", RIGHT),
        ("First \\boxed{42}. I was wrong, it is \\boxed{41}.", WRONG),
        (" and ".join(f"\\boxed{{{n}}}" for n in range(38, 43)), WRONG),
        ("<answer>42</answer><answer>41</answer>", WRONG),
        ("<answer>41</answer><answer>42</answer>", RIGHT),
        ("\\boxed{42} <answer>41</answer>", WRONG),
        ("<answer>42</answer> no, \\boxed{41}", WRONG),
        ("\\boxed{41} <answer>42</answer>", RIGHT),
        ("<answer>it is \\boxed{42}, not 41</answer>", RIGHT),
        ("The final answer is 42.", RIGHT),
        ("The answer is: 42", RIGHT),
        ("Answer: **42**", RIGHT),
        ("**Answer:** 42", RIGHT),
        ("**Final Answer**\n42", RIGHT),
        ("The final answer is $42$. I hope it is correct.", RIGHT),
        ("Therefore, the answer is \\(42\\).", RIGHT),
        ("3 * 14 = 42\n#### 42", RIGHT),
        ("#### 420", WRONG),
        ("The answer is 41. No, the answer is 42.", RIGHT),
        ("The answer is 42. No, the answer is 41.", WRONG),
        ("\\boxed{41}\nThe answer is 42", RIGHT),
        ("\\boxed{42}\nThe answer is 41", WRONG),
        ("\\boxed{42}\nThe answer is correct.", RIGHT),
        ("The answer is x = 42", RIGHT),
        ("There are 6 rows of 7, so there are 42 apples.", RIGHT),
        ("There are 42 rows of 7, so there are 294 apples.", WRONG),
        ("We get $6 \\cdot 7 = 42$.", RIGHT),
        ("So we find \\[ x = 42 \\]", RIGHT),
        ("It costs $42 in all, as the text says.", RIGHT),
        ("42", RIGHT),
        ("$42$", RIGHT),
        ("\\fbox{42}", RIGHT),
        ("\\boxed 42", RIGHT),
        ("\\boxed{42", UNPARSEABLE),  # cut off, perhaps in its number
        ("\\boxed{42}</s>", RIGHT),
        ("\\boxed{\\text{42}", RIGHT),
        ("The answer is 41 or 42.", WRONG),
        ("<answer>The answer is 42</answer>", RIGHT),
        ("<answer>The speed is 42 km/h.</answer>", RIGHT),
        ("The speed is 42 km/h.", RIGHT),
        ("<answer>It is 41 or it is 42</answer>", WRONG),
        ("<answer>41 is 42</answer>", WRONG),
        ("<answer>Either that or x is 42</answer>", RIGHT),
        ("The answer is 42, since 6 times 7 is 42.", RIGHT),
        ('{"reason": "6 times 7", "answer": 42}', RIGHT),
        ('```json\n{"answer": "42"}\n```', RIGHT),
        ('{"answer": [41, 42]}', WRONG),
        ("\\boxed{\\textcolor{red}{42}}", RIGHT),
        ("\\boxed{\\textcolor{white}{4}2}", WRONG),
        ("Item A42 is the last one of them all here", UNPARSEABLE),
        ("\\boxed{" + "4" * 5000 + "}", UNPARSEABLE),
        ("\\boxed{9^{9^{9^9}}}", UNPARSEABLE),
    ],
)
def test_only_the_final_answer_counts(text: str, expected: str) -> None:
    assert verdict(grade("42", text)) == expected


@pytest.mark.parametrize(
    ("reference", "given"),
    [
        ("red", "red blue green"),  # a word behind a word is no unit
        ("Tom", "Tom Jerry"),
        ("right triangle", "right triangle square"),
        ("yes", "yes maybe"),
        ("7", "three four"),
        ("30", "twenty ten"),
        ("105", "one hundred hundred five"),
        ("5", "5 not"),
        ("5", "\\text{not }x = 5"),
        ("5", "x/2 = 5"),
        ("5", "x^2 = 5"),
        ("5", "-x = 5"),
        ("B", "B - C"),
        ("B", "B-D"),
        ("B", "B (or C)"),
        ("B", "B) 12 C) 13"),
        ("B", "B: 12, C: 13"),
    ],
)
def test_an_answer_that_says_more_than_the_reference_is_wrong(reference: str, given: str) -> None:
    assert verdict(grade(reference, box(given))) == WRONG


@pytest.mark.parametrize(
    ("reference", "given"),
    [
        ("5", "5 apples"),
        ("ab", "ab \\text{ square units}"),
        ("342", "three hundred and forty-two"),
        ("100", "a hundred"),
        ("0", "zero"),
        ("6", "G + J = 6"),
        ("5", "x = 5"),
        ("C", "C) point D"),
        ("not prime", "Not prime."),
    ],
)
def test_what_only_explains_an_answer_takes_nothing_from_it(reference: str, given: str) -> None:
    assert verdict(grade(reference, box(given))) == RIGHT


@pytest.mark.parametrize(
    ("reference", "text", "expected"),
    [
        ("18\\pi", "The radius of it is 3, so the volume comes to 18π cubic units.", RIGHT),
        ("3", "The volume of this whole cylinder comes to 3 times 18π.", WRONG),
        ("3\\sqrt{2}", "So the length of the long side comes to 3√2 cm.", RIGHT),
        ("2", "So the length of the long side comes to 3√2 cm.", WRONG),
        ("B", "The correct option is B.", RIGHT),
        ("B", "So the correct choice is:\n\n**(B)**", RIGHT),
        ("B", "The correct option is B or C.", WRONG),
        ("2", "So there is no root √√√ of it that we could tell you here.", UNPARSEABLE),
        ("5", "The last option is a line, so there are 5 sides.", RIGHT),
    ],
)
def test_a_last_sentence_is_read_as_it_is_written(reference: str, text: str, expected: str) -> None:
    assert verdict(grade(reference, text)) == expected


@pytest.mark.parametrize(
    ("reference", "given", "expected"),
    [
        ("12.5 cm", "12,5 cm", RIGHT),
        ("12.5", "12,5", RIGHT),
        ("12,5 cm", "12.5 cm", RIGHT),
        ("\\frac{25}{2}", "12,5", RIGHT),
        ("0.125", "0,125", RIGHT),
        ("1234.5 cm", "1.234,50 cm", RIGHT),
        ("12.5 cm", "12, 5 cm", WRONG),
        ("12.5", "(12,5)", WRONG),
        ("12.5", "\\{12,5\\}", WRONG),
        ("12.345", "12,345", WRONG),
        ("12345", "12,345", RIGHT),
        ("1,2", "1.2", WRONG),  # the reference is a list
        ("1, 2", "1.2", WRONG),
        ("1, 2", "1,2", RIGHT),
        ("12", "12,5", WRONG),
        ("5", "12,5 cm", WRONG),
    ],
)
def test_a_decimal_comma_is_read_where_a_list_cannot_be_meant(reference: str, given: str, expected: str) -> None:
    assert verdict(grade(reference, box(given))) == expected


def test_a_short_answer_that_cannot_be_compared_is_not_called_too_large() -> None:
    output = grade("1", "\\boxed{\\int_0^1 x^x dx}")
    assert (output.status, output.reason) == (
        vr.Status.UNPARSEABLE,
        "neither equal to the reference nor different, as far as can be told",
    )


@pytest.mark.parametrize(
    "style",
    [
        *(
            "答案是 {}",
            "答案是{}。",
            "答案：{}",
            "答案为：{}",
            "最终答案：{}",
            "因此，答案是 **{}**。",
            "答えは {} です。",
            "정답은 {}입니다.",
        ),
        *("Die Antwort ist {}.", "Antwort: {}", "La réponse est {}.", "La respuesta es {}.", "Ответ: {}"),
        *("الإجابة هي {}", "उत्तर: {}", "# {}", "> {}", "=> {}", "∴ x = {}", "Total: {}", "```\n{}\n```"),
        *("{} is the answer.", "\\boxed{{Answer: {}}}", "\\boxed{{The answer is {}.}}", "**{}**", "x = {}"),
    ],
)
def test_an_answer_in_the_styles_of_many_languages_and_models(style: str) -> None:
    assert verdict(grade("42", style.format(42))) == RIGHT
    assert verdict(grade("42", style.format("४२"))) == RIGHT
    assert verdict(grade("42", style.format(41))) == WRONG
    assert verdict(grade("42", style.format("41 or 42"))) == WRONG


@pytest.mark.parametrize(
    ("reference", "given", "expected"),
    [
        ("5", "5人", RIGHT),
        ("5", "5个", RIGHT),
        ("50", "50元", RIGHT),
        ("5", "6个", WRONG),
        ("-5", "minus 5", RIGHT),
        ("-5", "negative 5", RIGHT),
        ("5", "negative 5", WRONG),
        ("5", "about 5", RIGHT),
        ("5", "approximately 5", RIGHT),
        ("12.50", "US\\$12.50", RIGHT),
        ("12.50", "USD 12.50", RIGHT),
        ("\\$12.50", "EUR 12.50", WRONG),
        ("B", "选B", RIGHT),
        ("B", "选项C", WRONG),
        ("[1,2)", "1 \\le x < 2", RIGHT),
        ("42", "42\\text{ or any}", WRONG),
        ("42", "42 \\text{ is wrong}", WRONG),
        ("42", "42 maybe", WRONG),
        ("42", "42 or more", WRONG),
        ("42", "\\phantom{42}", WRONG),
        ("42", "\\phantom{4}2", WRONG),
        ("2", "\\phantom{4}2", RIGHT),
        ("12.5 cm", "12. 5 cm", WRONG),
        ("3.5 km", "3 5 km", WRONG),
    ],
)
def test_what_is_said_around_a_value(reference: str, given: str, expected: str) -> None:
    assert verdict(grade(reference, box(given))) == expected


@pytest.mark.parametrize("between", [", or possibly ", " vs ", " or maybe ", ", else ", "; perhaps "])
def test_alternatives_in_boxes_are_one_answer(between: str) -> None:
    assert verdict(grade("42", f"\\boxed{{41}}{between}\\boxed{{42}}")) == WRONG


def test_an_inequality_is_announced_as_a_whole() -> None:
    assert verdict(grade("[1,2)", "The answer is 1 \\le x < 2.")) == RIGHT
    assert verdict(grade("7", "The answer is 7</s>")) == RIGHT


def test_reasoning_in_a_message_field_is_no_answer() -> None:
    message = {"role": "assistant", "content": "I give up.", "reasoning_content": "\\boxed{42}"}
    assert verdict(answer(vr.Completion.from_messages([message]), "42")) == WRONG
    silent = {"role": "assistant", "content": "", "reasoning_content": "\\boxed{42}"}
    assert verdict(answer(vr.Completion.from_messages([silent]), "42")) == UNPARSEABLE


@pytest.mark.parametrize(
    ("reference", "given"),
    [
        ("So the answer is \\boxed{7}.", "7"),
        ("\\boxed{1} and \\boxed{2}", "1, 2"),
        ("3 + 4 = 7\n#### 7", "7"),
        ("$7$", "7"),
        ("\\(7\\)", "7"),
        ("2\\sqrt{3}", "\\sqrt{12}"),
        ("$\\\\frac{1}{2}$", "0.5"),  # escaped twice
    ],
)
def test_a_reference_may_be_wrapped_in_many_ways(reference: str, given: str) -> None:
    assert verdict(grade(reference, box(given))) == RIGHT


@pytest.mark.parametrize(
    ("reference", "why"), [("", "empty"), (" $$ ", "empty"), (".", "empty"), ("nan", "empty"), ("1" * 1001, "too long")]
)
def test_an_unusable_reference_is_the_datas_fault(reference: str, why: str) -> None:
    output = grade(reference, "\\boxed{42}")
    assert (output.status, output.reason) == (vr.Status.BAD_REFERENCE, f"the reference is {why}")


@pytest.mark.parametrize(
    ("references", "given", "expected"),
    [
        (["6", "7"], "7", RIGHT),
        (["6", "7"], "8", WRONG),
        (["6", "\\sqrt{64}"], "8", RIGHT),
        (["", "7"], "7", RIGHT),
        (["", "7"], "8", WRONG),
        ([""], "8", "bad_reference"),
        ([], "8", "bad_reference"),
        ('["6", "7"]', "7", RIGHT),  # Arrow has one type per column: lists may come as JSON text
        ('["6", "7"]', "8", WRONG),
        ("[6, 7]", "[6,7]", RIGHT),  # an interval, not a list of answers
        ("[6, 7]", "6", WRONG),
    ],
)
def test_any_accepted_answer_will_do(references: str | list[str], given: str, expected: str) -> None:
    assert verdict(answer(vr.Completion(box(given)), references)) == expected


def test_numbers_in_the_reference_column_are_read() -> None:
    config = {"version": 1, "rewards": {"answer": {"use": "math/answer"}}}
    columns = [7, 7.0, "7", [6, 7], "[7", None]
    with vr.load_scorer(config) as scorer:
        scored = scorer.score(vr.Batch.of(["\\boxed{7}"] * len(columns), solution=columns))
    assert scored.totals == [1.0, 1.0, 1.0, 1.0, 0.0, None]


# -- options ---------------------------------------------------------------------------------------------------------


def test_tolerances_are_off_unless_asked_for() -> None:
    near = vr.Completion("\\boxed{100.4}")
    assert verdict(answer(near, "100")) == WRONG
    assert verdict(answer(near, "100", absolute_tolerance=0.5)) == RIGHT
    assert verdict(answer(near, "100", absolute_tolerance=0.3)) == WRONG
    assert verdict(answer(near, "100", relative_tolerance=0.01)) == RIGHT
    assert verdict(answer(near, "100", relative_tolerance=0.003)) == WRONG
    assert verdict(answer(vr.Completion("\\boxed{1.4}"), "\\sqrt{2}", absolute_tolerance=0.02)) == RIGHT
    assert verdict(answer(vr.Completion("\\boxed{100000000000000000000.4}"), "1e20", absolute_tolerance=0.3)) == WRONG
    assert verdict(answer(vr.Completion("\\boxed{10}"), "11", absolute_tolerance=1)) == RIGHT


@pytest.mark.parametrize(
    ("reference", "given", "lenient", "strict", "ignore"),
    [
        ("5 m", "500 cm", RIGHT, RIGHT, WRONG),
        ("5 m", "5 cm", WRONG, WRONG, RIGHT),
        ("5 m", "5", RIGHT, WRONG, RIGHT),
        ("5", "5 m", RIGHT, WRONG, RIGHT),
        ("5 m", "5 kg", WRONG, WRONG, RIGHT),
        ("36^\\circ", "36", RIGHT, WRONG, RIGHT),
        ("25\\%", "25", RIGHT, WRONG, RIGHT),
        ("5 m", "5 metres", RIGHT, RIGHT, RIGHT),
        ("5 m", "6 m", WRONG, WRONG, WRONG),
    ],
)
def test_units_are_lenient_strict_or_ignored(
    reference: str, given: str, lenient: str, strict: str, ignore: str
) -> None:
    completion = vr.Completion(box(given))
    assert verdict(answer(completion, reference)) == lenient
    assert verdict(answer(completion, reference, units="strict")) == strict
    assert verdict(answer(completion, reference, units="ignore")) == ignore


def test_order_matters_where_it_is_asked_for() -> None:
    turned = vr.Completion("\\boxed{3, 2, 1}")
    assert verdict(answer(turned, "1, 2, 3")) == RIGHT
    assert verdict(answer(turned, "1, 2, 3", ordered=True)) == WRONG
    assert verdict(answer(turned, "3, 2, 1", ordered=True)) == RIGHT
    assert verdict(answer(turned, "\\{1, 2, 3\\}", ordered=True)) == RIGHT  # a set has no order


def test_a_box_may_be_required() -> None:
    bare = vr.Completion("The answer is 7.")
    assert verdict(answer(bare, "7")) == RIGHT
    assert verdict(answer(bare, "7", require_boxed=True)) == UNPARSEABLE
    assert verdict(answer(vr.Completion("\\boxed{7}. The answer is 8."), "7", require_boxed=True)) == RIGHT


@pytest.mark.parametrize(
    ("given", "score"),
    [("1, 2, 3, 4", 1.0), ("1, 2", 0.5), ("1, 2, 5, 6", 0.5), ("1", 0.25), ("1, 2, 3, 4, 5, 6, 7, 8", 0.5), ("9", 0.0)],
)
def test_part_of_a_set_earns_its_share_and_guesses_cost(given: str, score: float) -> None:
    completion = vr.Completion(box(given))
    output = answer(completion, "\\{1, 2, 3, 4\\}", partial=True)
    assert isinstance(output, vr.RewardOutput)
    assert output.score == score
    if score < 1:
        assert verdict(answer(completion, "\\{1, 2, 3, 4\\}")) == WRONG


@pytest.mark.parametrize(
    ("reference", "given", "options", "expected"),
    [
        ("B", "12", ["9", "12", "15"], RIGHT),
        ("B", "9", ["9", "12", "15"], WRONG),
        ("B", "(B)", ["9", "12", "15"], RIGHT),
        ("12", "B", ["9", "12", "15"], RIGHT),
        ("12", "A", ["9", "12", "15"], WRONG),
        ("12", "12", ["9", "12", "15"], RIGHT),
        ("B", "\\frac{1}{2}", ["(A) 1", "(B) 0.5"], RIGHT),
        ("E", "12", ["9", "12"], WRONG),
        ("B", "12", None, WRONG),
    ],
)
def test_an_option_is_its_letter_or_what_it_says(
    reference: str, given: str, options: list[str] | None, expected: str
) -> None:
    assert verdict(answer(vr.Completion(box(given)), reference, options)) == expected


@pytest.mark.parametrize(
    "options",
    [
        ["9", "12", "15"],
        '["9", "12", "15"]',
        "['9', '12', '15']",
        {"A": "9", "B": "12", "C": "15"},
        '{"A": "9", "B": "12", "C": "15"}',
        {"label": ["A", "B", "C"], "text": ["9", "12", "15"]},
        ["(A) 9", "(B) 12", "(C) 15"],
    ],
)
def test_options_are_read_in_every_form(options: Any) -> None:
    for reference, given, expected in (("B", "12", RIGHT), ("12", "B", RIGHT), ("B", "9", WRONG), ("12", "C", WRONG)):
        assert verdict(answer(vr.Completion(box(given)), reference, options)) == expected


def test_labels_of_options_are_their_own() -> None:
    options = {"P": "9", "Q": "12"}
    assert verdict(answer(vr.Completion(box("Q")), "12", options)) == RIGHT
    assert verdict(answer(vr.Completion(box("P")), "12", options)) == WRONG


@pytest.mark.parametrize("given", ["B", "4", "(B)"])
def test_a_number_among_options_is_their_text_and_no_index(given: str) -> None:
    options = ["1", "4", "2"]
    assert verdict(answer(vr.Completion(box(given)), "4", options)) == RIGHT
    assert verdict(answer(vr.Completion(box(given)), "1", options)) == WRONG
    assert verdict(answer(vr.Completion(box(given)), "2", options)) == WRONG


def test_options_that_cannot_be_read_are_a_bad_reference_and_empty_ones_are_none() -> None:
    unread = answer(vr.Completion(box("7")), "7", "9 or 12")
    assert isinstance(unread, vr.RewardOutput)
    assert unread.status is vr.Status.BAD_REFERENCE
    empty: list[Any] = ["", [], "[]", {}]
    for nothing in empty:
        assert verdict(answer(vr.Completion(box("7")), "7", nothing)) == RIGHT


# -- outcomes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "given", "layer"),
    [
        ("cat", "cat", "equal_text"),
        ("7", "7.0", "exact_number"),
        ("7", "8", "exact_number"),
        ("\\frac{3}{7}", "6/14", "exact_number"),
        ("6!", "720", "exact_value"),
        ("2x", "x+x", "identity"),
        ("2x", "3x", "identity"),
        ("5 m", "5 cm", "units"),
        ("x = 5", "5", "relation"),
        ("1, 2", "2, 1", "set"),
        ("5 m", "5 kg", "units"),
        ("B", "C", "choice"),
        ("Right triangle", "right triangle", "text"),
        ("seven", "7", "text"),
        ("4:30 p.m.", "16:30", "time"),
        ("May 5, 2020", "2020-05-05", "date"),
        ("x > 2", "(2, \\infty)", "interval"),
        ("2/3", "0.6667", "rounded"),
    ],
)
def test_the_details_name_the_layer_that_decided(reference: str, given: str, layer: str) -> None:
    assert grade(reference, box(given)).details["layer"] == layer


@pytest.mark.parametrize(
    ("reference", "given", "reason"),
    [
        ("7", "8", "'8' against '7'"),
        ("5 m", "5 kg", "'5 kg' against '5 m'"),
        ("B", "C", "'C' against 'B'"),
        ("2x", "3x", "'3x' against '2x'"),
        ("7", "7.0", None),
    ],
)
def test_the_reason_of_a_wrong_answer_says_what_it_is_beside_the_reference(
    reference: str, given: str, reason: str | None
) -> None:
    assert grade(reference, box(given)).reason == reason


def test_details_say_what_was_read_where_and_how_it_was_understood() -> None:
    assert grade("$\\frac12$", "<answer> 0.50 </answer>").details == {
        "answer": "0.50",
        "source": "tag",
        "at": [8, 14],
        "reference": "\\frac12",
        "layer": "exact_number",
    }
    assert grade("7", "The answer is $8$.").details["source"] == "anchor"


@pytest.mark.parametrize("text", ["\ud800", "4\udfff2", "\\text{\ud83d}", "\x00", "\u202e24", "👍🏽"])
def test_what_was_extracted_can_always_be_written_as_json(text: str) -> None:
    output = grade("42", box(text))
    assert output.score != 1.0
    assert json.loads(output.model_dump_json())["details"]["source"] == "box"


def test_only_computer_algebra_can_say_what_an_integral_is_worth() -> None:
    hard = Sample("math/answer", "\\boxed{\\frac{1}{3}}", {"solution": "\\int_0^1 x^2 \\, dx"})
    right, wrong, same = hard.score(hard.best, "\\boxed{\\frac{1}{2}}", "\\boxed{\\int_0^1 x^2 dx}")
    assert (right.score, right.reason, right.details["layer"]) == (1.0, None, "fallback")
    assert (wrong.score, wrong.details["layer"]) == (0.0, "fallback")
    assert wrong.reason == "'\\frac{1}{2}' against '\\int_0^1 x^2   dx'"
    assert same.score == 1.0
    assert same.details["layer"] != "fallback"
    assert grade("\\int_0^1 x^2 \\, dx", "\\boxed{\\frac13}") == right.model_copy(
        update={"details": right.details | {"answer": "\\frac13", "at": [7, 14]}}
    )


def test_an_answer_cannot_buy_time_of_a_worker() -> None:
    assert verdict(grade("1", "\\boxed{\\sum_{k=0}^{\\infty} \\frac{\\sin(k^k)}{k!}}")) == UNPARSEABLE
    assert verdict(grade("1", "\\boxed{\\int_0^1 x^x dx}")) == UNPARSEABLE


# -- labelled pairs for development ------------------------------------------------------------------------------------

REAL = {"rho_math500", "gsm8k_model_solutions", "mathvision_outputs", "qwen_math_cot", "mathvista_free"}


def rows(name: str) -> list[dict[str, Any]]:
    if not DATA.is_dir():
        pytest.skip(f"the development data is not there: {DATA}")
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


def test_labelled_pairs_for_development_are_judged_as_labelled() -> None:
    seen: Counter[str] = Counter()
    for row in rows("dev.jsonl"):
        right = grade(row["gold"], row["completion"]).score == 1.0
        kind = "real" if row["set"] in REAL else "other"
        seen[kind] += 1
        seen[f"{kind} agree"] += right == row["label"]
        seen["false positive"] += right and not row["label"]
    everything = seen["real"] + seen["other"]
    assert seen["real agree"] >= 0.995 * seen["real"]
    assert seen["real agree"] + seen["other agree"] >= 0.985 * everything
    assert seen["false positive"] <= 0.003 * everything


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
