"""What crosses a boundary: an outcome has a score exactly when it is scored, and is frozen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import vlm_rewards as vr
from vlm_rewards.types.output import ScoredRow


@given(st.one_of(st.none(), st.floats()), st.sampled_from(vr.Status))
def test_a_score_is_there_exactly_when_scored_and_finite(score: float | None, status: vr.Status) -> None:
    good = (score is not None) == (status is vr.Status.SCORED)
    finite = score is None or abs(score) < float("inf")
    if good and finite:
        assert vr.RewardOutput(score=score, status=status).score == score
    else:
        with pytest.raises(ValidationError):
            vr.RewardOutput(score=score, status=status)


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (vr.RewardOutput.abstained, vr.Status.ABSTAINED),
        (vr.RewardOutput.unparseable, vr.Status.UNPARSEABLE),
        (vr.RewardOutput.bad_reference, vr.Status.BAD_REFERENCE),
    ],
)
def test_the_makers_carry_reason_and_details(make: Any, status: vr.Status) -> None:
    output = make("too odd", chars=3)
    assert (output.score, output.status, output.reason, output.details) == (None, status, "too odd", {"chars": 3})


def test_an_outcome_is_frozen_and_has_no_other_fields() -> None:
    output = vr.RewardOutput(score=0.5)
    with pytest.raises(ValidationError):
        output.score = 1.0  # type: ignore[misc]
    with pytest.raises(ValidationError):
        vr.RewardOutput(score=0.5, scroe=1.0)  # type: ignore[call-arg]


def test_the_message_of_a_mismatch_says_the_rule() -> None:
    with pytest.raises(ValidationError, match="a score is there exactly when the status is 'scored', not score=None"):
        vr.RewardOutput()


def test_every_status_is_in_the_table_of_the_documentation() -> None:
    table = vr.Status.__doc__ or ""
    assert all(f"| {status.value} " in table for status in vr.Status)


@pytest.mark.parametrize(
    ("details", "read"),
    [
        ({"answer": "7", "source": "box"}, "'7' (box)"),
        ({"answer": [1, 2]}, "[1, 2]"),
        ({"answer": "a\x1b[2J", "source": "x\n"}, r"'a\x1b[2J' (x\n)"),
        ({"source": "box"}, None),
    ],
)
def test_the_answer_that_was_read_is_told_in_one_safe_line(details: dict[str, object], read: str | None) -> None:
    assert vr.RewardOutput(score=1.0, details=details).answer_read == read


def test_a_scored_row_survives_json() -> None:
    row = ScoredRow(row=3, total=0.1 + 0.2, terms={"t": vr.RewardOutput(score=0.5, reason="half")})
    assert ScoredRow.model_validate_json(row.model_dump_json()) == row
    with pytest.raises(ValidationError):
        ScoredRow(row=0, total=float("nan"), terms={})
