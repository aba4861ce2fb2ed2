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
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module, invalidate_caches
from time import perf_counter
from typing import Any

from vlm_rewards.scoring.binding import ColumnReader
from vlm_rewards.text.messages import raised, show
from vlm_rewards.types.output import RewardOutput
from vlm_rewards.workers.protocol import MAX_RESULT_BYTES, read_message, write_message

__all__ = ["RemoteTerm", "main"]

_PR_SET_PDEATHSIG = 1


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
    return _guarded(lambda: _small(_to_json(_callable(target)(item))))


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
    return RemoteTerm(described)


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

    Args:
        config: A rewards file with this one term; under `outputs` the parameters that get outcomes of other terms.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        from vlm_rewards.loading.load import load_scorer

        file = dict(config)
        outputs = file.pop("outputs")
        scorer = load_scorer(file, context=None)
        (term,) = scorer.terms
        readers = (
            OutputReader(reader) if isinstance(reader, ColumnReader) and reader.parameter.name in outputs else reader
            for reader in term.columns
        )
        self.name = term.name
        self.scorer = replace(scorer, terms=[replace(term, columns=tuple(readers))], hook=None)

    def __call__(self, item: Mapping[str, Any]) -> list[Any]:
        """The outcome of every row of the call, and what it logged."""
        from vlm_rewards.scoring.payload import read_call

        logged: list[Any] = []
        batch = read_call(item, logged)
        outcomes = self.scorer.score(batch).terms[self.name].outcomes
        rows = [output.model_dump(mode="json") for row in range(len(batch)) if (output := outcomes.output(row))]
        return [rows, logged]


if __name__ == "__main__":
    main()
