"""Items for workers, and what became of each."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from vlm_rewards.text.messages import explain

__all__ = ["Answer", "Job"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one item: its output, or the fault that took it; and its milliseconds."""

    output: Any = None
    fault: str | None = None
    milliseconds: float = 0.0


@dataclass(slots=True)
class Job:
    """Items for one target.

    Args:
        target: What a worker calls, as JSON.
        items: Its arguments, one call each, as JSON; one that JSON cannot hold fails alone.
        timeout: Seconds that one item may take from its start.
        batch_timeout: Seconds that the whole job may take; what is left then fails with `batch_deadline`.
        memory: Address space of a worker in bytes; None for no limit.
    """

    target: Any
    items: Sequence[Any]
    timeout: float
    batch_timeout: float | None = None
    memory: int | None = None
    answers: list[Answer | None] = field(init=False)
    sent: list[str] = field(init=False, repr=False)
    todo: deque[int] = field(init=False)
    done: threading.Event = field(init=False, default_factory=threading.Event)
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.answers = [None] * len(self.items)
        self.deadline = float("inf") if self.batch_timeout is None else monotonic() + self.batch_timeout
        self.sent = [""] * len(self.items)
        # Written here, in the caller's thread: in the pool's, a value that cannot be written would end all jobs.
        for index, item in enumerate(self.items):
            try:
                self.sent[index] = json.dumps(item, separators=(",", ":"))
            except Exception as error:  # noqa: BLE001 - the value may be hostile
                self.answers[index] = Answer(fault=f"cannot be sent to a worker: {explain(error)}")
        self.todo = deque(index for index, answer in enumerate(self.answers) if answer is None)
        if not self.todo:
            self.done.set()

    def answer(self, index: int, answer: Answer) -> None:
        """Keep the answer to one item; the last one wakes the caller."""
        if self.answers[index] is None:
            self.answers[index] = answer
            if None not in self.answers:
                self.done.set()
