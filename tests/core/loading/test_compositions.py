"""`use: config:pack/name`: a composition that a pack ships."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError

if TYPE_CHECKING:
    from tests.core.conftest import RegistryOf


@vr.reward(range=(0, 1))
def length(completion: vr.Completion, *, most: int = 10) -> float:
    return min(1.0, len(completion.text) / most)


@vr.reward(range=(0, 1))
def half(completion: vr.Completion, of: vr.RewardOutput | None) -> float:
    return 0.0 if of is None or of.score is None else of.score / 2


def load(registry_of: RegistryOf, term: dict[str, Any], composition: Any, **top: Any) -> vr.Scorer:
    def vlm_rewards_compositions() -> dict[str, Any]:
        return {"geometry": composition}

    registry = registry_of(length, half, compositions=vlm_rewards_compositions)
    own = {"own": {"use": "lab/length"}, "geo": {"use": "config:lab/geometry", **term}}
    return vr.load_scorer({"version": 1, "rewards": own, **top}, registry=registry)


SHIPPED = {
    "rewards": {
        "base": {"use": "lab/length", "params": {"most": 20}},
        "more": {"use": "lab/half", "depends": {"of": "base"}, "gate": {"term": "base", "at_least": 0.1}},
    },
    "combine": {"op": "mean"},
}


def test_it_becomes_terms_and_a_node(registry_of: RegistryOf) -> None:
    scored = load(registry_of, {"weight": 4}, SHIPPED).score(vr.Batch.of(["x" * 10, "x"]))
    assert list(scored.terms) == ["own", "geo_base", "geo_more"]
    assert scored.totals == pytest.approx([1 + 4 * (0.5 + 0.25) / 2, 0.1 + 4 * (0.05 + 0) / 2])


def test_it_is_placed_routed_and_clipped_as_its_term_says(registry_of: RegistryOf) -> None:
    term = {"clip": [0, 0.3], "when": {"column": "task", "in": ["box"]}}
    combine = {"op": "sum", "terms": ["own", {"name": "inner", "op": "max", "terms": ["geo"]}]}
    scorer = load(registry_of, term, SHIPPED, combine=combine)
    assert scorer.score(vr.Batch.of(["x" * 10] * 2, task=["box", "sum"])).totals == pytest.approx([1.3, 1.0])


@pytest.mark.parametrize(
    ("term", "composition", "told"),
    [
        ({}, {"rewards": {"a": {"use": "lab/lenght"}}}, "rewards.geo.use: in .*geometry', rewards.a.use: Pack"),
        (
            {},
            {"rewards": {"a": {"use": "lab/length", "params": {"mots": 1}}}},
            "rewards.geo.use: in 'config:lab/geometry', rewards.a.params.mots: .* Did you mean 'most'",
        ),
        ({}, {"rewards": {}}, "'config:lab/geometry' cannot be used: rewards: "),
        ({}, [1], "not a mapping with `rewards`"),
        ({}, {**SHIPPED, "allow_imports": True}, "`allow_imports` belongs into the file that uses it"),
        ({}, {"rewards": {"a": {"use": "config:lab/geometry"}}}, "is not a reward of a pack"),
        ({"params": {"most": 1}}, SHIPPED, "rewards.geo.params: .* takes clip, use, weight, when only"),
        ({"weight": {"schedule": [[0, 0], [5, 1]]}}, SHIPPED, "rewards.geo.weight: .* cannot change"),
        ({"use": "config:lab/geometri"}, SHIPPED, "no composition 'geometri'; it has geometry. Did you mean"),
    ],
)
def test_errors_inside_are_located(registry_of: RegistryOf, term: dict[str, Any], composition: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load(registry_of, term, composition)
