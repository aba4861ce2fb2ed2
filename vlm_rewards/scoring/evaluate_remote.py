"""Terms and hard items that are evaluated in workers."""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from vlm_rewards.errors import ColumnError
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.scoring.payload import CallSerializer
from vlm_rewards.scoring.plain import replay
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import explain, raised
from vlm_rewards.types.output import RewardOutput, Status
from vlm_rewards.types.results import Outcomes
from vlm_rewards.workers.job import Answer, Escalation, Job
from vlm_rewards.workers.pool import pool
from vlm_rewards.workers.protocol import in_worker


def evaluate_remote(calls: Calls, into: Outcomes) -> None:
    """Evaluate an isolated term in workers."""
    term = calls.term
    how = term.isolated
    assert how is not None
    serializer = CallSerializer(calls)
    sent: list[list[int]] = []
    items: list[Any] = []
    try:
        for positions in calls.positions():
            members = [calls.rows[position] for position in positions]
            try:
                items.append(serializer.call(members))
            except ColumnError as error:
                for row in members:
                    into.set(row, Status.BAD_REFERENCE, str(error))
            except (TypeError, ValueError) as error:
                term.validator.fail(into, members, f"cannot be sent to a worker: {explain(error)}")
            else:
                sent.append(members)
        together = term.concurrency if term.info.is_async else 0
        limits = how.timeout, how.batch_timeout, how.memory, how.startup
        job = Job(how.config, items, *limits, serializer.context(), together)
        answers = pool().wait(pool().submit(job))
    finally:
        serializer.close()
    for members, answer in zip(sent, answers, strict=True):
        _collect(term, members, _logged(answer, calls), into)


def _logged(answer: Answer, calls: Calls) -> Answer:
    """An answer without what it logged, which is logged here."""
    if answer.fault is not None:
        return answer
    outputs, logged = answer.output
    try:
        replay(logged, calls.batch.trl)
    except Exception as error:  # noqa: BLE001 - in this process it would have reached the function
        return replace(answer, output=None, fault=raised(error))
    return replace(answer, output=outputs)


def run_escalations(term: Term, outputs: Sequence[tuple[int, Any]], into: Outcomes) -> list[tuple[int, Any]]:
    """Let workers decide what a reward escalated, all together; returns the other outputs."""
    hard = [(row, output) for row, output in outputs if isinstance(output, Escalation)]
    easy = [(row, output) for row, output in outputs if not isinstance(output, Escalation)]
    if in_worker():
        for row, asked in hard:
            module, _, name = asked.function.partition(":")
            try:
                decided = getattr(import_module(module), name)(asked.args)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - as any fault of a reward
                term.validator.fail(into, [row], raised(error))
            else:
                term.validator.collect(into, [row], [decided])
        return easy
    jobs: dict[tuple[str, float], list[tuple[int, Any]]] = {}
    for row, asked in hard:
        jobs.setdefault((asked.function, asked.timeout), []).append((row, asked.args))
    submitted = [
        (rows, pool().submit(Job({"function": function}, [args for _, args in rows], timeout, memory=term.memory)))
        for (function, timeout), rows in jobs.items()
    ]
    for rows, job in submitted:
        for (row, _), answer in zip(rows, pool().wait(job), strict=True):
            _collect(term, [row], replace(answer, output=[answer.output]), into)
    return easy


def _collect(term: Term, rows: Sequence[int], answer: Answer, into: Outcomes) -> None:
    """Write what a worker answered for some rows: one output each, or a fault."""
    for row in rows:
        into.milliseconds[row] = answer.milliseconds / len(rows)
    if answer.fault is None:
        term.validator.collect(into, rows, [_read(output) for output in answer.output])
    else:
        term.validator.fail(into, rows, answer.fault)


def _read(output: Any) -> Any:
    """An outcome from JSON; anything else stays as it is, for the validator to refuse."""
    try:
        return RewardOutput.model_validate(output) if isinstance(output, dict) else output
    except ValidationError:
        return output
