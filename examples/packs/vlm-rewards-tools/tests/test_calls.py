"""`tools/calls`: names and arguments as multisets."""

from __future__ import annotations

from typing import Any

import pytest
from vlm_rewards_tools import calls

import vlm_rewards as vr
from vlm_rewards.testing import assert_conforms

WANTED = [{"name": "zoom", "arguments": {"region": 5}}, {"name": "crop", "arguments": {"box": [0, 0, 8, 8]}}]


def turns(*made: dict[str, Any]) -> list[dict[str, Any]]:
    calls_made = [{"type": "function", "function": one} for one in made]
    return [{"role": "assistant", "content": "", "tool_calls": calls_made}]


def score(answer: Any, wanted: list[dict[str, Any]], **options: Any) -> float | None:
    made = vr.Completion(answer) if isinstance(answer, str) else vr.Completion.from_messages(answer)
    outcome = calls(made, wanted, **options)
    return outcome.score


def test_the_calls_of_the_reference_are_paid_in_any_order() -> None:
    assert score(turns(*WANTED), WANTED) == 1.0
    assert score(turns(*reversed(WANTED)), WANTED) == 1.0


@pytest.mark.parametrize(
    ("made", "earned"),
    [
        ([], 0.0),
        (WANTED[:1], 2 / 3),
        ([WANTED[0], WANTED[0]], 0.5),  # once is enough, and the other is missing
        ([*WANTED, *WANTED], 2 / 3),
        ([{"name": "zoom", "arguments": {"region": 4}}, WANTED[1]], 0.5),
        ([{"name": "crop", "arguments": {"region": 5}}, {"name": "zoom", "arguments": {"box": [0, 0, 8, 8]}}], 0.0),
        ([{"name": "zoom", "arguments": {"region": "5"}}, WANTED[1]], 0.5),  # a text is no number
        ([{"name": "zoom", "arguments": {"region": 5.0}}, WANTED[1]], 1.0),
        ([{"name": "zoom", "arguments": '{"region": 5}'}, WANTED[1]], 1.0),
        ([{"name": "zoom", "arguments": {"region": 5, "why": "x"}}, WANTED[1]], 0.5),
    ],
)
def test_every_call_counts(made: list[dict[str, Any]], earned: float) -> None:
    assert score(turns(*made), WANTED) == pytest.approx(earned)


def test_names_alone_can_be_asked_for() -> None:
    made = turns({"name": "zoom", "arguments": {"region": 1}}, {"name": "crop", "arguments": {}})
    assert score(made, WANTED, names_only=True) == 1.0
    assert score(turns({"name": "zoom", "arguments": {}}), WANTED, names_only=True) == pytest.approx(2 / 3)


def test_without_a_call_in_the_reference_none_is_to_be_made() -> None:
    assert score("It is 7.", []) == 1.0
    assert score(turns(WANTED[0]), []) == 0.0


@pytest.mark.parametrize(
    "hack",
    [
        "<tool_call>" * 999,
        "<tool_call></tool_call>" * 9,
        "<tool_call>{}</tool_call>",
        '<tool_call>{"name": "zoom", "arguments": {"region": 5}}',
        '<tool_call>{"name": "zoom"}</tool_call>',
        '{"name": "zoom", "arguments": {"region": 5}}',
        "".join(f'<tool_call>{{"name": "zoom", "arguments": {{"region": {n}}}}}</tool_call>' for n in range(70)),
    ],
)
def test_tags_and_guesses_earn_nothing(hack: str) -> None:
    assert score(hack, WANTED) == 0.0


def test_a_call_written_in_a_text_is_not_read_beside_calls_of_messages() -> None:
    text = '<tool_call>{"name": "zoom", "arguments": {"region": 5}}</tool_call>'
    made = [*turns({"name": "other", "arguments": {}}), {"role": "assistant", "content": text}]
    assert score(made, WANTED[:1]) == 0.0


def test_a_broken_reference_is_no_fault_of_the_answer() -> None:
    assert calls(vr.Completion("x"), [{"arguments": {}}]).status is vr.Status.BAD_REFERENCE


def test_it_does_what_every_reward_must() -> None:
    assert_conforms(calls, good=[turns(WANTED[0])], bad=["no call", turns(WANTED[1])], calls=WANTED[:1])
