"""One worker process as its parent sees it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from vlm_rewards.workers.job import Job
from vlm_rewards.workers.protocol import HEADER, MAX_MESSAGE_BYTES, WORKER

__all__ = ["STARTUP_SECONDS", "WorkerProcess"]

STARTUP_SECONDS = 120.0


class WorkerProcess:
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
        self.unsent = HEADER.pack(len(body)) + body

    def write(self) -> None:
        """Write what it can take of what is unsent. Raises OSError when it has died."""
        left = memoryview(self.unsent)
        with contextlib.suppress(BlockingIOError):
            while left:
                left = left[os.write(self.input.fileno(), left) :]
        self.unsent = bytes(left)

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the worker has written since. Raises EOFError at its end, ValueError for what is not a message."""
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
        while len(self.buffer) >= HEADER.size:
            length = HEADER.unpack_from(self.buffer)[0]
            if length > MAX_MESSAGE_BYTES:
                raise ValueError("too long for a message")
            end = HEADER.size + length
            if len(self.buffer) < end:
                break
            body = bytes(self.buffer[HEADER.size : end])
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
