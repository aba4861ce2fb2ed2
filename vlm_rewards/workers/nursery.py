"""The process that forks workers: it has imported the core once, so that a worker starts in milliseconds."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence

from vlm_rewards.workers.protocol import WORKER, search_path

#: What it is asked: 0 to fork a worker over the descriptors that come along, or the pid of one to end.
REQUEST = struct.Struct(">I")
#: How that one ended, as `os.waitpid` tells it.
STATUS = struct.Struct(">I")
#: One that takes longer to end a worker is wedged, and ended itself.
ANSWER_SECONDS = 10.0


class Nursery:
    """One process with one thread, a child of the thread that makes it; all its workers end with it."""

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
