"""Evaluate a term for some rows; whatever its reward does becomes an outcome.

Equal questions are asked once: for rewards that are pure and see one completion, no images and no facts of the run,
rows that agree in everything injected share one call. Outcomes of isolated and async rewards are kept across batches.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vlm_rewards.errors import ColumnError, RewardOutputError
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.scoring import event_loop
from vlm_rewards.scoring.calls import Call, Calls
from vlm_rewards.scoring.evaluate_remote import evaluate_remote, run_escalations
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import explain, printable, raised
from vlm_rewards.types.output import Status
from vlm_rewards.types.results import Outcomes
from vlm_rewards.workers.escalation import Escalation

__all__ = ["evaluate"]

_Result = tuple[Any, BaseException | None]


def evaluate(calls: Calls, into: Outcomes) -> None:
    """Write the outcomes of a term for some rows."""
    if not calls.rows:
        return
    if not calls.can_share:
        _call(calls, into)
        return
    same: list[tuple[int, int]] = []
    if calls.batch.has_duplicates:
        calls, same = calls.distinct()
    if calls.term.isolated is None and not calls.term.spec.is_async:
        _call(calls, into)
    else:
        _call_unless_cached(calls, into)
    for source, target in same:
        into.copy_row(source, target)


def _call_unless_cached(calls: Calls, into: Outcomes) -> None:
    """Call the reward where no earlier batch asked the same, and keep what it says; a failure is not kept."""
    cache = calls.term.cache
    new: list[int] = []
    keys: list[str | None] = []
    for position, (row, *values) in enumerate(zip(calls.rows, *calls.arguments, strict=True)):
        keys.append(cache.key(calls.batch.completions[row], values))
        known = cache.get(keys[position])
        if known is None:
            new.append(position)
        else:
            into.set(row, known.status, known.reason, known.score)
            into.details[row] = known.details or None
    _call(calls.select(new), into)
    for position in new:
        output = into.output(calls.rows[position])
        if output is not None and output.status is not Status.FAILED:
            cache.keep(keys[position], output)


def _call(calls: Calls, into: Outcomes) -> None:
    term = calls.term
    if term.isolated is not None:
        evaluate_remote(calls, into)
        return
    instance, error = _attempt(term.instance.get, (calls.batch.context,), {})
    if error is not None:
        term.validator.fail(into, calls.rows, f"could not be set up: {explain(error)}")
        return
    target, options = instance
    call = functools.partial(target, **options) if options else target
    if term.spec.mode is Mode.ONE:
        _one_by_one(calls, call, into)
    else:
        _together(calls, call, into)


def _together(calls: Calls, call: Callable[..., Any], into: Outcomes) -> None:
    term = calls.term
    while calls.rows:
        retry: list[int] = []
        for (positions, _, _), (output, error) in _results(call, list(calls), term):
            members = [calls.rows[position] for position in positions]
            if error is not None:
                # What fails for an unreadable image of one row is asked again for the others.
                readable = calls.readable(positions) if isinstance(error, ColumnError) else []
                retry += readable
                _fault(term, error, into, sorted({*members}.difference(calls.rows[p] for p in readable)))
                continue
            try:
                outputs = term.validator.check_length(output, len(members))
            except RewardOutputError as wrong:
                term.validator.fail(into, members, str(wrong))
            else:
                _collect(term, members, outputs, into)
        calls = calls.select(retry)


def _results(target: Callable[..., Any], calls: Sequence[Call], term: Term) -> list[tuple[Call, _Result]]:
    started = [_attempt(target, call.args, call.keywords) for call in calls]
    if term.spec.is_async:
        waiting = [coroutine for coroutine, error in started if error is None]
        awaited = iter(event_loop.run_all(waiting, limit=term.concurrency))
        results = [next(awaited) if error is None else error for _, error in started]
        started = [(None, result) if isinstance(result, BaseException) else (result, None) for result in results]
    return list(zip(calls, started, strict=True))


def _one_by_one(calls: Calls, call: Callable[..., Any], into: Outcomes) -> None:
    term, rows = calls.term, calls.rows
    outputs: list[Any] = []
    faulty: list[int] = []
    fault: BaseException
    answers = map(calls.batch.completions.__getitem__, rows)
    results = itertools.starmap(call, zip(answers, *calls.arguments, strict=True))
    while True:  # a call that raises ends the inner loop, not the calls
        try:
            for output in results:
                outputs.append(output)  # noqa: PERF402 - `extend` would not promise to keep what came before a fault
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - `sys.exit` in a reward may not end a run
            fault = error
        else:
            if len(outputs) + len(faulty) == len(rows):
                break
            fault = StopIteration()  # what a call raised: to the loop it is the end of the results
        row = rows[len(outputs) + len(faulty)]
        faulty.append(row)
        _fault(term, fault, into, [row])
    lost = set(faulty)
    done = [row for row in rows if row not in lost] if lost else rows
    if term.spec.is_async:
        awaited = list(zip(done, event_loop.run_all(outputs, limit=term.concurrency), strict=True))
        for row, result in awaited:
            if isinstance(result, BaseException):
                _fault(term, result, into, [row])
        done = [row for row, result in awaited if not isinstance(result, BaseException)]
        outputs = [result for _, result in awaited if not isinstance(result, BaseException)]
    _collect(term, done, outputs, into)


def _collect(term: Term, rows: Sequence[int], outputs: Sequence[Any], into: Outcomes) -> None:
    if Escalation in set(map(type, outputs)):
        easy = run_escalations(term, list(zip(rows, outputs, strict=True)), into)
        rows, outputs = [row for row, _ in easy], [output for _, output in easy]
    term.validator.collect(into, rows, outputs)


def _attempt(call: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> _Result:
    try:
        return call(*args, **options), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - `sys.exit` in a reward may not end a run
        return None, error


def _fault(term: Term, error: BaseException, into: Outcomes, rows: Sequence[int]) -> None:
    if isinstance(error, ColumnError):  # a missing or broken image is the data's fault
        for row in rows:
            into.set(row, Status.BAD_REFERENCE, printable(str(error)))
    else:
        term.validator.fail(into, rows, raised(error))
