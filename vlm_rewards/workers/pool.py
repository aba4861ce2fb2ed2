"""A pool of killable workers, run by one thread of its own.

One long-lived thread starts the workers and watches their deadlines: the kernel ends a worker when the thread that
started it ends, and callers may be threads, event loops or daemonic processes that come and go. A worker that hangs,
dies or answers nonsense costs the item it was working on, and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import selectors
import threading
from time import monotonic
from typing import Any

from vlm_rewards.text.messages import explain
from vlm_rewards.workers.job import Answer, Job
from vlm_rewards.workers.process import STARTUP_SECONDS, WorkerProcess

__all__ = ["Pool", "pool"]

logger = logging.getLogger(__name__)

MAX_STARTS_LOST = 3


class Pool:
    """Workers for jobs from any thread.

    Args:
        size: How many workers may run at a time.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._workers: list[WorkerProcess] = []
        self._open: list[Job] = []
        self._lost_starts = 0
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
        self._closed = True
        os.write(self._wake_write, b"x")

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
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _turn(self) -> None:
        due = min((worker.deadline() for worker in self._workers), default=float("inf"))
        due = min([due, *(job.deadline for job in self._open)])
        timeout = None if due == float("inf") else max(0.0, due - monotonic())
        events = self._selector.select(timeout)
        readable = {key.data for key, mask in events if mask & selectors.EVENT_READ}
        writable = {key.data for key, mask in events if mask & selectors.EVENT_WRITE}
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake_read, 4096):
                pass
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
        if "ready" in message:
            worker.ready, self._lost_starts = True, 0
        if job is None:
            return
        if "start" in message:
            worker.current, worker.started = worker.indices[message["start"]], now
            return
        index = worker.indices[message["done"]]
        if index != worker.current:
            raise ValueError("a result for another item")
        job.answer(index, Answer(message.get("out"), message.get("error"), float(message["milliseconds"])))
        worker.current, worker.started = None, now
        if message["done"] == len(worker.indices) - 1:
            worker.job = None

    def _lose(self, worker: WorkerProcess, why: str) -> None:
        """A worker is gone: its item fails, and what it had not started goes back."""
        self._workers.remove(worker)
        self._selector.unregister(worker.output)
        if worker.input in self._selector.get_map():
            self._selector.unregister(worker.input)
        how = worker.kill()
        if not worker.ready:
            self._lost_starts += 1
            if self._lost_starts >= MAX_STARTS_LOST:
                self._give_up(f"no worker can be started ({how}); see standard error")
        job, current = worker.job, worker.current
        if job is None:
            return
        if current is None:  # lost between items, while importing its target: blame the next one, or it never ends
            current = next((index for index in worker.indices if job.answers[index] is None), worker.indices[-1])
        elapsed = (monotonic() - worker.started) * 1000
        job.answer(current, Answer(fault=f"{why} ({how})", milliseconds=elapsed))
        job.todo.extendleft(index for index in reversed(worker.indices) if job.answers[index] is None)

    def _give_up(self, why: str) -> None:
        self._lost_starts = 0
        for job in self._open:
            for index in job.todo:
                job.answer(index, Answer(fault=why))
            job.todo.clear()

    def _enforce_deadlines(self) -> None:
        now = monotonic()
        for worker in list(self._workers):
            if worker.deadline() > now:
                continue
            if worker.job is not None and worker.job.deadline <= now:
                self._lose(worker, "batch_deadline")
            elif worker.job is None or worker.current is None:
                self._lose(worker, f"start-up took over {STARTUP_SECONDS:g} s")
            else:
                self._lose(worker, f"deadline: {worker.job.timeout:g} s are over")
        for job in self._open:
            if job.deadline <= now:
                for index in range(len(job.items)):
                    job.answer(index, Answer(fault="batch_deadline"))
                job.todo.clear()

    def _hand_out(self) -> None:
        for job in self._open:
            while job.todo:
                worker = next((worker for worker in self._workers if worker.ready and worker.job is None), None)
                if worker is None:
                    # Busy ones do not count: they may be at an item that hangs until its deadline.
                    while len(self._workers) < self.size and self._starting() < len(job.todo):
                        if not self._start():
                            return
                    return
                share = max(1, min(32, len(job.todo) // (2 * self.size)))
                indices = [job.todo.popleft() for _ in range(min(share, len(job.todo)))]
                worker.send(job, indices)
                self._write(worker)

    def _starting(self) -> int:
        return sum(not worker.ready for worker in self._workers)

    def _start(self) -> bool:
        try:
            worker = WorkerProcess()
        except OSError as error:  # no memory, processes or descriptors left
            self._give_up(f"no worker can be started: {explain(error)}")
            return False
        self._workers.append(worker)
        self._selector.register(worker.output, selectors.EVENT_READ, worker)
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
