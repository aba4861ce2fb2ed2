"""Score a source chunk after chunk; what was written whole by an earlier run is not scored again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from vlm_rewards.data.chunks import Chunk, chunks
from vlm_rewards.data.layout import columns_of
from vlm_rewards.data.scored import Reading, Row, compares, score_chunk
from vlm_rewards.data.source import Source
from vlm_rewards.data.tally import Tally
from vlm_rewards.data.workers import in_processes
from vlm_rewards.data.written import Output, lines_of, part_of
from vlm_rewards.errors import ColumnError
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.types.completion import Completion

__all__ = ["Done", "Job", "stream"]


@dataclass(frozen=True, slots=True)
class Done:
    """What is left of a chunk.

    Args:
        number: Which chunk it is.
        tally: What its rows earned.
        ids: The id of each row, or none at all.
        first: Its rows, as far as they are shown.
        payload: Its rows as they are written; empty for what is written already.
    """

    number: int
    tally: Tally
    ids: list[Any]
    first: list[Row]
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Job:
    """How chunks are scored, for this process or another.

    Args:
        config: The rewards file.
        reading: How rows are read.
        encoding: `lines`, `parts`, or nothing when rows are not written.
        shown: How many rows of the beginning are kept to be shown.
    """

    config: Path
    reading: Reading
    encoding: str = ""
    shown: int = 0

    def load(self) -> Scorer:
        """The scorer of its rewards file."""
        return load_scorer(self.config)

    def score(self, scorer: Scorer, chunk: Chunk) -> Done:
        """Score a chunk."""
        rows = score_chunk(scorer, chunk, self.reading)
        payload = b""
        if self.encoding:
            payload = lines_of(rows) if self.encoding == "lines" else part_of(rows, scorer.order)
        return self.done(chunk, rows, payload)

    def done(self, chunk: Chunk, rows: list[Row], payload: bytes = b"") -> Done:
        """What is left of a chunk with these rows."""
        ids = [row.get("id") for row in rows] if any("id" in row for row in rows) else []
        return Done(chunk.number, Tally.of(rows), ids, rows[: max(self.shown - chunk.start, 0)], payload)


def stream(job: Job, source: Source, output: Output | None = None, *, workers: int = 1) -> Iterator[Done]:
    """Score the rows of a source and write them; the chunks come in the order of the source, each when it is written.

    Args:
        job: How.
        source: The rows.
        output: Where to; chunks that it holds already are not scored again.
        workers: How many processes score.

    Raises:
        ConfigError: The rewards file is wrong.
        ColumnError: The source cannot be read, a column is missing, or the output holds other rows.
        ScoringError: A reward failed under `on_error: fail`, or a process ended.
    """
    with job.load() as scorer:
        size = job.reading.group_size
        waiting = chunks(source, job.reading.renames, grouped=compares(scorer), group_size=size)
        for chunk in waiting:
            kept = None if output is None else output.kept(chunk.number, len(chunk.held))
            if kept is None:
                waiting = chain([chunk], waiting)
                break
            _check_kept(kept, chunk, job, scorer)
            yield job.done(chunk, kept)
        several = workers > 1
        for done in in_processes(job, waiting, workers) if several else (job.score(scorer, one) for one in waiting):
            if output is not None:
                output.write(done.number, done.payload)
            yield done


def _check_kept(kept: list[Row], chunk: Chunk, job: Job, scorer: Scorer) -> None:
    """Raise ColumnError for rows that another rewards file or source left in the output."""
    row = columns_of(chunk.held[-1], {} if chunk.is_mapped else job.reading.renames)
    text = "" if isinstance(row, str) else Completion.from_messages(row["completion"]).text
    same_rows = kept[-1].get("row") == chunk.start + len(kept) - 1 and kept[-1].get("completion", "") == text
    if not same_rows or not {name for row in kept for name in row["terms"]} <= set(scorer.order):
        raise ColumnError(
            f"The output holds rows of another source or rewards file, as row {chunk.start + len(kept) - 1} shows; "
            f"name another output."
        )
