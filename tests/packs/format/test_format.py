"""The format pack: the strict grammar, its prefilled variants, and the tricks that pass for form."""

from __future__ import annotations

import itertools
import re
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_format import boxed, tag_count, think_answer

TAGS = ["<think>", "</think>", "<answer>", "</answer>"]
PIECES = [*TAGS, "x", " "]
INSIDE = r"(?:(?!</?think>|</?answer>).)*"  # no tag, as a grammar says it; the reward itself uses no regular expression
GRAMMAR = re.compile(rf"\s*<think>({INSIDE})</think>\s*<answer>({INSIDE})</answer>\s*", re.DOTALL)
PREFILLED = re.compile(rf"({INSIDE})</think>\s*<answer>({INSIDE})</answer>\s*", re.DOTALL)


def score(output: float | vr.RewardOutput) -> float:
    value = output.score if isinstance(output, vr.RewardOutput) else output
    assert value is not None
    return value


def reason(output: float | vr.RewardOutput) -> str | None:
    return output.reason if isinstance(output, vr.RewardOutput) else None


def form(text: str, *, prefilled: Literal["auto"] | bool = "auto", **facts: Any) -> float:
    return score(think_answer(vr.Completion(text, **facts), vr.Context(), prefilled=prefilled))


def in_grammar(text: str, grammar: re.Pattern[str] = GRAMMAR) -> bool:
    match = grammar.fullmatch(text)
    return match is not None and all(shows(part) for part in match.groups())


def shows(text: str) -> bool:
    """Whether there is ink in a text; what has no glyph of its own is white space, a control or an unknown letter."""
    return any(letter.isprintable() and not letter.isspace() for letter in text)


def test_think_answer_accepts_exactly_the_grammar_among_all_sequences_of_six_pieces() -> None:
    texts = ["".join(pieces) for pieces in itertools.product(PIECES, repeat=6)]
    accepted = [text for text in texts if form(text) == 1.0]
    assert accepted == [text for text in texts if in_grammar(text)] != []


def test_think_answer_prefilled_accepts_exactly_the_rest_of_the_grammar() -> None:
    texts = ["".join(pieces) for pieces in itertools.product(PIECES, repeat=5)]
    accepted = [text for text in texts if form(text, prefilled=True) == 1.0]
    assert accepted == [text for text in texts if in_grammar(text, PREFILLED)] != []


SPACE = st.text(" \t\r\n", max_size=3)
INNER = st.text(max_size=20).filter(lambda text: shows(text) and not any(tag in text for tag in TAGS))


@st.composite
def well_formed(draw: st.DrawFn) -> list[str]:
    parts = [draw(SPACE), "<think>", draw(INNER), "</think>", draw(SPACE)]
    return [*parts, "<answer>", draw(INNER), "</answer>", draw(SPACE)]


@given(well_formed())
def test_think_answer_accepts_every_text_of_the_grammar(parts: list[str]) -> None:
    assert form("".join(parts)) == 1.0


@given(well_formed(), st.data())
@settings(max_examples=300)
def test_think_answer_judges_a_mutated_text_as_the_grammar_does(parts: list[str], data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(parts) - 1))
        change = data.draw(st.sampled_from(["delete", "double", "insert", "swap", "cut"]))
        if change == "delete":
            parts = parts[:at] + parts[at + 1 :]
        elif change == "double":
            parts = parts[: at + 1] + parts[at:]
        elif change == "insert":
            parts = [
                *parts[:at],
                data.draw(st.sampled_from([*TAGS, "<THINK>", "< answer>", "junk", "\0"])),
                *parts[at:],
            ]
        elif change == "swap":
            other = data.draw(st.integers(0, len(parts) - 1))
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts[at] = parts[at][: len(parts[at]) // 2]
        parts = parts or [""]
    text = "".join(parts)
    assert form(text) == float(in_grammar(text)), text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<think></think><answer>7</answer>", "an empty <think> block"),
        ("<think> \n\t </think><answer>7</answer>", "an empty <think> block"),
        ("<think>\u200b\u2060</think><answer>7</answer>", "an empty <think> block"),  # zero-width characters
        ("<think>a</think><answer> </answer>", "an empty <answer> block"),
        ("<think>a</think><answer>7</answer> and more", "text after </answer>"),
        ("<think>a</think><answer>7</answer>\u200b", "text after </answer>"),
        ("Sure! <think>a</think><answer>7</answer>", "text before <think>"),
        ("<think>a</think> so <answer>7</answer>", "text before <answer>"),
        ("<think>a</think></think><answer>7</answer>", "several </think>"),
        ("<think>a</think><answer>7</answer></answer>", "several </answer>"),
        ("<think>a</think><answer>6<answer>7</answer></answer>", "several <answer>"),
        ("<think>a</think><answer>6</answer><answer>7</answer>", "several <answer>"),
        ("<think>a<answer>7</answer></think>", "<answer> out of order"),
        ("<answer>7</answer><think>a</think>", "text before <think>"),
        ("<think>a</think>", "no <answer>"),
        ("<think>a</think><answer>7", "no </answer>"),
        ("<think>a", "no </think>"),
        ("", "no <think>"),
    ],
)
def test_think_answer_refuses_a_trick_and_says_which(text: str, why: str) -> None:
    output = think_answer(vr.Completion(text), vr.Context())
    assert (score(output), reason(output)) == (0.0, why)


REST = "I add.</think><answer>7</answer>"
FULL = f"<think>{REST}"


