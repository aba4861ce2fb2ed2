"""What a rewards file says about terms reaches the Scorer: routes, gates, dependencies, products, sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError

if TYPE_CHECKING:
    from tests.core.conftest import ScorerOf


@vr.reward(range=(0.0, 1.0))
def length(completion: vr.Completion) -> float:
    return len(completion.text) / 10


@vr.reward(range=(-1.0, 1.0))
def penalty(completion: vr.Completion) -> float:
    return -1.0


@vr.reward(range=(0.0, 1.0))
def half(completion: vr.Completion, of: vr.RewardOutput | None) -> float:
    return 0.0 if of is None or of.score is None else of.score / 2


def problems_of(scorer_of: ScorerOf, terms: dict[str, Any], **top: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        scorer_of(length, penalty, half, terms=terms, **top)
    return caught.value.problems


@pytest.mark.parametrize(
    ("route", "scored"),
    [
        ({"in": ["a", "b"]}, [True, True, False]),
        ({"in": []}, [False, False, False]),
        ({"not_in": ["a"]}, [False, True, True]),
        ({"not_in": []}, [True, True, True]),
    ],
)
def test_a_route_takes_the_rows_that_it_names(scorer_of: ScorerOf, route: dict[str, Any], scored: list[bool]) -> None:
    terms = {"t": {"use": "lab/length", "when": {"column": "kind", **route}}}

    totals = scorer_of(length, terms=terms).score(vr.Batch.of(["x", "x", "x"], kind=["a", "b", "c"])).totals

    assert [total is not None for total in totals] == scored


def test_a_term_gets_the_outcome_of_the_term_that_it_depends_on(scorer_of: ScorerOf) -> None:
    terms = {"h": {"use": "lab/half", "depends": {"of": "t"}}, "t": {"use": "lab/length", "weight": 0}}

    assert scorer_of(length, half, terms=terms).score(vr.Batch.of(["abcd"])).totals == [0.2]


def test_a_dependency_on_what_is_not_another_term_names_those_there_are(scorer_of: ScorerOf) -> None:
    tip = {"use": "lab/length"}
    missing = problems_of(scorer_of, {"h": {"use": "lab/half", "depends": {"of": "lenght"}}, "length": tip})
    itself = problems_of(scorer_of, {"h": {"use": "lab/half", "depends": {"of": "h"}}, "length": tip})

    assert [problem.startswith("rewards.h.depends.of: 'lenght'") for problem in missing] == [True]
    assert "Did you mean 'length'?" in missing[0]
    assert itself[0].startswith("rewards.h.depends.of: 'h'")
    assert "length" in itself[0]


def test_a_dependency_of_a_parameter_that_is_not_read_names_those_that_are(scorer_of: ScorerOf) -> None:
    terms = {"h": {"use": "lab/half", "depends": {"off": "t"}}, "t": {"use": "lab/length"}}

    (problem,) = problems_of(scorer_of, terms)

    assert problem.startswith("rewards.h.depends.off: 'lab/half'")
    assert "Did you mean 'of'?" in problem


def test_a_dependency_of_an_unknown_reward_is_one_problem(scorer_of: ScorerOf) -> None:
    terms = {"h": {"use": "lab/halve", "depends": {"of": "t"}}, "t": {"use": "lab/length"}}

    (problem,) = problems_of(scorer_of, terms)

    assert problem.startswith("rewards.h.use: ")


@pytest.mark.parametrize("gate_first", [True, False])
def test_a_circle_of_gates_and_dependencies_is_told_at_a_key_of_the_file(
    scorer_of: ScorerOf, *, gate_first: bool
) -> None:
    gated = {"use": "lab/length", "gate": "h"}
    terms = {"t": gated, "h": {"use": "lab/half", "depends": {"of": "t"}}}

    (problem,) = problems_of(scorer_of, dict(sorted(terms.items(), reverse=gate_first)))

    assert problem.startswith(("rewards.t.gate: ", "rewards.h.depends: "))
    assert "the terms go in a circle" in problem


def test_gates_alone_in_a_circle_are_called_gates(scorer_of: ScorerOf) -> None:
    terms = {"t": {"use": "lab/length", "gate": "u"}, "u": {"use": "lab/length", "gate": "t"}}

    (problem,) = problems_of(scorer_of, terms)

    assert "the gates go in a circle" in problem


def test_a_gate_may_open_at_the_top_and_not_above_it(scorer_of: ScorerOf) -> None:
    def terms(at_least: float) -> dict[str, Any]:
        gate = {"term": "g", "at_least": at_least}
        return {"t": {"use": "lab/length", "gate": gate}, "g": {"use": "lab/length", "weight": 0}}

    scored = scorer_of(length, terms=terms(1.0)).score(vr.Batch.of(["x" * 10, "x" * 9]))

    assert scored.totals == [1.0, 0.0]
    assert problems_of(scorer_of, terms(1.001))[0].startswith("rewards.t.gate.at_least: ")


@pytest.mark.parametrize("key", ["weight", "on_abstain", "on_error"])
def test_a_term_may_count_a_quadrillion_and_no_more(scorer_of: ScorerOf, key: str) -> None:
    most = 1e15

    scorer_of(length, terms={"t": {"use": "lab/length", key: most}})

    (problem,) = problems_of(scorer_of, {"t": {"use": "lab/length", key: most + 1}})
    assert problem.startswith("rewards.t.weight: ")


@pytest.mark.parametrize(("low", "sound"), [(-0.5, False), (0.0, True), (0.25, True)])
def test_a_product_takes_what_its_clip_keeps_from_being_negative(
    scorer_of: ScorerOf, *, low: float, sound: bool
) -> None:
    terms = {"a": {"use": "lab/length"}, "b": {"use": "lab/penalty"}, "c": {"use": "lab/length"}}
    inner = {"name": "inner", "op": "sum", "terms": ["a", "b"], "clip": [low, 1]}
    of_node: dict[str, Any] = {"op": "product", "terms": ["c", inner]}
    clipped = {"a": {"use": "lab/length"}, "b": {"use": "lab/penalty", "clip": [low, 1]}}
    of_term: dict[str, Any] = {"op": "product", "terms": ["a", "b"]}

    if sound:
        scorer_of(length, penalty, half, terms=terms, combine=of_node)
        scorer_of(length, penalty, half, terms=clipped, combine=of_term)
    else:
        assert problems_of(scorer_of, terms, combine=of_node)[0].startswith("combine.terms[1]: 'inner'")
        assert problems_of(scorer_of, clipped, combine=of_term)[0].startswith("rewards.b.use: 'lab/penalty'")
