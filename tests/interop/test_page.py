"""The table of docs/everywhere.md is what the runs recorded, and a run fails that pays what has no verdict."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.interop.run import HERE, PAGE, RESULTS, TARGETS, compare, table

ROW = {"id": 7, "says": "nan"}


def test_the_page_shows_what_was_recorded() -> None:
    results = json.loads(RESULTS.read_text())
    assert table(results) in PAGE.read_text(encoding="utf-8")
    assert results.keys() == {path.stem for path in (HERE / "drivers").glob("*.py")}
    pinned = [f"{target.whole} {target.bare}".strip() for target in TARGETS.values()]
    assert {pin.partition("==")[2] for pin in pinned if pin} == {result["version"] for result in results.values()}


def test_a_run_compares_to_the_last_digit_and_tells_what_became_of_no_verdict() -> None:
    told = compare("openenv", [ROW, {"id": 8, "says": "1"}], [None, 0.1], ["ScoringError", 0.1])
    assert told == {"rows": 2, "difference": 0.0, "became": {"nan": ["ScoringError"]}}
    near = 0.10000000149011612  # the nearest float32
    assert compare("verl", [{"id": 8, "says": "1"}], [0.1], [near])["difference"] == 0.0


@pytest.mark.parametrize(
    ("totals", "answers"),
    [([None], [-0.125]), ([0.1], [0.1 + 1e-9]), ([0.1], [None]), ([0.1], ["TaskError"]), ([0.1], [])],
)
def test_a_run_with_another_number_fails(totals: list[Any], answers: list[Any]) -> None:
    with pytest.raises(AssertionError):
        compare("openenv", [ROW], totals, answers)
