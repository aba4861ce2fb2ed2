"""Distributions and correlations."""

from __future__ import annotations

import pytest

from vlm_rewards.report import AnsweredRow
from vlm_rewards.report.page import correlations, histogram

A, B = ("a", ""), ("b", "greedy")


def rows(**terms: list[float | None]) -> list[AnsweredRow]:
    return [
        AnsweredRow(row=number, total=0.0, terms={}, values=dict(zip(terms, values, strict=True)))
        for number, values in enumerate(zip(*terms.values(), strict=True))
    ]


def test_every_value_is_counted_in_its_step_and_steps_are_those_of_all_models() -> None:
    found = histogram("x", {A: [0.0, 0.0, 1.0, None], B: [2.0]})
    assert found is not None
    assert (found.low, found.high) == (0.0, 2.0)
    assert [(place, count) for place, count in enumerate(found.counts[A]) if count] == [(0, 2), (10, 1)]
    assert found.counts[B] == [0] * 19 + [1]


def test_values_that_are_all_the_same_are_one_step() -> None:
    found = histogram("x", {A: [0.3] * 4, B: [None]})
    assert found is not None
    assert found.counts == {A: [4]}
    assert histogram("x", {A: [None], B: []}) is None


def test_terms_that_go_together_and_apart() -> None:
    found = correlations(rows(x=[0, 1, 2, 3], y=[1, 3, 5, 7], z=[3, 2, 1, 0]), ["x", "y", "z"])
    assert found[0] == pytest.approx([1, 1, -1])
    assert [line[0] for line in found] == found[0]


def test_only_answers_for_which_both_count_are_compared() -> None:
    found = correlations(rows(x=[0, 1, 2, 9, None], y=[0, 1, 2, None, 5]), ["x", "y"])
    assert found[0][1] == pytest.approx(1)


def test_there_is_no_correlation_of_what_never_changes_or_hardly_is_there() -> None:
    found = correlations(rows(x=[1, 1, 1], y=[1, 2, 3], z=[1, 2, None]), ["x", "y", "z"])
    assert (found[0], found[1][2]) == ([None, None, None], None)
    assert correlations([], ["x"]) == [[None]]
