"""The service against its own description: whatever is made from it gets an answer that it announces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import vlm_rewards as vr

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")
schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

POSTS = ["/v1/score", "/openrlhf", "/verify"]


def announced(config: Path, route: str, strategy: Callable[[Any], st.SearchStrategy[Any]]) -> set[int]:
    """The statuses of the answers to what is made; each is checked against the schema."""
    from schemathesis.specs.openapi.checks import positive_data_acceptance  # the rewards say which columns are there

    from vlm_rewards.serve.app import Service

    schema = schemathesis.openapi.from_asgi("/openapi.json", Service(vr.load_scorer(config)).app())
    operation = next(iter(schema[route].values()))
    seen = set()

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(case=strategy(operation))
    def check(case: Any) -> None:
        seen.add(case.call_and_validate(excluded_checks=[positive_data_acceptance]).status_code)

    check()
    return seen


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
class TestAgainstItsSchema:
    @pytest.mark.parametrize("route", POSTS)
    def test_what_is_well_formed_is_scored_or_told_what_is_missing(self, config: Path, route: str) -> None:
        mode = schemathesis.GenerationMode.POSITIVE
        assert announced(config, route, lambda made: made.as_strategy(generation_mode=mode)) <= {200, 422}

    @pytest.mark.parametrize("route", POSTS)
    def test_what_is_not_is_refused(self, config: Path, route: str) -> None:
        mode = schemathesis.GenerationMode.NEGATIVE
        assert announced(config, route, lambda made: made.as_strategy(generation_mode=mode)) <= {400, 415, 422}

    @pytest.mark.parametrize("route", ["/seed_session", "/health", "/metrics"])
    def test_what_asks_for_nothing_is_answered(self, config: Path, route: str) -> None:
        assert announced(config, route, lambda made: st.builds(made.Case)) == {200}
