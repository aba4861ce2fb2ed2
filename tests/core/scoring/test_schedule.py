"""Weights that change with the step: every kind at, between and beyond its points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards.scoring.combine import Kind, Schedule

if TYPE_CHECKING:
    from tests.core.conftest import ScorerOf

POINTS = ((10, 0.0), (20, 1.0), (40, -1.0))


@pytest.mark.parametrize(
    ("kind", "weights"),
    [
        # steps        0    9    10   12.. see STEPS
        ("linear", [0.0, 0.0, 0.0, 0.2, 0.5, 0.9, 1.0, 0.5, 0.0, -1.0, -1.0]),
        ("constant", [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, -1.0, -1.0]),
        (
            "cosine",
            [
                0.0,
                0.0,
                0.0,
                (1 - math.cos(0.2 * math.pi)) / 2,
                0.5,
                (1 - math.cos(0.9 * math.pi)) / 2,
                1.0,
                math.sqrt(0.5),
                0.0,
                -1.0,
                -1.0,
            ],
        ),
    ],
)
def test_each_kind_by_a_table(kind: Kind, weights: list[float]) -> None:
    steps = [0, 9, 10, 12, 15, 19, 20, 25, 30, 40, 10**9]

    assert [Schedule(POINTS, kind).at(step) for step in steps] == pytest.approx(weights, abs=1e-12)


def test_a_plain_weight_is_a_schedule_that_does_not_change() -> None:
    schedule = Schedule(((0, 0.3),))

    assert schedule.is_constant
    assert [schedule.at(step) for step in (0, 1, 10**6)] == [0.3] * 3


def test_a_schedule_is_constant_when_all_its_weights_agree() -> None:
    assert Schedule(((0, 0.5), (9, 0.5))).is_constant
    assert not Schedule(((0, 0.5), (9, 0.6))).is_constant


points = st.lists(
    st.tuples(st.integers(0, 10_000), st.floats(-1e6, 1e6)), min_size=1, max_size=6, unique_by=lambda point: point[0]
).map(lambda given: tuple(sorted(given)))


@given(points, st.sampled_from(["linear", "constant", "cosine"]), st.integers(0, 20_000))
def test_a_schedule_passes_its_points_and_stays_between_their_weights(
    points: tuple[tuple[int, float], ...], kind: Kind, step: int
) -> None:
    schedule = Schedule(points, kind)
    weights = [weight for _, weight in points]

    assert [schedule.at(step) for step, _ in points] == pytest.approx(weights)
    assert min(weights) - 1e-6 <= schedule.at(step) <= max(weights) + 1e-6


@vr.reward(range=(0.0, 1.0))
def half(completion: vr.Completion) -> float:
    return 0.5


def term(weight: Any) -> dict[str, Any]:
    return {"half": {"use": "lab/half", "weight": weight}}


def test_the_weight_of_a_batch_is_that_of_its_step(scorer_of: ScorerOf) -> None:
    scorer = scorer_of(half, terms=term({"schedule": [[0, 0.0], [100, 2.0]]}))

    scored = [scorer.score(vr.Batch.of(["x"], context=vr.Context(step=step))) for step in (0, 50, 100, 150)]

    assert [batch.totals[0] for batch in scored] == [0.0, 0.5, 1.0, 1.0]
    assert [batch.terms["half"].weight for batch in scored] == [0.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ({"schedule": [[0, 1.0], [0, 2.0]]}, "must rise"),
        ({"schedule": [[5, 1.0], [4, 2.0]]}, "must rise"),
        ({"schedule": []}, "at least 1"),
        ({"schedule": [[-1, 1.0]]}, "greater than or equal to 0"),
        ({"schedule": [[0, math.nan]]}, "finite"),
        ({"schedule": [[0, 1.0]], "kind": "cubic"}, "cosine"),
        (math.inf, "finite number"),
        (True, "finite number"),
        ("much", "finite number"),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_refused_in_its_place(
    scorer_of: ScorerOf, weight: Any, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        scorer_of(half, terms=term(weight))

    assert "weight" in str(caught.value)
