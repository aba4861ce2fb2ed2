"""Whatever a reward returns becomes an outcome, checked, and nothing it returns raises."""

from __future__ import annotations

import math
from asyncio import CancelledError
from collections import UserList
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.errors import RewardOutputError
from vlm_rewards.scoring.output_validator import OutputValidator
from vlm_rewards.types.results import Outcomes

WHO = "'lab/half' (lab-rewards 1.2.3)"


def outcome(returned: object, *, low: float = -1.0, high: float = 1.0) -> vr.RewardOutput:
    """What one returned value becomes."""
    outcomes = Outcomes.empty(1)
    OutputValidator(WHO, low, high).collect(outcomes, [0], [returned])
    output = outcomes.output(0)
    assert output is not None
    return output


class Scalar:
    """A zero-dimensional tensor, as far as anybody can see."""

    def __init__(self, value: object, shape: object = ()) -> None:
        self.value, self.shape = value, shape

    def item(self) -> object:
        return self.value

    def tolist(self) -> object:
        return self.value


class FloatChild(float): ...


class Explosive:
    """Raises from everything that the validator could look at."""

    def __init__(self, error: BaseException) -> None:
        object.__setattr__(self, "error", error)

    def __getattribute__(self, name: str) -> Any:
        raise object.__getattribute__(self, "error")

    def __repr__(self) -> str:
        raise object.__getattribute__(self, "error")

    def __float__(self) -> float:
        raise object.__getattribute__(self, "error")

    __str__ = __repr__


class ExplosiveList(list[float]):
    def __len__(self) -> int:
        raise RuntimeError("boom")

    def __iter__(self) -> Any:
        raise RuntimeError("boom")


class ExplosiveArray:
    def tolist(self) -> list[float]:
        raise RuntimeError("boom")


class ExitingArray:
    def tolist(self) -> list[float]:
        raise SystemExit(3)


class ClosingArray:
    def tolist(self) -> list[float]:
        raise GeneratorExit


class TestGoodOutputs:
    @pytest.mark.parametrize(
        ("returned", "score"),
        [
            (0.5, 0.5),
            (-1.0, -1.0),
            (1, 1.0),
            (0, 0.0),
            (True, 1.0),
            (False, 0.0),
            (FloatChild(0.5), 0.5),
            (Decimal("0.5"), 0.5),
            (Fraction(1, 2), 0.5),
            (Scalar(0.5), 0.5),
            (Scalar(value=True), 1.0),
            (vr.RewardOutput(score=0.5), 0.5),
        ],
    )
    def test_numbers_of_every_kind_are_scores(self, returned: object, score: float) -> None:
        output = outcome(returned)
        assert (output.status, output.score) == (vr.Status.SCORED, score)
        assert type(output.score) is float

    def test_scalars_of_numpy_are_scores(self) -> None:
        numpy = pytest.importorskip("numpy")
        for value in (numpy.float32(0.5), numpy.float64(0.5), numpy.float16(0.5), numpy.array(0.5)):
            assert outcome(value).score == 0.5
            assert type(outcome(value).score) is float
        assert outcome(numpy.bool_(1)).score == 1.0
        assert outcome(numpy.int64(1)).score == 1.0
        assert outcome(numpy.array([0.5, 0.5])).status is vr.Status.FAILED
        assert outcome(numpy.float32("nan")).status is vr.Status.FAILED

    def test_scalars_of_torch_are_scores(self) -> None:
        torch = pytest.importorskip("torch")
        assert outcome(torch.tensor(0.5)).score == 0.5
        assert outcome(torch.tensor(0.5, requires_grad=True)).score == 0.5
        assert outcome(torch.tensor([0.5, 0.5])).status is vr.Status.FAILED

    def test_none_abstains(self) -> None:
        assert outcome(None) == vr.RewardOutput(status=vr.Status.ABSTAINED)

    def test_outputs_keep_reason_and_details(self) -> None:
        given_output = vr.RewardOutput.unparseable("no box", chars=3)
        assert outcome(given_output) == given_output
        scored = vr.RewardOutput(score=0.5, reason="half", details={"iou": 0.5})
        assert outcome(scored) == scored

    def test_reasons_are_printable(self) -> None:
        assert outcome(vr.RewardOutput.unparseable("\x1b[2J\nno box \ud83d")).reason == "\\x1b[2J\\nno box \\ud83d"

    def test_long_reasons_are_cut(self) -> None:
        assert len(outcome(vr.RewardOutput(score=0.5, reason="x" * 10_000)).reason or "") == 300


