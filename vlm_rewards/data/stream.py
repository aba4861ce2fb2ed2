"""Score a source chunk after chunk, in one process or several; what was written by an earlier run is kept."""

import contextlib
import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from threading import Thread
from typing import Any

from vlm_rewards.data.chunks import Chunk, chunks
from vlm_rewards.data.cluster import in_ray
from vlm_rewards.data.scored import Job, Row, score_chunk
from vlm_rewards.data.source import Source
from vlm_rewards.data.tally import Tally
from vlm_rewards.data.written import Output, as_text, lines_of, part_of
from vlm_rewards.errors import ColumnError, ScoringError, VLMRewardsError
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.scoring.scorer import Scorer

#: Chunks that a process is given at a time, so that it waits for none; and per process, that may wait for one before.
_GIVEN, _AHEAD = 2, 4


@dataclass(frozen=True, slots=True)
class Done:
    """What is left of a chunk."""

    number: int  # which chunk it is
    tally: Tally  # what its rows earned
    ids: list[Any]  # of each row, or none at all
    first: list[Row]  # its rows, as far as they are shown
    payload: bytes = b""  # its rows as they are written; empty for what is written already


def stream(
    job: Job, source: Source, output: Output | None = None, *, workers: int = 1, engine: str = "local"
) -> Iterator[Done]:
    """Score the rows of a source and write them; the chunks come in the order of the source, each when it is written.

    Chunks that the output holds already are not scored again. `workers` says how many processes score, `engine` whose.
    Raises ConfigError for a wrong rewards file, ColumnError where the source cannot be read, a column is missing or the
    output holds other rows, ScoringError where a reward failed under `on_error: fail`, or a process ended.
    """
    with load_scorer(job.config) as scorer:
        waiting = chunks(source, job.renames, grouped=scorer.compares, group_size=job.group_size)
        for chunk in waiting:
            kept = None if output is None else output.kept(chunk.number, len(chunk.held))
            if kept is None:
                waiting = chain([chunk], waiting)
                break
            _check_kept(kept, chunk, job, scorer)
            yield _done(chunk, kept, replace(job, as_parts=None), scorer)  # it is written
        one_by_one = ((chunk, score_chunk(scorer, chunk, job)) for chunk in waiting)
        scored = in_ray(job, waiting, workers) if engine == "ray" else one_by_one
        here = (_done(chunk, rows, job, scorer) for chunk, rows in scored)
        for done in _in_processes(job, waiting, workers) if workers > 1 and engine == "local" else here:
            if output is not None:
                output.write(done.number, done.payload)
            yield done


def _check_kept(kept: list[Row], chunk: Chunk, job: Job, scorer: Scorer) -> None:
    """Raise ColumnError for rows that another source or rewards file left in the output: the last is scored again."""
    groups = None if chunk.groups is None else chunk.groups[-1:]
    start = chunk.start + len(kept) - 1
    last = Chunk(chunk.number + 1, start, chunk.places[-1:], chunk.held[-1:], groups, chunk.renames)
    (row,) = score_chunk(scorer, last, job)
    same = all(as_text(row.get(name)) == as_text(kept[-1].get(name)) for name in ("row", "completion"))
    if chunk.groups is None and all(term.info.pure for term in scorer.terms):
        same = same and row["total"] == kept[-1]["total"]
    if not same or row["terms"].keys() != kept[-1]["terms"].keys():
        raise ColumnError(
            f"The output holds rows of another source or rewards file, as row {start} shows; name another output."
        )


def _done(chunk: Chunk, rows: list[Row], job: Job, scorer: Scorer) -> Done:
    ids = [row.get("id") for row in rows] if any("id" in row for row in rows) else []
    payload = b"" if job.as_parts is None else part_of(rows, scorer.order) if job.as_parts else lines_of(rows)
    return Done(chunk.number, Tally.of(rows), ids, rows[: max(job.shown - chunk.start, 0)], payload)


def _in_processes(job: Job, waiting: Iterator[Chunk], workers: int) -> Iterator[Done]:
    """What is left of each chunk, in order. Raises what a process raised, or ScoringError when one ended."""
    # Not forked: threads of this process may hold locks. A child whose end of the pipe closes ends by itself.
    context = multiprocessing.get_context("spawn")
    with contextlib.ExitStack() as stack:
        busy: dict[Any, deque[Chunk]] = {}
        for _ in range(workers):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, job))
            process.start()
            theirs.close()
            stack.callback(process.join, 5)
            stack.callback(process.terminate)
            stack.callback(ours.close)
            busy[ours] = deque()
        free = [*busy] * _GIVEN
        ended: dict[int, Done] = {}
        chunk = next(waiting, None)
        following = 0 if chunk is None else chunk.number
        while chunk is not None or any(busy.values()):
            while free and chunk is not None and chunk.number < following + _AHEAD * workers:
                connection = free.pop()
                with contextlib.suppress(OSError):  # its end shows where it is to answer
                    connection.send(chunk)
                busy[connection].append(chunk)
                chunk = next(waiting, None)
            for connection in wait([connection for connection, given in busy.items() if given]):
                asked = busy[connection].popleft()
                ended[asked.number] = _answer(connection, asked)
                free.append(connection)
            while following in ended:
                yield ended.pop(following)
                following += 1


def _answer(connection: Any, chunk: Chunk) -> Done:
    try:
        answer = connection.recv()
    except (EOFError, OSError):
        raise ScoringError(
            f"A process ended while it scored the rows {chunk.start} to {chunk.start + len(chunk.held) - 1}, perhaps "
            f"for want of memory; go on with --resume, and with fewer --workers."
        ) from None
    if isinstance(answer, Done):
        return answer
    raise answer


def _work(connection: Connection, job: Job) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to handle
    asked: SimpleQueue[Chunk | None] = SimpleQueue()
    Thread(target=_receive, args=(connection, asked), daemon=True).start()
    with contextlib.suppress(OSError), load_scorer(job.config) as scorer:
        while (chunk := asked.get()) is not None:
            try:
                answer: Done | VLMRewardsError = _done(chunk, score_chunk(scorer, chunk, job), job, scorer)
            except VLMRewardsError as error:
                answer = error
            connection.send(answer)


def _receive(connection: Connection, asked: SimpleQueue[Chunk | None]) -> None:
    """Take chunks while others are scored: neither end of a pipe may wait for room with the other waiting too."""
    try:
        with contextlib.suppress(EOFError, OSError):
            while True:
                asked.put(connection.recv())
    finally:  # a chunk that cannot be read ends the process too
        asked.put(None)
