"""Items for workers, and what became of each; `escalate` hands one over from inside a reward."""

from __future__ import annotations

import json
import math
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from vlm_rewards.text.messages import explain, show

STARTUP_SECONDS = 120.0
#: `batch_timeout` is for so many items: a long file is given it once for each such chunk.
BATCH_ITEMS = 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one item: its output, or the fault that took it; and its milliseconds."""

    output: Any = None
    fault: str | None = None
    milliseconds: float = 0.0


@dataclass(slots=True)
class Job:
    """Items for one target."""

    target: Any  # what a worker calls, as JSON
    items: Sequence[Any]  # its arguments, one call each, as JSON; one that JSON cannot hold fails alone
    timeout: float  # seconds that one item may take from its start
    batch_timeout: float | None = None  # seconds that 1,024 items may take together, or fail with `batch_deadline`
    memory: int | None = None  # address space of a worker in bytes; None for no limit
    startup: float = STARTUP_SECONDS  # seconds for imports and set-up in each worker, before its first item
    context: Any = None  # facts of the run for the set-up, as JSON
    together: int = 0  # how many items wait at a time, all in one worker; 0 to work them off one by one in several
    answers: list[Answer | None] = field(init=False)
    sent: list[str] = field(init=False, repr=False)
    todo: deque[int] = field(init=False)
    unanswered: int = field(init=False)
    alone: deque[int] = field(init=False, default_factory=deque)  # to be tried in a fresh worker, one at a time
    again: set[int] = field(init=False, default_factory=set)  # what is tried for the second time, and no third
    starts_lost: int = field(init=False, default=0)  # how many workers died before they had set up the target
    done: threading.Event = field(init=False, default_factory=threading.Event)
    deadline: float = field(init=False, default=math.inf)

    def __post_init__(self) -> None:
        self.answers = [None] * len(self.items)
        if self.batch_timeout is not None:
            self.deadline = monotonic() + self.batch_timeout * math.ceil(len(self.items) / BATCH_ITEMS)
        self.sent = [""] * len(self.items)
        # Written here, in the caller's thread: in the pool's, a value that cannot be written would end all jobs.
        for index, item in enumerate(self.items):
            try:
                self.sent[index] = json.dumps(item)
            except Exception as error:  # noqa: BLE001 - the value may be hostile
                self.answers[index] = Answer(fault=f"cannot be sent to a worker: {explain(error)}")
        self.todo = deque(index for index, answer in enumerate(self.answers) if answer is None)
        self.unanswered = len(self.todo)
        if not self.todo:
            self.done.set()

    def wanted(self) -> int:
        """How many more workers could work on it."""
        waiting = len(self.todo) + len(self.alone)
        return min(1, waiting) if self.together else waiting

    def share(self, workers: int, *, fresh: bool) -> list[int]:
        """Items for the next worker, of so many that may work; a fresh one gets what is to be tried alone first."""
        if fresh and self.alone:
            return [self.alone.popleft()]
        size = len(self.todo) if self.together else max(1, min(32, len(self.todo) // (2 * workers)))
        return [self.todo.popleft() for _ in range(min(size, len(self.todo)))]

    def answer(self, index: int, answer: Answer) -> None:
        """Keep the answer to one item; the last one wakes the caller."""
        if self.answers[index] is None:
            self.answers[index] = answer
            self.unanswered -= 1
            if self.unanswered == 0:
                self.done.set()

    def fail(self, why: str) -> None:
        """Fail all that have no answer yet."""
        for index in range(len(self.items)):
            self.answer(index, Answer(fault=why))
        self.todo.clear()
        self.alone.clear()

    def try_again(self, index: int, fault: Answer, *, alone: bool = False) -> None:
        """Try an item once more that may have failed for another's sake; the second time it fails."""
        if index in self.again:
            self.answer(index, fault)
        else:
            self.again.add(index)
            (self.alone if alone else self.todo).append(index)


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

    Raises:
        ValueError: `function` has another form, or `timeout` is not a positive number of seconds.

    >>> escalate("acme.hard:grade", args={"gold": "x"}, timeout=2).timeout
    2
    """
    return Escalation(function, args, timeout)
