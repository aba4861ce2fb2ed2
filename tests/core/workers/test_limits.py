"""The limits of the pool, each at its value and one beyond."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from time import sleep

import pytest

from tests.core.conftest import end
from vlm_rewards.workers import pool as pool_module
from vlm_rewards.workers.job import Job
from vlm_rewards.workers.pool import MAX_STARTS_LOST, Pool
from vlm_rewards.workers.process import Nursery, WorkerProcess
from vlm_rewards.workers.protocol import HEADER, MAX_MESSAGE_BYTES, MAX_RESULT_BYTES


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(1)
    yield made
    end(made)


def test_a_result_of_a_mebibyte_arrives_and_a_longer_one_is_a_fault(pool: Pool) -> None:
    sides = len('[""]')
    items = [["x" * (MAX_RESULT_BYTES - sides)], ["x" * (MAX_RESULT_BYTES - sides + 1)]]
    whole, beyond = pool.wait(pool.submit(Job({"function": "builtins:list"}, items, 60.0)))
    assert (whole.output, whole.fault) == (items[0], None)
    assert f"returned more than {MAX_RESULT_BYTES} bytes" in str(beyond.fault)


def messages_of(worker: WorkerProcess, body: bytes) -> list[object]:
    worker.buffer = bytearray(HEADER.pack(len(body)) + body)
    return list(worker.messages())


def test_a_message_beyond_the_limit_is_refused_by_its_length_alone() -> None:
    worker = object.__new__(WorkerProcess)
    worker.output, write = os.pipe()
    with os.fdopen(worker.output, "rb"), os.fdopen(write, "wb"):
        os.set_blocking(worker.output, False)
        body = json.dumps({"out": 1}).encode()
        assert messages_of(worker, body.ljust(MAX_MESSAGE_BYTES)) == [{"out": 1}]
        with pytest.raises(ValueError, match="too long for a message"):
            messages_of(worker, body.ljust(MAX_MESSAGE_BYTES + 1))


def test_after_three_starts_that_fail_the_job_ends_with_the_reason(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[WorkerProcess] = []

    class Counted(WorkerProcess):
        def __init__(self, nursery: Nursery) -> None:
            super().__init__(nursery)
            started.append(self)

    monkeypatch.setattr(pool_module, "WorkerProcess", Counted)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    for starts in (3, 6):
        (answer,) = pool.wait(pool.submit(Job({"function": "math:sqrt"}, [1], 60.0)))
        assert answer.fault == "no worker can be started (exit code 1); see standard error"
        assert len(started) == starts
    assert MAX_STARTS_LOST == 3


def test_starts_that_fail_are_counted_from_the_last_that_did_not(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pool.wait(pool.submit(Job({"function": "math:sqrt"}, [4], 60.0)))[0].output == 2.0
    end(pool)
    started: list[WorkerProcess] = []

    class Counted(WorkerProcess):
        def __init__(self, nursery: Nursery) -> None:
            super().__init__(nursery)
            started.append(self)

    monkeypatch.setattr(pool_module, "WorkerProcess", Counted)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    while pool._workers:
        sleep(0.01)
    pool.wait(pool.submit(Job({"function": "math:sqrt"}, [1], 60.0)))

    assert len(started) == MAX_STARTS_LOST


@pytest.mark.parametrize(
    ("cores", "ranks", "workers"), [(64, 1, 4), (5, 1, 4), (3, 1, 3), (8, 4, 2), (2, 8, 1), (None, 1, 1)]
)
def test_a_pool_has_its_share_of_the_cores_and_four_workers_at_most(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, ranks: int, workers: int
) -> None:
    monkeypatch.setattr(pool_module, "_pools", {})
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(ranks))
    assert pool_module.pool().size == workers
    assert pool_module.pool() is pool_module.pool()
