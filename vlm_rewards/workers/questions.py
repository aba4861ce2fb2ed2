"""Ask a worker about a reward: what its pack offers, whether options and references can be used. Answers are JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from vlm_rewards.workers.job import STARTUP_SECONDS, Answer, Job
from vlm_rewards.workers.pool import Pool, pool

__all__ = ["ask", "ask_each"]

#: What answers in a worker.
TARGET = {"function": "vlm_rewards.describe:answer"}


def ask(question: str, pack: Any, *, patience: float | None = None, **facts: Any) -> Any:
    """The answer to one question about a pack.

    With `patience`, the time in seconds to answer in, it is asked of a worker of its own, which no other pack has been
    imported into; else of the pool, within the time that a start-up may take.

    Raises:
        RuntimeError: There is no answer, with the reason: the worker died, hung or raised.
    """
    item = {"question": question, "pack": asdict(pack), **facts}
    if patience is None:
        return ask_each([item])[0]
    alone = Pool(1)
    try:
        return _outputs(alone.wait(alone.submit(Job(TARGET, [item], patience))))[0]
    finally:
        alone.close()


def ask_each(items: Sequence[Any]) -> list[Any]:
    """The answers of the pool to several questions, in their order. Raises as `ask`."""
    return _outputs(pool().wait(pool().submit(Job(TARGET, items, STARTUP_SECONDS))))


def _outputs(answers: Sequence[Answer]) -> list[Any]:
    for answer in answers:
        if answer.fault is not None:
            raise RuntimeError(answer.fault)
    return [answer.output[0] for answer in answers]
