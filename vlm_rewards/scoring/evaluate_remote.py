"""Terms and hard items that are evaluated in workers."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from vlm_rewards.errors import ColumnError
from vlm_rewards.scoring.output_validator import Outcomes
from vlm_rewards.scoring.payload import Parcels
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import explain, raised
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.output import RewardOutput, Status
from vlm_rewards.worker import Escalation, in_worker
from vlm_rewards.workers.pool import Answer, Job, pool

__all__ = ["decide_hard_ones", "evaluate_isolated"]


def evaluate_isolated(
    term: Term,
    batch: Batch,
    rows: Sequence[int],
    arguments: Sequence[Sequence[Any]],
    *,
    calls: Sequence[Sequence[int]],
    into: Outcomes,
) -> None:
    """Evaluate a term in workers.

    Args:
        term: What to evaluate.
        batch: The whole batch.
        rows: Positions in the batch.
        arguments: Values of the reward's column parameters, each aligned with `rows`.
        calls: For each call of the reward the rows it answers for.
        into: Where the outcomes go.
    """
    how = term.isolated
    assert how is not None
    parcels = Parcels(term, batch, rows, arguments)
    sent: list[Sequence[int]] = []
    items: list[Any] = []
    try:
        for members in calls:
            try:
                items.append(parcels.call(members))
            except ColumnError as error:
                for row in members:
                    into.put(row, Status.BAD_REFERENCE, str(error))
            except (TypeError, ValueError) as error:
                term.boundary.fail(into, members, f"cannot be sent to a worker: {explain(error)}")
            else:
                sent.append(members)
        job = Job(how.config, items, how.timeout, how.batch_timeout, how.memory)
        answers = pool().wait(pool().submit(job))
    finally:
        parcels.close()
    for members, answer in zip(sent, answers, strict=True):
        for row in members:
            into.milliseconds[row] = answer.milliseconds / len(members)
        if answer.fault is not None:
            term.boundary.fail(into, members, answer.fault)
            continue
        outputs = [_read(output) for output in answer.output]
        term.boundary.collect(into, members, outputs)


def decide_hard_ones(term: Term, outputs: Sequence[tuple[int, Any]], into: Outcomes) -> list[tuple[int, Any]]:
    """Let workers decide what a reward escalated, all together; returns the outputs that were no escalations."""
    hard = [(row, output) for row, output in outputs if isinstance(output, Escalation)]
    if not hard:
        return list(outputs)
    if in_worker():
        for row, asked in hard:
            module, _, name = asked.function.partition(":")
            try:
                decided = getattr(import_module(module), name)(asked.args)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - as any fault of a reward
                term.boundary.fail(into, [row], raised(error))
            else:
                term.boundary.collect(into, [row], [decided])
        return [(row, output) for row, output in outputs if not isinstance(output, Escalation)]
    jobs: dict[tuple[str, float], list[tuple[int, Any]]] = {}
    for row, asked in hard:
        jobs.setdefault((asked.function, asked.timeout), []).append((row, asked.args))
    submitted = [
        (rows, pool().submit(Job({"function": function}, [args for _, args in rows], timeout, memory=term.memory)))
        for (function, timeout), rows in jobs.items()
    ]
    for rows, job in submitted:
        for (row, _), answer in zip(rows, pool().wait(job), strict=True):
            into.milliseconds[row] = answer.milliseconds
            _decide(term, row, answer, into)
    return [(row, output) for row, output in outputs if not isinstance(output, Escalation)]


def _decide(term: Term, row: int, answer: Answer, into: Outcomes) -> None:
    if answer.fault is None:
        term.boundary.collect(into, [row], [_read(answer.output)])
    else:
        term.boundary.fail(into, [row], answer.fault)


def _read(output: Any) -> Any:
    """An outcome from JSON; what is none stays as it is, for the boundary to refuse."""
    if isinstance(output, dict):
        try:
            return RewardOutput.model_validate(output)
        except ValidationError:
            return output
    return output
