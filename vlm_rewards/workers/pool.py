"""A pool of killable workers, run by one thread of its own.

One long-lived thread starts the workers and watches their deadlines: the kernel ends a worker when the thread that
started it ends, and callers may be threads, event loops or daemonic processes that come and go. A worker that hangs,
dies or answers nonsense costs the item it was working on, and nothing else.
"""

import contextlib
import logging
import os
import queue
import selectors
import threading
from dataclasses import asdict
from time import monotonic
from typing import Any

from vlm_rewards.text.messages import explain
from vlm_rewards.workers.job import STARTUP_SECONDS, Answer, Job
from vlm_rewards.workers.process import Nursery, WorkerProcess

logger = logging.getLogger(__name__)

MAX_STARTS_LOST = 3


class Pool:
    """Workers for jobs from any thread, `size` of which may work at a time."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._nursery: Nursery | None = None
        self._workers: list[WorkerProcess] = []
        self._open: list[Job] = []
        self._lost_starts = 0
        self._lossy: Job | None = None  # the last one that lost a worker
        self._closed = False
        threading.Thread(target=self._run, name="vlm-rewards-workers", daemon=True).start()

    def submit(self, job: Job) -> Job:
        """Hand in a job without waiting for it."""
        if job.done.is_set():  # nothing in it, or nothing that can be sent
            return job
        self._jobs.put(job)
        os.write(self._wake_write, b"x")
        return job

    def close(self) -> None:
        """End the workers and the thread; nothing may be handed in any more."""
        os.write(self._wake_write, b"c")  # the thread closes the pipe when it has read this

    @staticmethod
    def wait(job: Job) -> list[Answer]:
        """The answers of a job, one per item."""
        job.done.wait()
        return [answer or Answer(fault="no answer") for answer in job.answers]

    def _run(self) -> None:
        while not self._closed:
            try:
                self._turn()
            except Exception as error:  # this thread may not end: everybody would wait for ever
                logger.exception("The pool of workers failed; it starts anew.")
                for worker in list(self._workers):
                    self._lose(worker, "the pool failed")
                self._give_up(f"the pool failed: {explain(error)}")
        for worker in list(self._workers):
            self._lose(worker, "the pool was closed")
        if self._nursery is not None:
            self._nursery.end(None)
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _turn(self) -> None:
        due = min((worker.due() for worker in self._workers), default=float("inf"))
        due = min([due, *(job.deadline for job in self._open)])
        timeout = None if due == float("inf") else max(0.0, due - monotonic())
        events = self._selector.select(timeout)
        readable = {key.data for key, mask in events if mask & selectors.EVENT_READ}
        writable = {key.data for key, mask in events if mask & selectors.EVENT_WRITE}
        with contextlib.suppress(BlockingIOError):
            while told := os.read(self._wake_read, 4096):
                self._closed = self._closed or b"c" in told
        with contextlib.suppress(queue.Empty):
            while True:
                self._open.append(self._jobs.get_nowait())
        for worker in [worker for worker in self._workers if worker in readable]:
            self._listen(worker)
        for worker in [worker for worker in self._workers if worker in writable]:
            self._write(worker)
        self._enforce_deadlines()
        self._open = [job for job in self._open if not job.done.is_set()]
        self._hand_out()
        self._keep_spare()

    def _write(self, worker: WorkerProcess) -> None:
        waited = worker.input in self._selector.get_map()
        try:
            worker.write()
        except OSError:
            self._lose(worker, "the worker died")
            return
        if worker.unsent and not waited:
            self._selector.register(worker.input, selectors.EVENT_WRITE, worker)
        elif waited and not worker.unsent:
            self._selector.unregister(worker.input)

    def _listen(self, worker: WorkerProcess) -> None:
        try:
            for message in worker.messages():
                self._read(worker, message)
        except EOFError:
            self._lose(worker, "the worker died")
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            # A reward can find and write to the pipe of results.
            self._lose(worker, "the worker wrote nonsense where results belong")

    def _read(self, worker: WorkerProcess, message: dict[str, Any]) -> None:
        now = monotonic()
        job = worker.job
        if "ready" in message and not worker.ready:
            worker.pid, self._lost_starts = message["ready"], 0
        if job is None:
            return
        if "beat" in message:
            worker.heard = now
        elif "broken" in message:
            worker.job = self._lossy = None
            worker.targets.remove(job.target)
            job.fail(message["broken"])
        elif "set" in message:
            worker.is_set, worker.started, worker.heard = True, now, now
            if not worker.indices:
                worker.job = None
        else:
            if "done" in message:
                self._read_result(worker, job, message)
            elif "start" not in message:
                raise ValueError("not a message")
            if "start" in message and worker.job is job:
                worker.running[worker.indices[message["start"]]] = now

    def _read_result(self, worker: WorkerProcess, job: Job, message: dict[str, Any]) -> None:
        index = worker.indices[message["done"]]
        if index not in worker.running:
            raise ValueError("a result for another item")
        del worker.running[index]
        worker.started = monotonic()
        worker.pending.discard(index)
        answer = Answer(message.get("out"), message.get("error"), float(message["milliseconds"]))
        if "memory" in message:
            # What others left in this process may have filled it: it has had its time, and the item is tried without.
            worker.grown = True
            job.try_again(index, answer, alone=True)
        else:
            job.answer(index, answer)
        if not worker.pending:
            worker.job = None
        if worker.grown and not worker.running:
            self._lose(worker, "the worker is out of memory", blame=False)

    def _lose(self, worker: WorkerProcess, why: str, *, blame: bool = True, late: bool = False) -> None:
        """A worker is gone: its item fails, and what it had not started goes back."""
        if worker not in self._workers:
            return
        self._workers.remove(worker)
        self._selector.unregister(worker.output)
        if worker.input in self._selector.get_map():
            self._selector.unregister(worker.input)
        job, culprit = worker.job, worker.culprit()
        worker.job, how = None, worker.kill()
        if not worker.ready:
            self._lost_starts += 1
            if self._lost_starts >= MAX_STARTS_LOST:
                self._give_up(f"no worker can be started ({how}); see standard error")
        if job is None:
            return
        # A spare that dies of imports is not tried again.
        self._lossy = job if worker.indices and worker.is_set else None
        if not worker.is_set and worker.indices:
            # One may have died while it was idle, and all of them; one that hangs shows what the others would do.
            job.starts_lost += 1
            if late or job.starts_lost > self.size + 1:
                job.fail(f"{why} ({how})")
        elif blame:
            self._blame(worker, job, culprit, f"{why} ({how})")
        back = [index for index in worker.indices if index in worker.pending and job.answers[index] is None]
        job.todo.extendleft(reversed(back))

    def _blame(self, worker: WorkerProcess, job: Job, culprit: int | None, fault: str) -> None:
        """Fail the item that took its worker along; where nobody knows which, all that ran are tried once more."""
        running = [index for index in worker.running if job.answers[index] is None]
        if culprit is None and not running:  # lost between items: blame the next one, or it never ends
            culprit = next((index for index in worker.indices if job.answers[index] is None), None)
        if culprit is not None:
            since = worker.running.get(culprit, worker.started)
            job.answer(culprit, Answer(fault=fault, milliseconds=(monotonic() - since) * 1000))
            return
        for index in running:
            worker.pending.discard(index)
            job.try_again(index, Answer(fault=f"{fault}, twice"))

    def _give_up(self, why: str) -> None:
        self._lost_starts = 0
        for job in self._open:
            for index in [*job.todo, *job.alone]:
                job.answer(index, Answer(fault=why))
            job.todo.clear()
            job.alone.clear()

    def _enforce_deadlines(self) -> None:
        now = monotonic()
        for worker in list(self._workers):
            if worker.due() > now:
                continue
            why = worker.overdue(now)
            if why is None:
                self._pass_late(worker, now)
            else:
                self._lose(worker, why, blame=not worker.lingers(), late=True)
        for job in self._open:
            if job.deadline <= now:
                job.fail("batch_deadline")

    def _pass_late(self, worker: WorkerProcess, now: float) -> None:
        """Fail the items whose time is over; their neighbours go on, and nobody waits for a cancellation."""
        job = worker.job
        assert job is not None
        for index in worker.unanswered():
            elapsed = now - worker.running[index]
            if elapsed >= job.timeout:
                job.answer(index, Answer(fault=f"deadline: {job.timeout:g} s are over", milliseconds=elapsed * 1000))
        if worker.lingers() and len(worker.running) >= job.together:
            self._lose(worker, "late items take all places", blame=False)

    def _hand_out(self) -> None:
        for job in self._open:
            while job.wanted():
                worker = self._free(job)
                if worker is None:
                    # Busy ones do not count: they may be at an item that hangs until its deadline.
                    while len(self._workers) < self.size and self._starting() < job.wanted():
                        if not self._start():
                            return
                    break
                worker.send(job, job.share(self.size, fresh=worker.fresh))
                self._write(worker)

    def _free(self, job: Job) -> WorkerProcess | None:
        """The best worker for a job that has nothing to do, if one may work now."""
        late = [worker for worker in self._workers if worker.lingers() and worker.job and worker.job.done.is_set()]
        busy = sum(worker.job is not None and bool(worker.indices) for worker in self._workers) - len(late)
        if busy >= self.size:
            return None
        free = [worker for worker in self._workers if worker.ready and worker.job is None]
        fit = [worker for worker in free if worker.fresh or job.todo]
        if fit:
            return max(fit, key=lambda worker: (worker.fresh and bool(job.alone), job.target in worker.targets))
        # Nobody is free, or nobody fresh for what is to be tried alone: one makes room.
        if self._workers and not self._starting() and len(self._workers) >= self.size:
            for worker in (late or free)[:1]:
                self._lose(worker, "made room", blame=False)
        return None

    def _keep_spare(self) -> None:
        """Once a worker was lost, keep one more than may work, with the imports of its target: the next costs less."""
        if self._lossy is None:
            return
        spare = next((worker for worker in self._workers if worker.job is None), None)
        if spare is None:
            if len(self._workers) <= self.size:
                self._start()
        elif spare.ready and not spare.targets:
            lossy = self._lossy
            spare.send(Job(lossy.target, [], lossy.timeout, memory=lossy.memory, startup=lossy.startup), [])
            self._write(spare)

    def _starting(self) -> int:
        return sum(not worker.ready for worker in self._workers)

    def _start(self) -> bool:
        try:
            if self._nursery is None or self._nursery.process.poll() is not None:
                self._nursery = Nursery()
            worker = WorkerProcess(self._nursery)
        except OSError as error:  # no memory, processes or descriptors left
            self._give_up(f"no worker can be started: {explain(error)}")
            return False
        self._workers.append(worker)
        self._selector.register(worker.output, selectors.EVENT_READ, worker)
        self._write(worker)
        return True


_pools: dict[int, Pool] = {}  # by process: a fork inherits the dict, but neither thread nor workers
_lock = threading.Lock()


def pool() -> Pool:
    """The pool of this process: min(cores / processes on this machine, 4) workers, started when first needed."""
    with _lock:
        mine = _pools.get(os.getpid())
        if mine is None:
            ranks = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
            mine = _pools[os.getpid()] = Pool(max(1, min((os.cpu_count() or 1) // ranks, 4)))
        return mine


#: What answers in a worker.
TARGET = {"function": "vlm_rewards.describe:answer"}


def ask(question: str, pack: Any, *, seconds: float = STARTUP_SECONDS, alone: bool = False, **facts: Any) -> Any:
    """The answer to a question of `describe.py` about a pack, its import included, with what it needs to know as JSON.

    It may take so many `seconds`. `alone` asks a worker of its own, which no other pack was imported into, and not the
    pool. Raises RuntimeError where there is no answer, with the reason: the worker died, hung or raised.
    """
    job = Job(TARGET, [{"question": question, "pack": asdict(pack), **facts}], seconds)
    asked = Pool(1) if alone else pool()
    (answer,) = asked.wait(asked.submit(job))
    if alone:
        asked.close()
    if answer.fault is not None:
        raise RuntimeError(answer.fault)
    return answer.output[0]
