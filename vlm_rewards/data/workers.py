"""Chunks in several processes: each is sent to one that is free, and they come back in their order."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from vlm_rewards.data.chunks import Chunk
from vlm_rewards.errors import ScoringError, VLMRewardsError
from vlm_rewards.scoring.scorer import Scorer

__all__ = ["in_processes"]


class Scores(Protocol):
    """What processes do; it is sent to them once."""

    def load(self) -> Scorer:
        """The scorer, which each loads for itself."""

    def score(self, scorer: Scorer, chunk: Chunk) -> Any:
        """Score a chunk."""


def in_processes(job: Scores, chunks: Iterator[Chunk], workers: int) -> Iterator[Any]:
    """What is left of each chunk, in order. Raises what a process raised, or ScoringError when one ended."""
    # Not forked: threads of this process may hold locks. A child whose end of the pipe closes ends by itself.
    context = multiprocessing.get_context("spawn")
    with contextlib.ExitStack() as stack:
        free: list[Any] = []
        for _ in range(workers):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, job), daemon=False)
            process.start()
            theirs.close()
            stack.callback(process.join, 5)
            stack.callback(process.terminate)
            stack.callback(ours.close)
            free.append(ours)
        busy: dict[Any, Chunk] = {}
        ended: dict[int, Any] = {}
        chunk = next(chunks, None)
        following = 0 if chunk is None else chunk.number
        while chunk is not None or busy:
            while free and chunk is not None:
                connection = free.pop()
                connection.send(chunk)
                busy[connection] = chunk
                chunk = next(chunks, None)
            for connection in wait(list(busy)):
                asked = busy.pop(connection)
                ended[asked.number] = _answer(connection, asked)
                free.append(connection)
            while following in ended:
                yield ended.pop(following)
                following += 1


def _answer(connection: Any, chunk: Chunk) -> Any:
    try:
        answer = connection.recv()
    except (EOFError, OSError):
        raise ScoringError(
            f"A process ended while it scored the rows {chunk.start} to {chunk.start + len(chunk.held) - 1}, perhaps "
            f"for want of memory; go on with --resume, and with fewer --workers."
        ) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _work(connection: Connection, job: Scores) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to handle
    with contextlib.suppress(EOFError, OSError), job.load() as scorer:
        while True:
            chunk = connection.recv()
            try:
                answer = job.score(scorer, chunk)
            except VLMRewardsError as error:
                answer = error
            connection.send(answer)
