"""The pool of workers: whatever one item does, that item alone is lost, and the caller is always answered."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tests.core.conftest import end
from vlm_rewards.workers.job import Answer, Job
from vlm_rewards.workers.pool import Pool

GIB = 1 << 30

TARGETS = Path(__file__).parents[2] / "fixtures" / "worker_targets"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("targets")
    (home / "broken_target.py").write_text("raise ImportError('no such luck')\n")
    (home / "slow_target.py").write_text("import time\ntime.sleep(1.2)\nfrom planted_target import half\n")
    (home / "deadly_target.py").write_text("import os\nos._exit(5)\n")
    folders = [str(home), str(TARGETS)]
    sys.path[:0] = folders
    yield home
    for folder in folders:
        sys.path.remove(folder)


@pytest.fixture(scope="module")
def pool(folder: Path) -> Iterator[Pool]:
    made = Pool(2)
    yield made
    end(made)


def ask(pool: Pool, items: list[Any], *, function: str = "planted_target:half", **options: Any) -> list[Answer]:
    job = Job({"function": function}, items, **{"timeout": 20.0, "batch_timeout": 60.0, "memory": GIB, **options})
    pool.submit(job)
    assert job.done.wait(90), "the pool answers every job"
    return pool.wait(job)


def pids(pool: Pool) -> set[int]:
    """The workers that have started."""
    return {worker.pid for worker in pool._workers if worker.pid is not None}


def assert_only_lost(answers: list[Answer], lost: list[int]) -> None:
    for index, answer in enumerate(answers):
        if index not in lost:
            assert (answer.output, answer.fault) == (index / 2, None), index


DEADLY = {
    "leave": "exit code 3",
    "killed": "signal 9",
    "hung_up": "signal 1)",
    "segfault": "signal 11",
    "junk_on_the_wire": "nonsense",
    "wrong_message": "nonsense",
    "wrong_index": "nonsense",
    "forges_a_result": "nonsense",
}


@pytest.mark.parametrize("how", DEADLY)
def test_a_worker_that_dies_or_talks_nonsense_costs_the_item_it_was_at_and_no_other_of_200(
    pool: Pool, how: str
) -> None:
    items: list[Any] = list(range(200))
    items[77] = how

    answers = ask(pool, items)

    assert answers[77].fault is not None
    assert DEADLY[how] in answers[77].fault
    assert_only_lost(answers, [77])


@pytest.mark.parametrize("how", ["spin", "nap", "stop"])
def test_a_worker_that_hangs_is_killed_at_the_deadline_of_its_item(pool: Pool, how: str) -> None:
    items: list[Any] = list(range(200))
    items[77] = how

    answers = ask(pool, items, timeout=0.7)

    assert answers[77].fault == "deadline: 0.7 s are over (signal 9)"
    assert answers[77].milliseconds >= 700
    assert_only_lost(answers, [77])


def test_a_worker_that_floods_its_results_is_ended_and_the_pool_lives(pool: Pool) -> None:
    items: list[Any] = list(range(50))
    items[7] = "floods_the_wire"

    answers = ask(pool, items, timeout=2.0)

    assert answers[7].fault is not None
    assert_only_lost(answers, [7])


RAISING = {
    "exits": "raised SystemExit: enough",
    "raises": "raised ValueError: broken twice",
    "interrupts": "raised KeyboardInterrupt",
    "recurses": "raised RecursionError",
    "hostile": "raised HostileError: (its message cannot be read)",
    "huge": "returned more than 1048576 bytes",
    "list_of_objects": "TypeError",
    "endless_list": "ValueError",
    "nested_deep": "RecursionError",
    "long_int": "ValueError",
    "no_such_name": "raised KeyError",
}


@pytest.mark.parametrize("how", RAISING)
def test_an_item_that_raises_or_returns_what_cannot_travel_is_a_fault_and_the_worker_lives(
    pool: Pool, how: str
) -> None:
    ask(pool, [0, 1, 2, 3])
    before = pids(pool)
    items: list[Any] = list(range(200))
    items[77] = how

    answers = ask(pool, items)

    assert answers[77].fault is not None
    assert RAISING[how] in answers[77].fault
    assert_only_lost(answers, [77])
    assert before
    assert before <= pids(pool)


def test_values_that_are_no_outcome_come_back_as_what_they_are_for_the_boundary_to_refuse(pool: Pool) -> None:
    nan, of_set = ask(pool, ["nan", "set_of_numbers"])

    assert math.isnan(nan.output)
    assert of_set == Answer({"junk": "{1, 2}"}, None, of_set.milliseconds)


def test_what_a_reward_prints_does_not_enter_the_protocol_and_it_has_no_input(pool: Pool) -> None:
    answers = ask(pool, ["prints", "prints", 7, "reads"])

    assert [answer.output for answer in answers] == [0.25, 0.25, 3.5, 0]
    assert [answer.fault for answer in answers] == [None] * 4


def test_an_item_that_json_cannot_hold_fails_alone(pool: Pool) -> None:
    items: list[Any] = list(range(20))
    items[3], items[4] = object(), {"x": {1, 2}}

    answers = ask(pool, items)

    for index in (3, 4):
        assert "cannot be sent to a worker: TypeError" in str(answers[index].fault)
    assert_only_lost(answers, [3, 4])


def test_several_kinds_of_death_among_200_items_cost_one_item_each(pool: Pool) -> None:
    items: list[Any] = list(range(200))
    lost = {3: "leave", 4: "killed", 50: "segfault", 51: "raises", 120: "spin", 199: "leave"}
    for index, how in lost.items():
        items[index] = how

    answers = ask(pool, items, timeout=1.0)

    assert [index for index, answer in enumerate(answers) if answer.fault] == list(lost)
    assert_only_lost(answers, list(lost))


def test_a_target_that_cannot_be_imported_fails_every_item_with_the_reason(pool: Pool) -> None:
    answers = ask(pool, [1, 2, 3], function="broken_target:half")

    assert {answer.fault for answer in answers} == {"raised ImportError: no such luck (broken_target.py:1)"}


def test_a_target_whose_import_kills_the_worker_ends_the_job(pool: Pool) -> None:
    answers = ask(pool, [1, 2, 3], function="deadly_target:half")

    assert ["exit code 5" in str(answer.fault) for answer in answers] == [True] * 3


def test_an_item_that_finds_no_memory_is_tried_once_more_and_its_neighbours_are_answered(pool: Pool) -> None:
    items: list[Any] = list(range(40))
    items[17] = "eats_memory"

    answers = ask(pool, items)

    assert "raised MemoryError" in str(answers[17].fault)
    assert_only_lost(answers, [17])


@pytest.mark.parametrize("name", ["deadly", "broken"])
def test_a_spare_whose_imports_fail_is_not_started_again_and_again(folder: Path, name: str) -> None:
    made = Pool(1)
    ask(made, [1])
    made._lossy = Job({"function": f"{name}_target:half"}, [], 20.0)  # as if it had lost a worker before
    limit = monotonic() + 30
    while vars(made)["_lossy"] is not None:
        assert monotonic() < limit
        ask(made, [0.1], function="planted_target:slow")
    before = pids(made)
    ask(made, [0.3], function="planted_target:slow")
    assert pids(made) == before
    end(made)


def test_a_limit_of_memory_is_of_its_job_alone(pool: Pool) -> None:
    assert "MemoryError" in str(ask(pool, ["eats_memory"], memory=GIB)[0].fault)

    assert ask(pool, [4], memory=None)[0].output == 2.0


def test_what_is_left_when_the_batch_is_over_fails_with_batch_deadline(pool: Pool) -> None:
    ask(pool, [0] * 4)

    answers = ask(pool, [0.4] * 12, function="planted_target:slow", batch_timeout=1.5)

    faults = [answer.fault for answer in answers if answer.fault]
    assert faults
    assert {fault.partition(" ")[0] for fault in faults} == {"batch_deadline"}
    assert sum(answer.output == 0.4 for answer in answers) == 12 - len(faults) >= 2


def test_imports_are_no_part_of_an_items_deadline(folder: Path) -> None:
    fresh = Pool(1)

    answers = ask(fresh, list(range(5)), timeout=0.8, function="slow_target:half")

    assert_only_lost(answers, [])
    end(fresh)


def test_milliseconds_are_those_of_the_item(pool: Pool) -> None:
    slow, quick = ask(pool, [0.3, 0.0], function="planted_target:slow")

    assert 300 <= slow.milliseconds < 2000
    assert quick.milliseconds < 250


def test_milliseconds_of_a_lost_item_are_those_it_was_given(pool: Pool) -> None:
    (lost,) = ask(pool, ["spin"], timeout=0.5)
    assert lost.fault is not None
    assert 500 <= lost.milliseconds < 60_000


def test_a_worker_is_given_32_items_at_a_time(folder: Path) -> None:
    made = Pool(2)
    ask(made, [0.4, 0.4], function="planted_target:slow")
    while sum(worker.ready for worker in made._workers) < 2:  # from here on both workers are free
        sleep(0.01)
    given = [answer.output for answer in ask(made, [0] * 200, function="planted_target:pid")]
    end(made)
    assert len(set(given[:32])) == 1
    assert given[32] != given[31]


def test_items_longer_than_a_pipe_holds_arrive(pool: Pool) -> None:
    answers = ask(pool, ["x" * 300_000, "", "x" * 70_000], function="builtins:len")

    assert [answer.output for answer in answers] == [300_000, 0, 70_000]


def test_an_empty_job_is_done_at_once(pool: Pool) -> None:
    assert pool.wait(pool.submit(Job({"function": "planted_target:half"}, [], 1.0))) == []


def test_jobs_of_several_threads_do_not_mix(pool: Pool) -> None:
    def work(offset: int) -> list[Any]:
        return [answer.output for answer in ask(pool, list(range(offset, offset + 40)))]

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(work, [0, 1000, 2000, 3000]))

    assert results == [[n / 2 for n in range(offset, offset + 40)] for offset in (0, 1000, 2000, 3000)]


def test_a_job_does_not_wait_for_the_hanging_item_of_another_while_workers_are_free(pool: Pool) -> None:
    hanging = pool.submit(Job({"function": "planted_target:half"}, ["nap"], 4.0))

    assert ask(pool, [6])[0].output == 3.0

    assert not hanging.done.is_set()
    assert "deadline" in str(pool.wait(hanging)[0].fault)


def test_workers_outlive_the_thread_that_first_asked_for_them(pool: Pool) -> None:
    outputs: list[list[Answer]] = []
    thread = threading.Thread(target=lambda: outputs.append(ask(pool, [0, 1], function="planted_target:pid")))
    thread.start()
    thread.join()

    again = ask(pool, [0, 1], function="planted_target:pid")

    known = {answer.output for answer in outputs[0]}
    assert known & {answer.output for answer in again}


def test_a_pool_ends_only_when_it_has_read_that_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    # One that ended before would close the pipe that the word still has to be written to.
    before = set(threading.enumerate())
    pool = Pool(1)
    (thread,) = set(threading.enumerate()) - before
    written: list[tuple[int, bytes]] = []
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda *given: written.append(given))
        pool.close()
    assert not pool._closed
    os.write(*written[0])
    thread.join()
    for descriptor in (pool._wake_read, pool._wake_write):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_it_works_inside_a_running_event_loop(pool: Pool) -> None:
    async def main() -> Any:
        direct = ask(pool, [5])[0].output
        return direct, (await asyncio.to_thread(ask, pool, [7]))[0].output

    assert asyncio.run(main()) == (2.5, 3.5)


def test_a_worker_killed_while_idle_is_replaced(pool: Pool) -> None:
    ask(pool, list(range(8)))
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)

    assert_only_lost(ask(pool, list(range(8))), [])


def test_a_nursery_that_was_killed_is_replaced_and_takes_its_workers_along(pool: Pool) -> None:
    ask(pool, list(range(8)))
    before = pids(pool)
    end(pool)
    limit = monotonic() + 30
    while before & pids(pool):
        assert monotonic() < limit
        sleep(0.01)

    assert_only_lost(ask(pool, list(range(8))), [])


def test_a_result_that_names_another_process_ends_nobody_else(pool: Pool) -> None:
    ask(pool, [1])
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    with bystander:
        assert pool._nursery is not None
        busy = next(worker for worker in pool._workers if worker.ready)
        own, busy.pid = busy.pid, bystander.pid
        assert own is not None
        os.kill(own, signal.SIGKILL)
        assert_only_lost(ask(pool, list(range(8))), [])
        assert bystander.poll() is None
        bystander.communicate(b"\n")


def test_a_job_goes_to_the_worker_that_has_its_target(folder: Path) -> None:
    made = Pool(2)
    ask(made, [0.4, 0.4], function="planted_target:slow")
    while len(pids(made)) < 2:
        sleep(0.01)
    first = ask(made, [0], function="planted_target:pid")[0].output
    again = [ask(made, [0], function="planted_target:pid")[0].output for _ in range(4)]
    end(made)
    assert set(again) == {first}


def test_after_a_loss_one_worker_more_than_may_work_is_kept_with_the_imports_of_the_job(folder: Path) -> None:
    made = Pool(1)
    ask(made, list(range(4)))
    assert len(made._workers) == 1
    ask(made, ["leave", 1])
    ask(made, [0.2], function="planted_target:slow")
    limit = monotonic() + 30
    while not any(worker.fresh and worker.targets and worker.job is None for worker in made._workers):
        assert monotonic() < limit
        sleep(0.01)
    assert len(made._workers) == 2
    end(made)


def test_an_idle_worker_that_is_stopped_keeps_nobody_waiting(folder: Path) -> None:
    """A pipe holds 64 KiB: writing more to one that does not read must not hold up the thread of the pool."""
    pool = Pool(1)
    ask(pool, [1])
    (pid,) = pids(pool)
    os.kill(pid, signal.SIGSTOP)

    large = pool.submit(Job({"function": "planted_target:half"}, ["x" * 300_000] * 4, 5.0, batch_timeout=4.0))
    assert_only_lost(ask(pool, list(range(20))), [])
    assert large.done.wait(60)
    assert (Pool.wait(large)[0].fault or "").startswith("batch_deadline")
    end(pool)


def run_script(folder: Path, source: str, *, timeout: float = 90) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(textwrap.dedent(source))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])}
    command = [sys.executable, str(script)]
    return subprocess.run(  # noqa: PLW1510 - what went wrong stands in the output
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=timeout
    )


ASK = """
from vlm_rewards.workers.job import Job
from vlm_rewards.workers.pool import pool

