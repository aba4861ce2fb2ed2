"""The assignment equals scipy's in its sum, whichever way it was found, and knows no order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from vlm_rewards_grounding.metrics import matching
from vlm_rewards_grounding.metrics.matching import assign

Table = list[list[float]]


@st.composite
def tables(draw: st.DrawFn, *, side: int = 6) -> Table:
    rows, columns = draw(st.integers(1, side)), draw(st.integers(1, side))
    entry = st.one_of(st.just(0.0), st.integers(0, 8).map(lambda tick: tick / 8), st.floats(0, 1))
    return [[draw(entry) for _ in range(columns)] for _ in range(rows)]


@given(tables())
def test_the_sum_is_the_greatest_and_pairs_are_one_to_one(table: Table) -> None:
    pairs = assign(table)
    best = sum(table[row][column] for row, column in zip(*linear_sum_assignment(table, maximize=True), strict=True))
    assert sum(table[row][column] for row, column in pairs) == pytest.approx(best)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(table[row][column] > 0 for row, column in pairs)
    assert pairs == sorted(pairs)


@given(tables(side=4))
def test_no_other_assignment_has_a_greater_sum(table: Table) -> None:
    wide = table if len(table) <= len(table[0]) else [list(column) for column in zip(*table, strict=True)]
    sums = (
        sum(wide[row][column] for row, column in enumerate(columns))
        for columns in itertools.permutations(range(len(wide[0])), len(wide))
    )
    assert sum(table[row][column] for row, column in assign(table)) == pytest.approx(max(sums))


@given(tables(side=4), st.randoms(use_true_random=False))
def test_where_it_needs_no_optimiser_the_weights_found_do_not_depend_on_the_order(table: Table, random: object) -> None:
    shuffled = [list(row) for row in table]
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    if matching._favourites(table) is not None:
        first, second = (sorted(rows[row][column] for row, column in assign(rows)) for rows in (table, shuffled))
        assert first == second


def test_greedy_matching_earns_less_or_depends_on_the_order() -> None:
    """VLM-R1's and VisualPRM's style takes the best pair first: 0.6 here, and 0.5 + 0.5 is left on the table."""
    assert assign([[0.6, 0.5], [0.5, 0.0]]) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("table", [[], [[]], [[0.0]], [[0.0, 0.0], [0.0, 0.0]]])
def test_nothing_is_paired_with_nothing(table: Table) -> None:
    assert assign(table) == []
