"""Equal work is done once: inside a batch, and across batches where it is expensive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from tests.core.hurdle import scorer

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers, ScorerOf


@pytest.fixture(scope="module", autouse=True)
def _pack(pack_for_workers: PackForWorkers) -> None:
    pack_for_workers("hurdle")


def counter_of(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    counter = tmp_path / "calls"
    counter.touch()
    return counter, {"counter": str(counter)}


def calls(counter: Path) -> int:
    return len(counter.read_text().splitlines())


@pytest.mark.parametrize(("name", "isolation"), [("counted", "process"), ("counted_async", "inline")])
def test_a_verdict_is_asked_for_once_across_batches_and_a_fault_every_time(
    tmp_path: Path, name: str, isolation: str
) -> None:
    counter, params = counter_of(tmp_path)
    made = scorer({"t": {"use": f"hurdle/{name}", "params": params, "isolation": isolation}})
    batch = vr.Batch.of(["x", "y", "raise"], solution="s")

    first = made.score(batch)
    assert calls(counter) == 3
    second = made.score(batch)

    assert calls(counter) == 4
    assert list(first.rows()) == list(second.rows())
    made.score(vr.Batch.of(["x"], solution="another"))
    assert calls(counter) == 5


def test_verdicts_of_rewards_in_process_and_of_impure_ones_are_not_kept(tmp_path: Path) -> None:
    counter, params = counter_of(tmp_path)
    for term in (
        {"use": "hurdle/counted", "isolation": "inline", "params": params},
        {"use": "hurdle/counted_impure", "params": params},
    ):
        before = calls(counter)
        made = scorer({"t": term})
        for _ in range(3):
            made.score(vr.Batch.of(["x"], solution="s"))
        assert calls(counter) - before == 3


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_equal_work_is_done_once_per_batch_unless_the_reward_is_impure(tmp_path: Path, isolation: str) -> None:
    counter, params = counter_of(tmp_path)
    batch = vr.Batch.of(["x", "x", "y", "x"], solution=["s", "s", "s", "t"])

    pure = scorer({"t": {"use": "hurdle/counted", "params": params, "isolation": isolation}}).score(batch)
    assert calls(counter) == 3
    impure = scorer({"t": {"use": "hurdle/counted_impure", "params": params, "isolation": isolation}}).score(batch)

    assert calls(counter) == 7
    assert pure.totals == impure.totals == [0.25] * 4


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_a_fault_of_shared_work_counts_for_every_row(tmp_path: Path, isolation: str) -> None:
    counter, params = counter_of(tmp_path)
    made = scorer({"t": {"use": "hurdle/counted", "params": params, "isolation": isolation}})

    scored = made.score(vr.Batch.of(["raise", "raise", "x"], solution="s"))

    assert calls(counter) == 2
    assert scored.terms["t"].counts == {"failed": 2, "scored": 1}


def test_rewards_that_see_pictures_rows_or_the_run_are_asked_for_every_row(scorer_of: ScorerOf) -> None:
    asked: list[str] = []

    @vr.reward(range=(0.0, 1.0))
    def sees_images(completion: vr.Completion, images: vr.Images) -> float:
        asked.append("images")
        return 0.0

    @vr.reward(range=(0.0, 1.0))
    def sees_row(completion: vr.Completion, row: Mapping[str, Any]) -> float:
        asked.append("row")
        return 0.0

    @vr.reward(range=(0.0, 1.0))
    def sees_context(completion: vr.Completion, context: vr.Context) -> float:
        asked.append("context")
        return 0.0

    @vr.reward(range=(0.0, 1.0))
    def sees_nothing(completion: vr.Completion) -> float:
        asked.append("nothing")
        return 0.0

    names = ("sees_images", "sees_row", "sees_context", "sees_nothing")
    terms = {name: {"use": f"lab/{name}", "isolation": "inline"} for name in names}
    made = scorer_of(sees_images, sees_row, sees_context, sees_nothing, terms=terms)
    made.score(vr.Batch.of(["x"] * 3, images=[[], [], []]))

    assert sorted(asked) == ["context"] * 3 + ["images"] * 3 + ["nothing"] + ["row"] * 3


def test_answers_of_one_turn_that_call_different_tools_are_different_work(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 10.0))
    def tools(completion: vr.Completion) -> float:
        return float(completion.messages[0]["tool_calls"][0]["id"])

    made = scorer_of(tools, terms={"tools": {"use": "lab/tools", "isolation": "inline"}})
    turns = [[{"role": "assistant", "content": "", "tool_calls": [{"id": n}]}] for n in (1, 2, 1)]

    assert made.score(vr.Batch.of(turns)).totals == [1.0, 2.0, 1.0]
