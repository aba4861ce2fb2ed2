"""A pool of killable workers, run by one thread of its own.

One long-lived thread starts the workers and watches their deadlines: the kernel ends a worker when the thread that
started it ends, and callers may be threads, event loops or daemonic processes that come and go. A worker that hangs,
dies or answers nonsense costs the item it was working on, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import selectors
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from vlm_rewards.text.messages import explain
from vlm_rewards.worker import MAX_RESULT_BYTES, WORKER

__all__ = ["Answer", "Job", "pool"]

logger = logging.getLogger(__name__)

STARTUP_SECONDS = 120.0
MAX_STARTS_LOST = 3
# A result and the few words around it; a worker that announces more has lost its protocol to a reward.
MAX_MESSAGE_BYTES = MAX_RESULT_BYTES + 1024
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
        items: Its arguments, one call each, as JSON; one that JSON cannot hold fails alone.
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
    sent: list[str] = field(init=False, repr=False)
    todo: deque[int] = field(init=False)
    done: threading.Event = field(init=False, default_factory=threading.Event)
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.answers = [None] * len(self.items)
        self.deadline = float("inf") if self.batch_timeout is None else monotonic() + self.batch_timeout
        self.sent = [""] * len(self.items)
        # Written here, in the caller's thread: in the pool's, a value that cannot be written would end all jobs.
        for index, item in enumerate(self.items):
            try:
                self.sent[index] = json.dumps(item, separators=(",", ":"))
            except Exception as error:  # noqa: BLE001 - the value may be hostile
                self.answers[index] = Answer(fault=f"cannot be sent to a worker: {explain(error)}")
        self.todo = deque(index for index, answer in enumerate(self.answers) if answer is None)
        if not self.todo:
            self.done.set()

    def answer(self, index: int, answer: Answer) -> None:
        """Keep the answer to one item; the last one wakes the caller."""
        if self.answers[index] is None:
            self.answers[index] = answer
            if None not in self.answers:
                self.done.set()


class _Worker:
    """One process, and what it is working on."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(_search_path()), WORKER: "1"}
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter and this package
            [sys.executable, "-P", "-m", "vlm_rewards.worker", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            bufsize=0,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout
        # One that is stopped or wedged neither reads nor writes, and may keep nobody else waiting.
        os.set_blocking(self.input.fileno(), False)
        os.set_blocking(self.output.fileno(), False)
        self.unsent = b""
        self.buffer = bytearray()
        self.job: Job | None = None
        self.indices: list[int] = []
        self.current: int | None = None
        self.started = monotonic()
        self.ready = False  # until it has said so; a process that never gets there is given nothing

    def send(self, job: Job, indices: list[int]) -> None:
        """Give the worker some items, to be written as it reads them."""
        self.job, self.indices, self.current, self.started = job, indices, None, monotonic()
        items = ",".join(job.sent[index] for index in indices)
        around = json.dumps({"target": job.target, "memory": job.memory, "path": _search_path()})
        body = f'{around[:-1]},"items":[{items}]}}'.encode()
        self.unsent = _HEADER.pack(len(body)) + body

    def write(self) -> None:
        """Write what it can take of what is unsent. Raises OSError when it has died."""
        left = memoryview(self.unsent)
        with contextlib.suppress(BlockingIOError):
            while left:
                left = left[os.write(self.input.fileno(), left) :]
        self.unsent = bytes(left)

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the worker has written since. Raises EOFError when it has ended, ValueError for what is no message."""
        ended = False
        while len(self.buffer) <= MAX_MESSAGE_BYTES:  # one that writes without end may not keep this thread
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
        while len(self.buffer) >= _HEADER.size:
            length = _HEADER.unpack_from(self.buffer)[0]
            if length > MAX_MESSAGE_BYTES:
                raise ValueError("too long for a message")
            end = _HEADER.size + length
            if len(self.buffer) < end:
                break
            body = bytes(self.buffer[_HEADER.size : end])
            del self.buffer[:end]
            yield json.loads(body)
        if ended:
            raise EOFError

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


def _search_path() -> list[str]:
    """Where this process finds modules now; `''` is its folder, which `-P` keeps out of a worker's own path."""
    return [str(folder or Path.cwd()) for folder in sys.path]


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
        if job.done.is_set():  # nothing in it, or nothing that can be sent
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
            try:
                self._turn()
            except Exception as error:  # this thread may not end: everybody would wait for ever
                logger.exception("The pool of workers failed; it starts anew.")
                for worker in list(self._workers):
                    self._lose(worker, "the pool failed")
                self._give_up(f"the pool failed: {explain(error)}")

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

    def _write(self, worker: _Worker) -> None:
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

    def _listen(self, worker: _Worker) -> None:
        try:
            for message in worker.messages():
                self._read(worker, message)
        except EOFError:
            self._lose(worker, "the worker died")
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            # A reward can find and write to the pipe of results.
            self._lose(worker, "the worker wrote nonsense where results belong")

    def _read(self, worker: _Worker, message: dict[str, Any]) -> None:
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

    def _lose(self, worker: _Worker, why: str) -> None:
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
            worker = _Worker()
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
