"""The worker: a process of its own in which rewards run that may hang, crash or eat memory.

`python -m vlm_rewards.worker` reads jobs from its standard input and writes results to its standard output; both are
kept aside, so that a reward that prints writes to standard error. A job names what to call and brings its items as
JSON. The worker says when it starts each item, which is when the item's deadline begins.

A process contains faults. It is not a sandbox: a pack is code that its user installed.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module, invalidate_caches
from time import perf_counter
from typing import Any, BinaryIO

from vlm_rewards.text.messages import raised, show
from vlm_rewards.types.output import RewardOutput

__all__ = ["Escalation", "escalate", "read_message", "write_message"]

MAX_RESULT_BYTES = 1 << 20
_HEADER = struct.Struct(">I")
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Escalation:
    """A hard item that a reward hands to a worker; the Scorer runs those of a batch together."""

    function: str
    args: Any
    timeout: float

    def __post_init__(self) -> None:
        module, _, name = self.function.partition(":")
        if not (module and name):
            raise ValueError(f"`escalate` needs 'package.module:function', not {show(self.function)}")
        if isinstance(self.timeout, bool) or not isinstance(self.timeout, int | float) or not 0 < self.timeout < 1e9:
            raise ValueError(f"`escalate` needs a timeout in seconds, not {show(self.timeout)}")


def escalate(function: str, *, args: Any, timeout: float) -> Escalation:
    """Let a worker decide a hard case: return this from a reward instead of a score.

    Args:
        function: `package.module:function`; called with `args`, it returns what a reward may return.
        args: Plain JSON values.
        timeout: Seconds until the worker is killed and the item is `failed`.

    >>> escalate("acme.hard:grade", args={"gold": "x"}, timeout=2).timeout
    2
    """
    return Escalation(function, args, timeout)


WORKER = "VLM_REWARDS_WORKER"


def in_worker() -> bool:
    """Whether this process is a worker, where a hard item is decided on the spot."""
    return WORKER in os.environ


def read_message(stream: BinaryIO) -> Any:
    """The next message of a pipe; None at its end."""
    head = stream.read(_HEADER.size)
    if len(head) < _HEADER.size:
        return None
    body = stream.read(_HEADER.unpack(head)[0])
    return json.loads(body)


def write_message(stream: BinaryIO, message: Any) -> None:
    """Write one message: its length, then JSON. Raises TypeError or ValueError for what JSON cannot hold."""
    body = json.dumps(message, separators=(",", ":")).encode("utf-8", "surrogatepass")
    stream.write(_HEADER.pack(len(body)) + body)
    stream.flush()


def main() -> None:
    """Serve jobs until the input ends or the parent dies."""
    parent = int(sys.argv[1])
    _die_with(parent)
    with os.fdopen(os.dup(0), "rb") as jobs, os.fdopen(os.dup(1), "wb") as results:
        os.dup2(2, 1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        sys.stdout = sys.stderr
        write_message(results, {"ready": True})
        while (job := read_message(jobs)) is not None:
            _limit_memory(job["memory"])
            if sys.path != job["path"]:
                sys.path[:] = job["path"]
                invalidate_caches()
            target = json.dumps(job["target"], sort_keys=True)
            _guarded(_callable, target)  # imports and models are start-up, not the first item's time
            for index, item in enumerate(job["items"]):
                write_message(results, {"start": index})
                start = perf_counter()
                result = _run(target, item)
                milliseconds = (perf_counter() - start) * 1000
                write_message(results, {"done": index, "milliseconds": milliseconds} | result)


def _die_with(parent: int) -> None:
    """End when the parent does, also when it is killed (Linux; elsewhere the end of the input does it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _limit_memory(limit: int | None) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = hard if limit is None else limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _run(target: str, item: Any) -> dict[str, Any]:
    return _guarded(lambda: _small(_plain(_callable(target)(item))))


def _guarded(call: Callable[..., Any], *args: Any) -> dict[str, Any]:
    try:
        return {"out": call(*args)}
    except BaseException as error:  # noqa: BLE001 - `sys.exit` in a reward is an outcome too
        return {"error": raised(error)}


def _small(output: Any) -> Any:
    """The output, if JSON can hold it and it is short enough to send."""
    if len(json.dumps(output)) > MAX_RESULT_BYTES:
        raise ValueError(f"returned more than {MAX_RESULT_BYTES} bytes")
    return output


@cache
def _callable(target: str) -> Callable[[Any], Any]:
    described = json.loads(target)
    if "function" in described:
        module, _, name = described["function"].partition(":")
        function: Callable[[Any], Any] = getattr(import_module(module), name)
        return function
    from vlm_rewards.scoring.payload import RemoteTerm

    return RemoteTerm(described)


def _plain(output: Any) -> Any:
    """What a reward returned, as JSON; the parent validates it like any other outcome."""
    if isinstance(output, RewardOutput):
        return output.model_dump(mode="json")
    if output is None or isinstance(output, list) or type(output) in (bool, int, float):
        return output
    if getattr(output, "shape", None) == ():
        return output.item()
    return {"junk": show(output)}


if __name__ == "__main__":
    main()
