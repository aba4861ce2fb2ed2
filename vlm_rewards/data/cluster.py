"""Chunks that processes of Ray score; a row that ends its process is found, and costs itself alone."""

import functools
import os
import socket
from collections import deque
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

from vlm_rewards.data.chunks import Chunk
from vlm_rewards.data.scored import Job, Row, score_chunk
from vlm_rewards.errors import ScoringError
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.text.messages import explain

_MOST_LOST = 20  # rows or groups of a run whose processes ended


def in_ray(job: Job, waiting: Iterator[Chunk], workers: int) -> Iterator[tuple[Chunk, list[Row]]]:
    """Each chunk with its output rows, in order; on the cluster at `RAY_ADDRESS`, or one of `workers` processes here.

    Raises ScoringError where it cannot be reached or too many processes end, and what `score_chunk` raises.
    """
    ray = _connected(workers)
    score: Any = ray.remote(max_retries=0)(_scored)
    given: deque[tuple[Chunk, Any]] = deque()
    left = iter(range(_MOST_LOST))
    try:
        for chunk in chain(waiting, [None] * 2 * workers):
            if chunk is not None:
                given.append((chunk, score.remote(job, chunk)))
            if given and (chunk is None or len(given) > 2 * workers):
                first, asked = given.popleft()
                yield first, _answer(asked) or _again(score, job, first, left)
    finally:
        ray.shutdown()


def _connected(workers: int) -> Any:
    address = os.environ.get("RAY_ADDRESS", "")
    host, _, port = address.rpartition("://")[2].rpartition(":")
    here = {} if address else {"num_cpus": workers, "include_dashboard": False}
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray

        if port.isdecimal():  # Ray would wait for it without end
            socket.create_connection((host, int(port)), 10).close()
        ray.init(log_to_driver=False, logging_level="ERROR", **here)
    except Exception as error:  # Ray has no class of its own for some
        raise ScoringError(
            f"Ray at {address or 'this machine'} is not there: {explain(error)}. Start it, or see the extra `ray`."
        ) from error
    return ray


def _answer(asked: Any) -> list[Row] | None:
    """The rows that a process gave; None where it ended. Raises what it raised."""
    import ray

    try:
        return list(ray.get(asked))
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError:
        return None


def _again(score: Any, job: Job, chunk: Chunk, left: Iterator[int]) -> list[Row]:
    """The rows of a chunk whose process ended: once more as a whole, as others may have ended it, then in parts."""
    rows = _answer(score.remote(job, chunk)) or []
    parts = [] if rows else [(part, score.remote(job, part)) for part in _parts(chunk)]
    for part, asked in parts:
        got = _answer(asked)
        if got is None and next(left, None) is None:
            raise ScoringError(f"{job.label}: over {_MOST_LOST} rows ended their processes; --resume goes on.")
        told = [f"{job.label}{place}: the process that scored it ended" for place in part.places]
        rows += got or [
            {"row": at, "total": None, "terms": {}, "skipped": why} for at, why in enumerate(told, part.start)
        ]
    return rows


def _parts(chunk: Chunk) -> Iterator[Chunk]:
    """The rows of a chunk one by one, or its groups."""
    groups, count = chunk.groups, len(chunk.held)
    edges = [at for at in range(count) if not at or groups is None or groups[at] != groups[at - 1]]
    for start, end in pairwise([*edges, count]):
        held = chunk.places[start:end], chunk.held[start:end], groups and groups[start:end]
        yield Chunk(chunk.number or 1, chunk.start + start, *held, chunk.renames)


_scorer = functools.cache(load_scorer)


def _scored(job: Job, chunk: Chunk) -> list[Row]:
    return score_chunk(_scorer(job.config), chunk, job)