BAD = {
    "nan": math.nan,
    "inf": math.inf,
    "minus inf": -math.inf,
    "1e38": 1e38,
    "just above": 1.0000001,
    "above by more than rounding": 1.00000001,
    "just below": -1.0000001,
    "text": "0.5",
    "bytes": b"0.5",
    "dict": {"score": 0.5},
    "list": [0.5],
    "tuple": (0.5,),
    "complex": 0.5j,
    "huge int": 10**400,
    "decimal nan": Decimal("nan"),
    "object": object(),
    "class": float,
    "scalar with text": Scalar("0.5"),
    "scalar with nan": Scalar(math.nan),
    "scalar in scalar": Scalar(Scalar(0.5)),
    "one-dimensional": Scalar(0.5, shape=(1,)),
    "explosive": Explosive(RuntimeError("boom")),
    "exiting": Explosive(SystemExit(3)),
    "closing": Explosive(GeneratorExit()),
    "cancelling": Explosive(CancelledError()),
    "made without checks": vr.RewardOutput.model_construct(score=math.nan),
    "made without score": vr.RewardOutput.model_construct(),
    "made of nothing good": vr.RewardOutput.model_construct(score="x", reason=7),  # type: ignore[arg-type]
    "out of range output": vr.RewardOutput(score=3.0, details={"iou": 3}),
    "exception": ValueError("not raised"),
}


class TestBadOutputs:
    @pytest.mark.parametrize("name", BAD)
    def test_it_is_a_fault_of_the_reward_that_names_it_and_the_fix(self, name: str) -> None:
        output = outcome(BAD[name])
        assert output.status is vr.Status.FAILED
        assert output.score is None
        assert output.details == {}
        assert output.reason is not None
        assert output.reason.startswith(f"Reward {WHO} returned ")
        assert output.reason.endswith("; return a finite float in [-1, 1], None or a RewardOutput")

    def test_the_offending_value_is_shown(self) -> None:
        assert "returned nan; " in (outcome(math.nan).reason or "")
        assert "Explosive" in (outcome(BAD["explosive"]).reason or "")
        assert "Explosive" in (outcome(BAD["exiting"]).reason or "")
        assert "returned '0.5'; " in (outcome("0.5").reason or "")
        assert "returned {'score': 0.5}; " in (outcome({"score": 0.5}).reason or "")
        assert "returned 3.0; " in (outcome(vr.RewardOutput(score=3.0)).reason or "")

    def test_a_bad_output_takes_no_other_down(self) -> None:
        returned = [0.5, *BAD.values(), None, 0.25]
        outcomes = Outcomes.empty(len(returned))
        OutputValidator(WHO, -1.0, 1.0).collect(outcomes, range(len(returned)), returned)
        assert (outcomes.scores[0], outcomes.scores[-1]) == (0.5, 0.25)
        assert outcomes.statuses[1:-2] == [vr.Status.FAILED] * len(BAD)
        assert outcomes.statuses[-2] is vr.Status.ABSTAINED

    @given(st.one_of(st.none(), st.floats(), st.booleans(), st.integers(), st.text(), st.lists(st.floats())))
    def test_every_outcome_is_valid_and_every_score_in_range(self, returned: object) -> None:
        output = outcome(returned, low=0.0, high=0.5)
        assert (output.score is not None) == (output.status is vr.Status.SCORED)
        assert output.score is None or 0.0 <= output.score <= 0.5

    def test_outputs_go_to_their_rows(self) -> None:
        outcomes = Outcomes.empty(4)
        OutputValidator(WHO, -1.0, 1.0).collect(outcomes, [3, 1], [0.3, vr.RewardOutput(score=0.1, details={"a": 1})])
        assert outcomes.scores == [None, 0.1, None, 0.3]
        assert outcomes.details == [None, {"a": 1}, None, None]
        assert (outcomes.output(0), outcomes.output(2)) == (None, None)


