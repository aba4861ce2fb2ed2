"""Ask a worker about a reward: what its pack offers, whether options and references can be used. Answers are JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from vlm_rewards.workers.job import STARTUP_SECONDS, Job
from vlm_rewards.workers.pool import Pool, pool

__all__ = ["ask"]

#: What answers in a worker.
TARGET = {"function": "vlm_rewards.describe:answer"}


def ask(question: str, pack: Any, *, seconds: float = STARTUP_SECONDS, alone: bool = False, **facts: Any) -> Any:
    """The answer to one question about a pack, the import of the pack included.

    Args:
        question: One of those that `describe.py` answers.
        pack: The pack's `PackInfo`.
        seconds: How long it may take.
        alone: Ask a worker of its own, which no other pack has been imported into, and not the pool.
        **facts: What the question needs, as JSON.

    Raises:
        RuntimeError: There is no answer, with the reason: the worker died, hung or raised.
    """
    job = Job(TARGET, [{"question": question, "pack": asdict(pack), **facts}], seconds)
    asked = Pool(1) if alone else pool()
    (answer,) = asked.wait(asked.submit(job))
    if alone:
        asked.close()
    if answer.fault is not None:
        raise RuntimeError(answer.fault)
    return answer.output[0]