def ask(count=4):
    job = Job({"function": "planted_target:half"}, list(range(count)), 20.0, 60.0)
    return [answer.output for answer in pool().wait(pool().submit(job))]
"""
FOUR = [0.0, 0.5, 1.0, 1.5]


def test_it_works_in_a_script_without_a_main_guard_that_runs_once(folder: Path) -> None:
    done = run_script(folder, ASK + "print('ran', ask())\n")

    assert done.stdout == f"ran {FOUR}\n", done.stderr


def test_a_file_beside_the_script_named_like_a_module_of_python_does_not_break_workers(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "struct.py").write_text("raise SystemExit('the wrong struct')\n")
    program = "import os\n" + ASK + f"os.chdir({str(tmp_path)!r})\nprint(ask())\n"

    assert run_script(folder, program).stdout == f"{FOUR}\n"


def test_it_works_in_a_daemonic_process(folder: Path) -> None:
    program = ASK + textwrap.dedent("""
        import multiprocessing

        def main(results):
            results.put(ask())

        if __name__ == "__main__":
            context = multiprocessing.get_context("fork")
            results = context.Queue()
            process = context.Process(target=main, args=(results,), daemon=True)
            process.start()
            print(results.get(timeout=60), process.daemon)
            process.join()
    """)

    done = run_script(folder, program)

    assert done.stdout == f"{FOUR} True\n", done.stderr


def test_a_fork_has_workers_of_its_own_and_leaves_those_of_its_parent_alone(folder: Path) -> None:
    program = ASK + textwrap.dedent("""
        import os, sys, warnings

        warnings.simplefilter("ignore")
        print(ask(), flush=True)
        child = os.fork()
        if child == 0:
            print(ask(), flush=True)
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), ask(), flush=True)
    """)

    done = run_script(folder, program)

    assert done.stdout == f"{FOUR}\n{FOUR}\n7 {FOUR}\n", done.stderr


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


WORKING = ASK + textwrap.dedent("""
    import json, os, signal, sys, threading, time

    ask()
    pids = [worker.pid for worker in pool()._workers]
    job = pool().submit(Job({"function": "planted_target:half"}, ["spin"], 600.0))
    time.sleep(0.5)
    print(json.dumps(pids), flush=True)
""")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
@pytest.mark.parametrize(
    "end",
    ["", "sys.exit(3)", "os._exit(3)", "os.kill(os.getpid(), signal.SIGKILL)", "raise ValueError"],
    ids=["return", "exit", "_exit", "SIGKILL", "exception"],
)
def test_workers_end_with_their_parent_however_it_ends_and_whatever_they_are_at(folder: Path, end: str) -> None:
    done = run_script(folder, WORKING + end)

    pids = json.loads(done.stdout)
    assert pids
    limit = monotonic() + 10
    while any(map(is_alive, pids)) and monotonic() < limit:
        sleep(0.05)
    left = [pid for pid in pids if is_alive(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []
