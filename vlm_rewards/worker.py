"""The worker: a process of its own in which rewards run that may hang, crash or eat memory.

`python -m vlm_rewards.worker` is a nursery: it imports the core and forks a worker whenever its parent asks. A worker
reads jobs and writes results over pipes of its own; what a reward prints goes to standard error. A job names what to
call and brings its items as JSON. The worker says when it has set up the target, and when it starts each item, which is
when the item's deadline begins.

A process contains faults. It is not a sandbox: a pack is code that its user installed.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module, invalidate_caches
from time import perf_counter
from typing import Any

from vlm_rewards.loading.load import load_scorer
from vlm_rewards.scoring.binding import ColumnReader
from vlm_rewards.scoring.payload import read_call
from vlm_rewards.scoring.plain import read_context
from vlm_rewards.text.messages import explain, raised, show
from vlm_rewards.types.output import RewardOutput
from vlm_rewards.workers.process import KEPT_TARGETS, REQUEST, STATUS
from vlm_rewards.workers.protocol import MAX_RESULT_BYTES, WORKER, read_message, write_message
from vlm_rewards.workers.together import Together, running

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Fork a worker whenever the parent asks, and end those that it names, until the parent ends."""
    _die_with(int(sys.argv[1]))
    nursery, workers = os.getpid(), set[int]()
    with socket.socket(fileno=os.dup(0)) as requests:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        while True:
            request, descriptors, *_ = socket.recv_fds(requests, REQUEST.size, 3)
            if len(request) < REQUEST.size:
                return
            (pid,) = REQUEST.unpack(request)
            if pid == 0:
                workers.add(_forked(nursery, requests, descriptors))
            else:
                requests.sendall(STATUS.pack(_ended(pid, workers)))
            for descriptor in descriptors:
                os.close(descriptor)


def _forked(nursery: int, requests: socket.socket, descriptors: Sequence[int]) -> int:
    """The pid of a new worker."""
    pid = os.fork()
    if pid == 0:
        try:
            _die_with(nursery)
            os.setsid()  # what it sends to its group reaches nobody else
            requests.close()
            _Worker(*descriptors).serve()
        finally:
            os._exit(0)
    return pid


