"""What each outcome does to its row, by the policies of the term."""

from __future__ import annotations

from typing import Any

import pytest

import vlm_rewards as vr
from vlm_rewards.registry.decorator import spec_of
from vlm_rewards.registry.info import RewardInfo
from vlm_rewards.scoring.binding import Instance
from vlm_rewards.scoring.output_validator import OutputValidator
from vlm_rewards.scoring.term import Effect, Gate, Term

LOW = -1.0


@vr.reward(range=(LOW, 2.0))
def half(completion: vr.Completion) -> float:
    """Half."""
    return 0.5


def term(**options: Any) -> Term:
    spec = spec_of(half)
    assert spec is not None
    return Term(
        "t", "lab/half", RewardInfo.of(spec), OutputValidator("lab/half", *spec.range), Instance(spec, {}), **options
    )


STOP, UNSCORED, NOTHING = Effect(unscored=True, stop=True), Effect(unscored=True), Effect()


@pytest.mark.parametrize(
    ("status", "options", "effect"),
    [
        ("unparseable", {}, Effect(LOW)),
        ("bad_reference", {}, UNSCORED),
        ("abstained", {}, Effect(LOW)),
        ("abstained", {"on_abstain": "drop"}, NOTHING),
        ("abstained", {"on_abstain": "skip_row"}, UNSCORED),
        ("abstained", {"on_abstain": 0.25}, Effect(0.25)),
        ("abstained", {"on_error": 0.25}, Effect(LOW)),
        ("failed", {}, UNSCORED),
        ("failed", {"on_error": "fail"}, STOP),
        ("failed", {"on_error": 0.25}, Effect(0.25)),
        ("failed", {"on_abstain": 0.25}, UNSCORED),
        ("unparseable", {"clip": (0.0, 1.0)}, Effect(0.0)),
        ("abstained", {"on_abstain": 7.0, "clip": (0.0, 1.0)}, Effect(1.0)),
        ("bad_reference", {"on_error": 0.25, "on_abstain": 0.25}, UNSCORED),
    ],
)
def test_an_outcome_without_a_score_counts_what_the_policy_says(
    status: str, options: dict[str, Any], effect: Effect
) -> None:
    assert term(**options).effect(vr.Status(status), None) == effect


@pytest.mark.parametrize(("score", "counts"), [(-1.0, 0.0), (0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (2.0, 1.0)])
def test_a_score_counts_inside_the_clip(score: float, counts: float) -> None:
    assert term(clip=(0.0, 1.0)).effect(vr.Status.SCORED, score) == Effect(counts)
    assert term().effect(vr.Status.SCORED, score) == Effect(score)


def test_a_term_depends_on_its_gate_and_on_the_terms_whose_outcomes_it_gets() -> None:
    assert term().dependencies() == []
    assert term(gate=Gate("a", 1.0), depends={"of": "b"}).dependencies() == ["a", "b"]


@pytest.mark.parametrize(("images", "told"), [(None, True), ("photo", False)])
def test_a_missing_column_of_pictures_may_be_called_image(images: str | None, *, told: bool) -> None:
    @vr.reward(range=(0.0, 1.0))
    def looks(completion: vr.Completion, images: list[vr.ImageRef]) -> float:
        """Look."""
        return 0.0

    spec = spec_of(looks)
    assert spec is not None
    used = Term(
        "t",
        "lab/looks",
        RewardInfo.of(spec),
        OutputValidator("lab/looks", 0.0, 1.0),
        images=images,
        columns=(None,) * len(spec.columns),
    )
    (problem,) = used.check_columns(["picture"])
    assert ("one image each 'image'" in problem.fix) is told
    assert used.check_columns([images or "image"]) == []


@pytest.mark.parametrize(
    ("reason", "asked"),
    [
        ("gate_shut: rules", False),
        ("gate_failed: rules", False),
        ("gate_bad_reference: rules", False),
        ("gate_shut: other", True),
        ("gate_keeper is named", True),
        (None, True),
    ],
)
def test_a_closed_gate_is_told_from_what_a_reward_says_itself(reason: str | None, *, asked: bool) -> None:
    assert term(gate=Gate("rules", 1.0, 1.0)).was_asked(reason) is asked
    assert term().was_asked(reason)
