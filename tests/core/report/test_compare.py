"""Two runs over the same questions."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_rewards import RewardOutput
from vlm_rewards.report import AnsweredRow
from vlm_rewards.report.compare import Groups, compare_runs

TOTALS = st.lists(st.integers(-3, 3), min_size=2, max_size=8)


def row(number: int, total: float | None, **more: Any) -> AnsweredRow:
    return AnsweredRow(row=number, total=total, **({"terms": {}, "completion": "same"} | more))


def group(totals: list[float]) -> list[AnsweredRow]:
    return [row(number, total, group_id=0) for number, total in enumerate(totals)]


def groups(first: list[float], second: list[float]) -> Groups:
    found = compare_runs(group(first), group(second)).groups
    assert found is not None
    return found


def test_differences_wins_and_losses_are_by_question() -> None:
    draw = random.Random(0)
    first = [row(number, draw.random()) for number in range(40)]
    second = [row(one.row, (one.total or 0) + (0.1 if one.row < 30 else 0 if one.row < 35 else -0.1)) for one in first]
    (total,) = compare_runs(first, second).figures
    assert total.difference is not None
    assert (total.wins, total.losses, total.ties) == (30, 5, 5)
    assert total.difference.mean == pytest.approx((30 - 5) * 0.1 / 40)
    assert total.difference.low > 0  # unpaired, the difference would drown


def test_a_term_of_one_run_alone_has_no_difference() -> None:
    scored = {"a": RewardOutput(score=1.0)}
    compared = compare_runs([row(0, 1.0, terms=scored, values={"a": 1.0})], [row(0, 1.0)])
    term = compared.figures[0]
    assert (term.name, term.second, term.difference, term.ties) == ("a", None, None, 0)
    assert term.first is not None


def test_the_greatest_disagreement_comes_first_and_agreement_not_at_all() -> None:
    first = [row(number, 0.5) for number in range(4)]
    second = [row(0, 0.5), row(1, 0.6), row(2, -3.0), row(3, None)]
    assert [(one.row, other.row) for one, other in compare_runs(first, second).pairs] == [(2, 2), (1, 1)]


def test_questions_of_one_run_alone_are_counted_and_in_no_difference() -> None:
    compared = compare_runs([row(0, 0.0), row(1, 5.0)], [row(0, 1.0), row(2, 9.0), row(3, 9.0)])
    (total,) = compared.figures
    assert total.difference is not None
    assert (compared.questions, compared.alone, total.difference.mean) == (1, (1, 2), 1.0)


@given(TOTALS, st.integers(1, 5), st.integers(-5, 5))
def test_totals_that_only_move_and_grow_change_no_ranking(totals: list[float], times: int, shift: int) -> None:
    found = groups(totals, [total * times + shift for total in totals])
    assert (found.reordered, found.turned) == (0, 0)
    assert found.flat == (len(set(totals)) == 1,) * 2


@given(TOTALS)
def test_totals_turned_over_change_it_wherever_there_is_one(totals: list[float]) -> None:
    found = groups(totals, [-total for total in totals])
    assert found.reordered == (len(set(totals)) > 1)
    assert found.turned == sum(total * len(totals) != sum(totals) for total in totals)


def test_a_group_that_learns_nothing_any_more_is_told() -> None:
    found = groups([0.0, 1.0, 0.1 + 0.2], [0.3, 0.3, 0.1 + 0.2])
    assert found == Groups(groups=1, reordered=1, flat=(0, 1), answers=3, turned=0)


def test_other_answers_have_no_ranking_in_common() -> None:
    first = group([0.0, 1.0])
    second = [one.model_copy(update={"completion": "other"}) for one in first]
    assert compare_runs(first, second).groups is None
    assert compare_runs([row(0, 1.0), row(1, 0.0)], [row(0, 0.0), row(1, 1.0)]).groups is None


def test_a_row_without_a_total_is_in_no_group() -> None:
    first, second = group([0.0, 1.0, 2.0]), group([0.0, 1.0, 2.0])
    second[2] = row(2, None, group_id=0)
    found = compare_runs(first, second).groups
    assert found is not None
    assert (found.answers, found.reordered) == (2, 0)