def _ended(pid: int, workers: set[int]) -> int:
    """How a worker ended, with all that it started; no other process is touched, whatever a reward made it say."""
    if pid not in workers:
        return 0
    workers.remove(pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _die_with(parent: int) -> None:
    """End when the parent does, also when it is killed (Linux; elsewhere the end of the input does it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


class _Worker:
    """Works off jobs until there are no more; the targets of the last few stay set up."""

    def __init__(self, jobs: int, results: int, slot: int) -> None:
        self._jobs, self._results, self._slot = os.fdopen(jobs, "rb"), os.fdopen(results, "wb"), slot
        self._lock = threading.Lock()
        self._targets: OrderedDict[str, RemoteTerm] = OrderedDict()

    def serve(self) -> None:
        """Work until the input ends."""
        given = read_message(self._jobs)
        os.environ.clear()
        os.environ.update(given["environment"], **{WORKER: "1"})
        with contextlib.suppress(OSError):
            os.chdir(given["folder"])
        self._say({"ready": os.getpid()})
        while (job := read_message(self._jobs)) is not None:
            self._work(job)

    def _say(self, message: dict[str, Any]) -> None:
        with self._lock:
            write_message(self._results, message)

    def _work(self, job: Mapping[str, Any]) -> None:
        _limit_memory(job["memory"])
        if sys.path != job["path"]:
            sys.path[:] = job["path"]
            invalidate_caches()
        items = job["items"]
        try:
            call = self._target(job["target"])
        except BaseException as error:  # noqa: BLE001 - a module may raise anything while it is imported
            self._say({"broken": raised(error)})
            return
        if items and isinstance(call, RemoteTerm):
            try:
                call.set_up(job["context"])
            except BaseException as error:  # noqa: BLE001 - as above
                self._say({"broken": f"could not be set up: {explain(error)}"})
                return
        self._say({"set": True})

        def done(place: int) -> dict[str, Any]:
            start = perf_counter()
            result = _guarded(call, items[place])
            return {"done": place, "milliseconds": (perf_counter() - start) * 1000} | result

        if items and job["together"]:
            together = Together(running(), self._slot, self._say)
            together.run(done, len(items), at_a_time=job["together"], beat=job["beat"])
            return
        said: dict[str, Any] = {}
        for place in range(len(items)):
            self._say(said | {"start": place})  # with the result before it: each message wakes the parent
            said = done(place)
        if said:
            self._say(said)

    def _target(self, described: Mapping[str, Any]) -> Callable[[Any], Any]:
        """What a job calls; the one not used for longest makes room for a new one."""
        if "function" in described:  # which has nothing to set up
            module, _, name = described["function"].partition(":")
            function: Callable[[Any], Any] = getattr(import_module(module), name)
            return function
        key = json.dumps(described, sort_keys=True)
        call = self._targets.get(key) or RemoteTerm(described)
        self._targets[key] = call
        self._targets.move_to_end(key)
        if len(self._targets) > KEPT_TARGETS:
            self._targets.popitem(last=False)[1].scorer.close()
        return call


def _limit_memory(limit: int | None) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = hard if limit is None else limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _guarded(call: Callable[[Any], Any], item: Any) -> dict[str, Any]:
    try:
        return {"out": _small(_to_json(call(item)))}
    except MemoryError as error:  # whose memory it is nobody knows, if other items ran in this process
        return {"error": raised(error), "memory": True}
    except BaseException as error:  # noqa: BLE001 - `sys.exit` in a reward is an outcome too
        return {"error": raised(error)}


def _small(output: Any) -> Any:
    """The output, if JSON can hold it and it is short enough to send."""
    if len(json.dumps(output)) > MAX_RESULT_BYTES:
        raise ValueError(f"returned more than {MAX_RESULT_BYTES} bytes")
    return output


def _to_json(output: Any) -> Any:
    """What a reward returned, as JSON; the parent validates it like any other outcome."""
    if isinstance(output, RewardOutput):
        return output.model_dump(mode="json")
    if output is None or isinstance(output, list) or type(output) in (bool, int, float):
        return output
    if getattr(output, "shape", None) == ():
        return output.item()
    return {"junk": show(output)}


class OutputReader(ColumnReader):
    """Reads outcomes of another term that travelled as JSON; they are handed on as they were, None included."""

    def __init__(self, reader: ColumnReader) -> None:
        self.parameter, self.column = reader.parameter, reader.column

    def read(self, values: Sequence[Any] | None, rows: Sequence[int]) -> tuple[list[Any], dict[int, str]]:
        """The outcomes of some rows, in their order; there is no unusable one."""
        assert values is not None
        return [None if values[row] is None else RewardOutput.model_validate(values[row]) for row in rows], {}


class RemoteTerm:
    """A term rebuilt in a worker from the registry; calling it scores one call.

    Its `config` is a rewards file with this one term; under `outputs` it has the parameters that get outcomes of other
    terms, and under `of` the version of the reward's pack.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        file = dict(config)
        outputs, _ = file.pop("outputs"), file.pop("of")
        scorer = load_scorer(file, context=None)
        (term,) = scorer.terms
        readers = (
            OutputReader(reader) if isinstance(reader, ColumnReader) and reader.parameter.name in outputs else reader
            for reader in term.columns
        )
        self.scorer = replace(scorer, terms=[replace(term, columns=tuple(readers))])

    def set_up(self, context: Mapping[str, Any]) -> None:
        """Take the facts of the run for the calls that follow; build the reward's instance and set it up, once."""
        self.context = read_context(context)
        instance = self.scorer.terms[0].instance
        assert instance is not None
        instance.get(self.context)

    def __call__(self, item: Mapping[str, Any]) -> list[Any]:
        """The outcome of every row of the call, and what it logged."""
        logged: list[Any] = []
        batch = read_call(item, self.context, logged)
        outcomes = self.scorer.outcomes(batch)
        rows = [output.model_dump(mode="json") for row in range(len(batch)) if (output := outcomes.output(row))]
        return [rows, logged]


if __name__ == "__main__":
    main()
