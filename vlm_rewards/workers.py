"""A pool of killable workers, run by one thread of its own.

One long-lived thread starts the workers and watches their deadlines: the kernel ends a worker when the thread that
started it ends, and callers may be threads, event loops or daemonic processes that come and go. A worker that hangs,
dies or answers nonsense costs the item it was working on, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import selectors
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from vlm_rewards.isolation import WORKER

__all__ = ["Answer", "Job", "pool"]

STARTUP_SECONDS = 120.0
MAX_STARTS_LOST = 3
_HEADER = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one item: its output, or the fault that took it; and its milliseconds."""

    output: Any = None
    fault: str | None = None
    milliseconds: float = 0.0


@dataclass(slots=True)
class Job:
    """Items for one target.

    Args:
        target: What a worker calls, as JSON.
        items: Its arguments, one call each, as JSON.
        timeout: Seconds that one item may take from its start.
        batch_timeout: Seconds that the whole job may take; what is left then fails with `batch_deadline`.
        memory: Address space of a worker in bytes; None for no limit.
    """

    target: Any
    items: Sequence[Any]
    timeout: float
    batch_timeout: float | None = None
    memory: int | None = None
    answers: list[Answer | None] = field(init=False)
    todo: deque[int] = field(init=False)
    done: threading.Event = field(init=False, default_factory=threading.Event)
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.answers = [None] * len(self.items)
        self.todo = deque(range(len(self.items)))
        self.deadline = float("inf") if self.batch_timeout is None else monotonic() + self.batch_timeout

    def answer(self, index: int, answer: Answer) -> None:
        """Keep the answer to one item; the last one wakes the caller."""
        if self.answers[index] is None:
            self.answers[index] = answer
            if None not in self.answers:
                self.done.set()


class _Worker:
    """One process, and what it is working on."""

    def __init__(self) -> None:
        path = os.pathsep.join(folder for folder in sys.path if folder)
        environment = {**os.environ, "PYTHONPATH": path, WORKER: "1"}
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter and this package
            [sys.executable, "-m", "vlm_rewards.isolation", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout
        os.set_blocking(self.output.fileno(), False)
        self.buffer = bytearray()
        self.job: Job | None = None
        self.indices: list[int] = []
        self.current: int | None = None
        self.started = monotonic()
        self.ready = False  # until it has said so; a process that never gets there is given nothing

    def send(self, job: Job, indices: list[int]) -> None:
        """Give the worker some items. Raises OSError when it has died."""
        self.job, self.indices, self.current, self.started = job, indices, None, monotonic()
        message = {"target": job.target, "items": [job.items[i] for i in indices], "memory": job.memory}
        body = json.dumps(message, separators=(",", ":")).encode()
        self.input.write(_HEADER.pack(len(body)) + body)
        self.input.flush()

    def messages(self) -> list[dict[str, Any]] | None:
        """What the worker has written since; None when it has ended."""
        ended = False
        while True:
            try:
                chunk = os.read(self.output.fileno(), 1 << 16)
            except BlockingIOError:
                break
            except OSError:
                ended = True
                break
            if not chunk:
                ended = True
                break
            self.buffer += chunk
        found = []
        while len(self.buffer) >= _HEADER.size:
            length = _HEADER.unpack_from(self.buffer)[0]
            end = _HEADER.size + length
            if len(self.buffer) < end:
                break
            found.append(json.loads(bytes(self.buffer[_HEADER.size : end])))
            del self.buffer[:end]
        return found if found or not ended else None

    def deadline(self) -> float:
        """When it must have answered next."""
        if self.job is None:
            return float("inf") if self.ready else self.started + STARTUP_SECONDS
        allowed = self.job.timeout if self.current is not None else STARTUP_SECONDS
        return min(self.started + allowed, self.job.deadline)

    def kill(self) -> str:
        """End it for good; says how it ended."""
        with contextlib.suppress(OSError):
            self.process.kill()
        code = self.process.wait()
        for pipe in (self.input, self.output):
            with contextlib.suppress(OSError):
                pipe.close()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


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
        self._workers: list[_Worker] = []
        self._open: list[Job] = []
        self._lost_starts = 0
        threading.Thread(target=self._run, name="vlm-rewards-workers", daemon=True).start()

    def submit(self, job: Job) -> Job:
        """Hand in a job without waiting for it."""
        if not job.items:
            job.done.set()
            return job
        self._jobs.put(job)
        os.write(self._wake_write, b"x")
        return job

    @staticmethod
    def wait(job: Job) -> list[Answer]:
        """The answers of a job, one per item."""
        job.done.wait()
        return [answer or Answer(fault="no answer") for answer in job.answers]

    def _run(self) -> None:
        while True:
            due = min((worker.deadline() for worker in self._workers), default=float("inf"))
            due = min([due, *(job.deadline for job in self._open)])
            timeout = None if due == float("inf") else max(0.0, due - monotonic())
            ready = {key.data for key, _ in self._selector.select(timeout)}
            with contextlib.suppress(BlockingIOError):
                while os.read(self._wake_read, 4096):
                    pass
            with contextlib.suppress(queue.Empty):
                while True:
                    self._open.append(self._jobs.get_nowait())
            for worker in [worker for worker in self._workers if worker in ready]:
                self._listen(worker)
            self._enforce_deadlines()
            self._open = [job for job in self._open if not job.done.is_set()]
            self._hand_out()

    def _listen(self, worker: _Worker) -> None:
        try:
            messages = worker.messages()
        except ValueError:
            messages = None
        if messages is None:
            self._lose(worker, "the worker died")
            return
        job = worker.job
        for message in messages:
            now = monotonic()
            if "ready" in message:
                worker.ready, self._lost_starts = True, 0
            if job is None:
                continue
            if "start" in message:
                worker.current, worker.started = worker.indices[message["start"]], now
                continue
            elapsed = (now - worker.started) * 1000
            job.answer(worker.indices[message["done"]], Answer(message.get("out"), message.get("error"), elapsed))
            worker.current, worker.started = None, now
            if message["done"] == len(worker.indices) - 1:
                worker.job = None

    def _lose(self, worker: _Worker, why: str) -> None:
        """A worker is gone: its item fails, and what it had not started goes back."""
        self._workers.remove(worker)
        self._selector.unregister(worker.output)
        how = worker.kill()
        if not worker.ready:
            self._lost_starts += 1
            if self._lost_starts >= MAX_STARTS_LOST:
                self._give_up(f"no worker can be started ({how}); see standard error")
        job, current = worker.job, worker.current
        if job is None:
            return
        if current is None:  # lost between items, while importing its target: blame the next one, or it never ends
            current = next(index for index in worker.indices if job.answers[index] is None)
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
            if worker.job is None or worker.current is None:
                self._lose(worker, f"start-up took over {STARTUP_SECONDS:g} s")
            elif worker.job.deadline > now:
                self._lose(worker, f"deadline: {worker.job.timeout:g} s are over")
            else:
                self._lose(worker, "batch_deadline")
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
                    while len(self._workers) < min(self.size, len(job.todo)):
                        self._start()
                    return
                share = max(1, min(32, len(job.todo) // (2 * self.size)))
                indices = [job.todo.popleft() for _ in range(min(share, len(job.todo)))]
                try:
                    worker.send(job, indices)
                except OSError:
                    self._lose(worker, "the worker died")

    def _start(self) -> None:
        worker = _Worker()
        self._workers.append(worker)
        self._selector.register(worker.output, selectors.EVENT_READ, worker)


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
