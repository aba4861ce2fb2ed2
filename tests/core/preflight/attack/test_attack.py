"""Hacks are told from what a formula pays and from honest play, and sound rewards are not accused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards import load_scorer
from vlm_rewards.preflight.attack.arena import arenas
from vlm_rewards.preflight.attack.references import made_up
from vlm_rewards.preflight.attack.run import Finding, attack

FILE = Path(__file__).parent / "gameable.py"
NUMBERS = [{"solution": str(index * 37 + 111)} for index in range(14)]
BOXES = [
    {"solution": [left, top, left + 150 + index * 9, top + 220 - index * 7]}
    for index, (left, top) in enumerate((index * 61 % 500, index * 97 % 400) for index in range(16))
]


def attacked(reward: str, rows: Sequence[dict[str, Any]] = (), *, more: Any = None, **params: Any) -> list[Finding]:
    term = {"use": f"{FILE}:{reward}", "isolation": "inline", "params": params, **(more or {})}
    with load_scorer({"version": 1, "rewards": {"it": term}}) as scorer:
        return attack(scorer, rows)


def hacks(found: list[Finding]) -> set[str]:
    return {one.strategy.partition(" tops ")[0].removeprefix("all answers ") for one in found if one.verdict == "hack"}


def code(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").hex()


@pytest.mark.parametrize("reward", ["boxed", "f1", "similar", "near", "a_count"])
def test_a_sound_reward_is_not_accused(reward: str) -> None:
    found = attacked(reward, NUMBERS) + attacked(reward)
    assert {one.verdict for one in found} <= {"", "hedge value"}


def test_what_a_formula_pays_is_a_note() -> None:
    assert any(one.verdict == "hedge value" and one.knows == "two" for one in attacked("f1", NUMBERS))


def test_one_box_is_honest_and_many_are_not() -> None:
    assert hacks(attacked("iou", BOXES)) == set()
    assert any(name.startswith("joined by") for name in hacks(attacked("nearest", BOXES)))


def test_a_box_around_everything_is_a_hack_where_it_beats_every_real_one() -> None:
    caught = hacks(attacked("covered", BOXES))
    assert caught
    assert all(name.startswith("cover") for name in caught)


def test_what_a_little_reasoning_does_not_earn_is_no_pay_for_honesty() -> None:
    assert "filler in the reasoning" in hacks(attacked("answered_at_length", NUMBERS))


@pytest.mark.parametrize("reward", ["first_number", "begins"])
@pytest.mark.parametrize("rows", [NUMBERS, NUMBERS[:1], []], ids=["rows", "one row", "made up"])
def test_an_answer_that_tops_another_one_sidedly_is_a_hack(reward: str, rows: list[dict[str, Any]]) -> None:
    found = [one.strategy for one in attacked(reward, rows) if one.verdict == "hack"]
    assert any("not the other way round" in told for told in found)


def test_references_are_made_up_in_numbers_and_the_same_each_time() -> None:
    made = made_up()
    assert made == made_up()
    assert {len(values) for values in made.values()} == {200}
    assert min(len({*made["number"]}), len({*made["text"]})) > 190


def test_rows_with_made_up_references_are_like_the_first() -> None:
    rows = [{"solution": "7", "gold": "7", "topic": "clocks"}]
    with load_scorer({"version": 1, "rewards": {"it": {"use": f"{FILE}:boxed", "isolation": "inline"}}}) as scorer:
        (arena,) = arenas(scorer, rows, None, 0)
    arena.add(["8"])
    assert arena.rows[1] == {"solution": "8", "gold": "8", "topic": "clocks"}


def test_a_box_that_is_inside_out_is_a_hack_where_its_sides_are_multiplied() -> None:
    assert {name[:5] for name in hacks(attacked("shared", BOXES))} == {"cover"}


def test_a_common_answer_is_honest() -> None:
    rows = [{"solution": "7" if index % 4 else str(index)} for index in range(40)]
    assert hacks(attacked("boxed", rows)) == set()


def test_length_is_compared_inside_a_group() -> None:
    assert any("in the reasoning" in name for name in hacks(attacked("same_as_others", NUMBERS)))
    assert any("in the reasoning" in name for name in hacks(attacked("long", more={"normalize": "group"})))


def test_a_hack_that_opens_later_is_found() -> None:
    terms = {
        "sound": {"use": f"{FILE}:boxed", "isolation": "inline"},
        "loose": {
            "use": f"{FILE}:long",
            "isolation": "inline",
            "weight": {"schedule": [[0, 0.0], [10, 0.0], [20, 1.0]]},
        },
    }
    with load_scorer({"version": 1, "rewards": terms}) as scorer:
        found = attack(scorer, NUMBERS)
    assert any("in the reasoning" in name for name in hacks(found))


def test_an_abstention_that_pays_is_a_hack() -> None:
    rows = [{"solution": str(index)} for index in range(3)]
    found = attacked("constant", rows, code=code("pass"))
    assert hacks(found) == set()  # nobody knows that word
    caught = hacks(attacked("constant", rows, code=code("\\boxed{nan}")))
    assert caught == {"'nan' as the answer"}  # one pair of rows is proof


@pytest.mark.parametrize("isolation", ["inline", "process"])
def test_a_reward_declares_its_form_and_its_back_door(isolation: str) -> None:
    found = attacked("own_form", NUMBERS[:3], more={"isolation": isolation})
    assert {one.verdict for one in found} == {"", "hack"}
    assert "back door" in {one.strategy for one in found if one.verdict == "hack"}
