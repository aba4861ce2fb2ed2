"""Rewards of others in workers: what waits waits together, what hangs, blocks, dies or grows costs itself alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards.workers import pool as workers

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers


@pytest.fixture(scope="module", autouse=True)
def _pack(pack_for_workers: PackForWorkers) -> None:
    pack_for_workers("tides")


def score(texts: list[str], use: str = "waits", *, step: int = 0, workers: Mapping[str, Any] = {}, **term: Any) -> Any:
    """The scores of completions, and the reasons of those that have none."""
    config = {"version": 1, "rewards": {"t": {"use": f"tides/{use}", **term}}, "workers": dict(workers)}
    scored = vr.load_scorer(config).score(vr.Batch.of(texts, context=vr.Context(step=step)))
    outcomes = scored.terms["t"].outcomes
    return outcomes.scores, {row: str(why) for row, why in enumerate(outcomes.reasons) if why}


def test_async_items_wait_together_in_one_worker() -> None:
    start = monotonic()
    scores, faults = score(["0.5"] * 64, timeout=30)

    assert faults == {}
    assert len(set(scores)) == 1
    assert os.getpid() not in scores
    assert monotonic() - start < 0.5 * 64 / 2  # one by one in two workers


@pytest.mark.parametrize(
    ("term", "file", "most"),
    [({"concurrency": 3}, {}, 3), ({}, {"concurrency": 5}, 5), ({"concurrency": 2}, {"concurrency": 9}, 2)],
)
def test_as_many_wait_at_a_time_as_the_term_says_or_else_the_file(
    term: Mapping[str, Any], file: Mapping[str, Any], most: int
) -> None:
    scores, _ = score(["x"] * 20, "most", workers=file, params={"number": most}, **term)

    assert max(scores) == most


def test_concurrency_of_a_reward_that_does_not_wait_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"rewards\.t\.concurrency.*is not `async def`"):
        score(["x"], "model", concurrency=4)


@pytest.mark.parametrize("how", ["blocks", "child blocks", "spins", "dies"])
def test_an_item_that_blocks_the_loop_or_kills_the_worker_is_found_and_lost_alone(how: str) -> None:
    texts = ["0.1"] * 40
    texts[17] = how

    scores, faults = score(texts, timeout=1.5)

    assert list(faults) == [17]
    assert ("signal 9" if how == "dies" else "the event loop was blocked for 1.5 s") in faults[17]
    assert [row for row, value in enumerate(scores) if value is None] == [17]


def test_items_that_hang_or_swallow_their_cancellation_are_late_alone() -> None:
    texts = ["hangs", "swallows", *["0.1"] * 40, "hangs", "swallows"]

    _, faults = score(texts, timeout=1.5)

    assert list(faults) == [0, 1, 42, 43]
    assert all("deadline: 1.5 s are over" in fault for fault in faults.values())


def test_late_items_that_take_all_places_do_not_keep_the_others_out() -> None:
    _, faults = score(["hangs"] * 3 + ["0.1"] * 6, timeout=1.0, concurrency=3)

    assert list(faults) == [0, 1, 2]


def test_two_that_kill_the_worker_cost_two() -> None:
    texts = ["0.1"] * 12
    texts[3] = texts[8] = "dies"

    assert list(score(texts, timeout=20)[1]) == [3, 8]


def test_what_an_async_reward_raises_is_its_reason_and_libraries_may_look_at_its_task() -> None:
    scores, faults = score(["raises", "looks"])

    assert "raised ValueError: told to" in faults[0]
    assert scores[1] == 1.0


def test_a_worker_that_ends_its_group_ends_itself_alone() -> None:
    _, faults = score(["one", "group", "two"], "signals_its_group", timeout=20)

    assert list(faults) == [1]
    assert "signal 9" in faults[1]


def test_a_set_up_longer_than_the_timeout_of_an_item_is_no_fault(tmp_path: Path) -> None:
    book = tmp_path / "book"

    _, faults = score(["a", "b", "c"], "model", step=7, timeout=0.5, params={"seconds": 1.5, "book": str(book)})

    assert faults == {}
    assert set(book.read_text().splitlines()) == {"set up 0 at 7"}


def test_a_set_up_that_hangs_is_ended_once_at_the_time_for_start_up(tmp_path: Path) -> None:
    book = tmp_path / "book"
    start = monotonic()

    scores, faults = score(
        list("abcde"), "model", workers={"startup": 1.0}, params={"seconds": 3600.0, "book": str(book), "number": 1}
    )

    assert scores == [None] * 5
    assert all("start-up (imports and set-up) took over 1 s" in fault for fault in faults.values())
    assert len(book.read_text().splitlines()) <= workers.pool().size
    assert monotonic() - start < 60


def test_a_set_up_that_raises_is_the_reason_of_every_row_and_not_tried_for_each(tmp_path: Path) -> None:
    book = tmp_path / "book"

    _, faults = score(list("abcdefgh"), "model", params={"raises": True, "book": str(book)})

    assert len(faults) == 8
    assert all("could not be set up: RuntimeError: no weights" in fault for fault in faults.values())
    assert len(book.read_text().splitlines()) <= workers.pool().size


def test_the_last_four_option_sets_stay_set_up_and_the_others_are_closed(tmp_path: Path) -> None:
    book = tmp_path / "book"
    for number in (0, 1, 2, 3, 0, 4, 0):
        assert score(["x"], "model", params={"book": str(book), "number": number})[1] == {}

    lines = book.read_text().splitlines()
    assert [line for line in lines if line.startswith("set up")] == [f"set up {n} at 0" for n in range(5)]
    assert [line for line in lines if line.startswith("closed")] == ["closed 1"]


def test_an_item_that_finds_the_memory_full_is_tried_alone_in_a_fresh_worker() -> None:
    scores, faults = score(["100"] * 30, "hoards", workers={"memory_gib": 1.0})

    assert faults == {}
    assert len(set(scores)) > 1


@pytest.mark.parametrize("name", ["hoards", "hoards_together"])
def test_an_item_that_wants_more_than_there_is_fails_alone(name: str) -> None:
    _, faults = score(["1", "1", "9000", "1"], name, workers={"memory_gib": 1.0})

    assert list(faults) == [2]
    assert "raised MemoryError" in faults[2]