@pytest.mark.parametrize(
    ("text", "prefilled", "facts", "context", "expected"),
    [
        (FULL, "auto", {}, vr.Context(), 1.0),
        (REST, "auto", {}, vr.Context(), 0.0),
        (REST, "auto", {"starts_in_reasoning": True}, vr.Context(), 1.0),
        (REST, "auto", {}, vr.Context(reasoning_prefilled=True), 1.0),
        (REST, True, {}, vr.Context(), 1.0),
        (REST, False, {"starts_in_reasoning": True}, vr.Context(reasoning_prefilled=True), 0.0),
        (FULL, False, {"starts_in_reasoning": True}, vr.Context(reasoning_prefilled=True), 1.0),
        (FULL, True, {}, vr.Context(), 0.0),  # the block would be opened twice
        (FULL, "auto", {}, vr.Context(reasoning_prefilled=True), 0.0),
        ("</think><answer>7</answer>", True, {}, vr.Context(), 0.0),
        ("  \n </think><answer>7</answer>", True, {}, vr.Context(), 0.0),
    ],
)
def test_think_answer_counts_a_prefilled_opening_once(
    *, text: str, prefilled: Literal["auto"] | bool, facts: dict[str, Any], context: vr.Context, expected: float
) -> None:
    assert score(think_answer(vr.Completion(text, **facts), context, prefilled=prefilled)) == expected


def test_think_answer_says_when_the_prompt_had_opened_the_block_already() -> None:
    assert (
        reason(think_answer(vr.Completion(FULL), vr.Context(), prefilled=True)) == "<think> again: the prompt opened it"
    )


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("I add.", "<answer>7</answer>", 1.0),
        ("I add.", " \n<answer>7</answer>\n", 1.0),
        ("I add.", "7", 0.0),
        ("I add.", FULL, 0.0),  # reasoning twice
        ("I add.", "</think><answer>7</answer>", 0.0),
        ("I add.", "<answer>7</think></answer>", 0.0),
        ("I add.", "<answer><think>7</answer>", 0.0),
        ("", "<answer>7</answer>", 0.0),  # parsers leave an empty field where there was no reasoning
        (" \n", "<answer>7</answer>", 0.0),
        ("", FULL, 1.0),
        (None, FULL, 1.0),
    ],
)
def test_think_answer_takes_a_reasoning_field_for_the_block(field: str | None, text: str, expected: float) -> None:
    message = {"role": "assistant", "content": text, "reasoning_content": field}
    assert score(think_answer(vr.Completion.from_messages([message]), vr.Context())) == expected


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_tag_count_pays_a_quarter_for_each_tag_that_stands_once(pieces: list[str]) -> None:
    once = sum(pieces.count(tag) == 1 for tag in TAGS)
    assert tag_count(vr.Completion("".join(pieces)), vr.Context()).score == once / 4


@pytest.mark.parametrize(
    ("text", "prefilled", "expected"),
    [(REST, True, 1.0), (REST, False, 0.75), (REST, "auto", 0.75), (FULL, True, 0.75), (FULL, False, 1.0)],
)
def test_tag_count_counts_a_prefilled_opening_as_there(
    *, text: str, prefilled: Literal["auto"] | bool, expected: float
) -> None:
    assert tag_count(vr.Completion(text), vr.Context(), prefilled=prefilled).score == expected


def test_tag_count_takes_prefilled_from_the_run_when_it_is_auto() -> None:
    assert tag_count(vr.Completion(REST), vr.Context(reasoning_prefilled=True)).score == 1.0
    assert tag_count(vr.Completion(REST, starts_in_reasoning=True), vr.Context()).score == 1.0


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [("I add.", "<answer>7</answer>", 1.0), ("", "<answer>7</answer>", 0.5), ("I add.", FULL, 0.5)],
)
def test_tag_count_credits_a_reasoning_field_only_when_it_says_something(
    field: str, text: str, expected: float
) -> None:
    assert tag_count(vr.Completion(text, reasoning_field=field), vr.Context()).score == expected


@pytest.mark.parametrize("flood", [tag * 1000 for tag in TAGS])
def test_tag_count_pays_nothing_for_a_flood_of_one_tag(flood: str) -> None:
    assert tag_count(vr.Completion(flood), vr.Context()).score == 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is \\boxed{7}.", 1.0),
        ("\\boxed{\\frac{1}{2}}", 1.0),
        ("\\boxed{ \\{1, 2\\} }", 1.0),
        ("<think>\\boxed{6} no</think>\\boxed{7}", 1.0),
        ("\\boxed{7", 0.0),
        ("\\boxed{}", 0.0),
        ("\\boxed{ \n }", 0.0),
        ("\\boxed{\u200b}", 0.0),
        ("\\boxed{{}}", 0.0),
        ("\\boxed{~\\,}", 0.0),
        ("\\boxed{\\pi}", 1.0),
        ("boxed{7}", 0.0),
        ("\\boxed{6} or \\boxed{7}", 0.0),
        ("\\boxed{7} \\boxed{7}", 0.0),
        ("<think>\\boxed{7}</think> I give up.", 0.0),
        ("<think>\\boxed{7}", 0.0),
        ("\\boxed{7}</think>", 0.0),
        ("\\boxed{" * 1000, 0.0),
        ("", 0.0),
    ],
)
def test_boxed_wants_one_closed_box_with_something_in_it_after_the_reasoning(text: str, expected: float) -> None:
    assert score(boxed(vr.Completion(text))) == expected


@given(st.integers(0, 4))
def test_boxed_counts_outermost_boxes_only(depth: int) -> None:
    text = "\\boxed{" * depth + "7" + "}" * depth
    assert score(boxed(vr.Completion(text))) == float(depth > 0)
    assert reason(boxed(vr.Completion(text * 2))) == ("2 boxes" if depth else "no closed \\boxed{} after the reasoning")
