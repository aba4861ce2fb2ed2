"""Ask a worker about a reward: what its pack offers, whether options and references can be used. Answers are JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from vlm_rewards.workers.job import STARTUP_SECONDS, Job
from vlm_rewards.workers.pool import Pool, pool

#: What answers in a worker.
TARGET = {"function": "vlm_rewards.describe:answer"}


def ask(question: str, pack: Any, *, seconds: float = STARTUP_SECONDS, alone: bool = False, **facts: Any) -> Any:
    """The answer to a question of `describe.py` about a pack, its import included, with what it needs to know as JSON.

    It may take so many `seconds`. `alone` asks a worker of its own, which no other pack was imported into, and not the
    pool. Raises RuntimeError where there is no answer, with the reason: the worker died, hung or raised.
    """
    job = Job(TARGET, [{"question": question, "pack": asdict(pack), **facts}], seconds)
    asked = Pool(1) if alone else pool()
    (answer,) = asked.wait(asked.submit(job))
    if alone:
        asked.close()
    if answer.fault is not None:
        raise RuntimeError(answer.fault)
    return answer.output[0]