class TestLength:
    validator = OutputValidator(WHO, -1.0, 1.0)

    @pytest.mark.parametrize("outputs", [[0.5, None], (0.5, None), Scalar([0.5, None])])
    def test_lists_tuples_and_arrays_are_one_per_completion(self, outputs: object) -> None:
        assert self.validator.check_length(outputs, 2) == [0.5, None]

    @pytest.mark.parametrize(
        ("outputs", "returned"),
        [
            ([0.5], "1 scores"),
            ([0.5] * 3, "3 scores"),
            ([], "0 scores"),
            (0.5, "0.5"),
            (None, "None"),
            ("ab", "'ab'"),
            ({0: 0.5, 1: 0.5}, "{0: 0.5, 1: 0.5}"),
            (Scalar(0.5), "<"),
            (UserList([0.5, 0.5]), "[0.5, 0.5]"),
            (iter([0.5, 0.5]), "<list_iterator"),
            (ExplosiveList([0.5, 0.5]), ""),
            (ExplosiveArray(), "<"),
            (ExitingArray(), "<"),
            (ClosingArray(), "<"),
        ],
    )
    def test_anything_else_says_how_many_came_and_how_many_belong(self, outputs: object, returned: str) -> None:
        with pytest.raises(RewardOutputError) as caught:
            self.validator.check_length(outputs, 2)
        message = str(caught.value)
        assert message.startswith(f"returned {returned}")
        assert message.endswith(" for 2 completions; return one float or None per completion")

    @pytest.mark.parametrize("error", [RuntimeError("boom"), SystemExit(3)])
    def test_an_object_that_raises_from_everything_is_refused_too(self, error: BaseException) -> None:
        with pytest.raises(RewardOutputError, match="for 2 completions"):
            self.validator.check_length(Explosive(error), 2)


def test_a_fault_is_written_to_every_row_and_cut() -> None:
    outcomes = Outcomes.empty(3)
    OutputValidator(WHO, 0.0, 1.0).fail(outcomes, [0, 2], "x" * 1000)
    assert outcomes.statuses == [vr.Status.FAILED, None, vr.Status.FAILED]
    assert len(outcomes.reasons[0] or "") == 300
    assert (outcomes.reasons[0] or "").startswith(f"Reward {WHO} xxx")


def test_scores_beside_a_bad_one_are_plain_floats_too() -> None:
    outcomes = Outcomes.empty(4)

    OutputValidator(WHO, -1.0, 1.0).collect(outcomes, range(4), [1, "bad", FloatChild(0.5), 0])

    assert outcomes.scores == [1.0, None, 0.5, 0.0]
    assert [type(score) for score in outcomes.scores if score is not None] == [float] * 3


def test_a_score_that_misses_the_range_by_rounding_is_its_bound() -> None:
    outcomes = Outcomes.empty(4)
    over = 0.1 + 0.2 + 0.7 + 2**-52

    OutputValidator(WHO, -1.0, 1.0).collect(outcomes, range(4), [over, -over, vr.RewardOutput(score=over), 0.5])

    assert over > 1
    assert outcomes.scores == [1.0, -1.0, 1.0, 0.5]


@pytest.mark.parametrize("length", [300, 301])
def test_a_reason_is_kept_up_to_300_characters(length: int) -> None:
    outcomes = Outcomes.empty(1)
    OutputValidator(WHO, 0.0, 1.0).collect(outcomes, [0], [vr.RewardOutput.unparseable("x" * length)])
    assert outcomes.reasons == ["x" * 300]
