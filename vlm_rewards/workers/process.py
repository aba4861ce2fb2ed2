"""One worker process as its parent sees it, and the process that forks workers."""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from vlm_rewards.workers.job import STARTUP_SECONDS, Job
from vlm_rewards.workers.protocol import HEADER, MAX_MESSAGE_BYTES, WORKER, pack_message, search_path

#: What a nursery is asked: 0 to fork a worker over the descriptors that come along, or the pid of one to end.
REQUEST = struct.Struct(">I")
#: How that one ended, as `os.waitpid` tells it.
STATUS = struct.Struct(">I")
#: One that takes longer to end a worker is wedged, and ended itself.
ANSWER_SECONDS = 10.0


class Nursery:
    """A process of one thread that has imported the core: workers fork from it in milliseconds, and end with it."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair()
        self._requests.settimeout(ANSWER_SECONDS)
        # Threads that wait for async items would reserve 64 MiB of address space each, which is limited.
        environment = {"MALLOC_ARENA_MAX": "2", **os.environ, "PYTHONPATH": os.pathsep.join(search_path()), WORKER: "1"}
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - this interpreter and this package
                [sys.executable, "-P", "-m", "vlm_rewards.worker", str(os.getpid())],
                stdin=theirs.fileno(),
                env=environment,
                start_new_session=True,
            )

    def start(self, descriptors: Sequence[int]) -> None:
        """Have a worker forked over copies of these descriptors; where the nursery is gone, they are closed."""
        with contextlib.suppress(OSError):
            socket.send_fds(self._requests, [REQUEST.pack(0)], descriptors)

    def end(self, pid: int | None) -> int:
        """Kill a worker with all it has started, and say how it ended; one not yet known by its pid takes all along."""
        if pid is not None:
            with contextlib.suppress(OSError):
                self._requests.sendall(REQUEST.pack(pid))
                answer = self._requests.recv(STATUS.size, socket.MSG_WAITALL)
                if len(answer) == STATUS.size:
                    return os.waitstatus_to_exitcode(int.from_bytes(answer, "big"))
        self._requests.close()
        self.process.kill()
        return self.process.wait()


#: So many targets a worker keeps set up; the one not used for longest is closed.
KEPT_TARGETS = 4
SLOT_BYTES = 4
#: So many heartbeats in a row that are missing mean that the event loop is blocked.
_BEATS_MISSED = 4


class WorkerProcess:
    """One process, and what it is working on."""

    def __init__(self, nursery: Nursery) -> None:
        self.nursery = nursery
        self.pid: int | None = None  # until it has said that it is ready; one that never does is given nothing
        jobs, self.input = os.pipe()
        self.output, results = os.pipe()
        self.slot = _shared_memory()  # the number of the async item whose step runs, also when nobody can tell any more
        nursery.start([jobs, results, self.slot])
        os.close(jobs)
        os.close(results)
        # One that is stopped or wedged neither reads nor writes, and may keep nobody else waiting.
        os.set_blocking(self.input, False)
        os.set_blocking(self.output, False)
        self.unsent = pack_message({"environment": dict(os.environ), "folder": str(Path.cwd())})
        self.buffer = bytearray()
        self.job: Job | None = None
        self.indices: list[int] = []  # of the items it was given
        self.pending: set[int] = set()  # those without a result
        self.running: dict[int, float] = {}  # those it has begun, with when
        self.is_set = False  # whether the target is set up, or the worker started
        self.fresh = True  # until it has worked on an item
        self.grown = False  # whether it ran out of memory
        self.targets: deque[Any] = deque(maxlen=KEPT_TARGETS)
        self.started = self.heard = monotonic()  # when it was given what it is at; when its event loop last beat

    @property
    def ready(self) -> bool:
        """Whether it can be given items."""
        return self.pid is not None

    def send(self, job: Job, indices: list[int]) -> None:
        """Give the worker some items, to be written as it reads them; without any, it imports the target."""
        self.job, self.indices, self.pending, self.running = job, indices, set(indices), {}
        self.is_set, self.started, self.heard = False, monotonic(), monotonic()
        self.fresh = self.fresh and not indices
        if job.target in self.targets:
            self.targets.remove(job.target)
        self.targets.append(job.target)
        items = ",".join(job.sent[index] for index in indices)
        named = {"target": job.target, "memory": job.memory, "path": search_path(), "context": job.context}
        around = json.dumps({**named, "together": job.together, "beat": self._beat()})
        body = f'{around[:-1]},"items":[{items}]}}'.encode()
        self.unsent += HEADER.pack(len(body)) + body

    def write(self) -> None:
        """Write what it can take of what is unsent. Raises OSError when it has died."""
        left = memoryview(self.unsent)
        with contextlib.suppress(BlockingIOError):
            while left:
                left = left[os.write(self.input, left) :]
        self.unsent = bytes(left)

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the worker has written since. Raises EOFError at its end, ValueError for what is not a message."""
        ended = False
        while len(self.buffer) <= MAX_MESSAGE_BYTES:  # one that writes without end may not keep this thread
            try:
                chunk = os.read(self.output, 1 << 16)
            except BlockingIOError:
                break
            except OSError:
                chunk = b""
            if not chunk:
                ended = True
                break
            self.buffer += chunk
        while len(self.buffer) >= HEADER.size:
            length = HEADER.unpack_from(self.buffer)[0]
            if length > MAX_MESSAGE_BYTES:
                raise ValueError("too long for a message")
            end = HEADER.size + length
            if len(self.buffer) < end:
                break
            body = self.buffer[HEADER.size : end].decode()
            del self.buffer[:end]
            yield json.loads(body)
        if ended:
            raise EOFError

    def unanswered(self) -> list[int]:
        """The items it has begun that still have time."""
        return [] if self.job is None else [index for index in self.running if self.job.answers[index] is None]

    def lingers(self) -> bool:
        """Whether all it does is too late."""
        return self.job is not None and bool(self.running) and not self.unanswered()

    def is_blocked(self, now: float) -> bool:
        """Whether its event loop has been silent for a while."""
        return self.job is not None and self.job.together > 0 and now - self.heard > _BEATS_MISSED * self._beat()

    def due(self) -> float:
        """When it must have answered next."""
        job, now = self.job, monotonic()
        if job is None:
            return float("inf") if self.ready else self.started + STARTUP_SECONDS
        if not self.is_set:
            due = self.started + job.startup
        elif self.lingers():
            due = max(self.running.values()) + 2 * job.timeout  # it may still end, and be there for the next job
        elif not self.running:
            due = self.started + STARTUP_SECONDS
        else:
            due = min(self.running[index] for index in self.unanswered()) + job.timeout
            if due <= now and self.is_blocked(now):  # whoever blocks the loop is found when it has had its time
                due = self.heard + job.timeout
        return min(due, job.deadline)

    def overdue(self, now: float) -> str | None:
        """Why it is to be ended when it is past due; None where only some of its items are late."""
        job = self.job
        if job is None:
            return f"start-up took over {STARTUP_SECONDS:g} s"
        if job.deadline <= now:
            return "batch_deadline"
        if not self.is_set:
            return f"start-up (imports and set-up) took over {job.startup:g} s"
        if self.is_blocked(now):
            return f"deadline: the event loop was blocked for {job.timeout:g} s"
        if job.together and self.unanswered():
            return None
        return f"deadline: {job.timeout:g} s are over"

    def culprit(self) -> int | None:
        """The one item it has begun that runs at this moment, if that is known."""
        if self.job is None or not self.job.together:
            return next(iter(self.running), None)
        place = int.from_bytes(os.pread(self.slot, SLOT_BYTES, 0), sys.byteorder) - 1
        return self.indices[place] if 0 <= place < len(self.indices) and self.indices[place] in self.running else None

    def kill(self) -> str:
        """End it for good; says how it ended."""
        code = self.nursery.end(self.pid)
        for descriptor in (self.input, self.output, self.slot):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _beat(self) -> float:
        """Seconds between two heartbeats of an event loop."""
        return 0.25 if self.job is None else min(0.25, self.job.timeout / (2 * _BEATS_MISSED))


def _shared_memory() -> int:
    """A descriptor of memory that processes can share."""
    with tempfile.TemporaryFile() as file:
        shared = os.memfd_create("step") if hasattr(os, "memfd_create") else os.dup(file.fileno())
    os.truncate(shared, SLOT_BYTES)
    return shared
