"""Evaluate a term for some rows; whatever its reward does becomes an outcome.

Equal questions are asked once: for rewards that are pure and see one completion, no images and no facts of the run,
rows that agree in everything injected share one call. Outcomes of isolated and async rewards are kept across batches.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from vlm_rewards.errors import ColumnError, RewardOutputError
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.scoring import event_loop
from vlm_rewards.scoring.cache import json_key
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.scoring.evaluate_remote import evaluate_remote, run_escalations
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import explain, printable, raised
from vlm_rewards.types.output import Status
from vlm_rewards.types.results import Outcomes
from vlm_rewards.workers.escalation import Escalation
from vlm_rewards.workers.protocol import in_worker

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
        keys.append(json_key([calls.batch.completions[row].identity, values]))
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
        asked = list(calls)
        results = _results(term, call, ((args, keywords) for _, args, keywords in asked))
        for (positions, _, _), (output, error) in zip(asked, results, strict=True):
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


def _one_by_one(calls: Calls, call: Callable[..., Any], into: Outcomes) -> None:
    answers = map(calls.batch.completions.__getitem__, calls.rows)
    results = _results(calls.term, call, ((args, {}) for args in zip(answers, *calls.arguments, strict=True)))
    done: dict[int, Any] = {}
    for row, (output, error) in zip(calls.rows, results, strict=True):
        if error is None:
            done[row] = output
        else:
            _fault(calls.term, error, into, [row])
    _collect(calls.term, list(done), list(done.values()), into)


def _results(
    term: Term, call: Callable[..., Any], arguments: Iterable[tuple[Sequence[Any], Mapping[str, Any]]]
) -> list[_Result]:
    """What each call returned, or raised."""
    results = [_attempt(call, args, keywords) for args, keywords in arguments]
    if not term.spec.is_async:
        return results
    awaited = iter(event_loop.run_all([made for made, error in results if error is None], limit=term.concurrency))
    ended = [next(awaited) if error is None else error for _, error in results]
    return [(None, result) if isinstance(result, BaseException) else (result, None) for result in ended]


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
    if isinstance(error, MemoryError) and in_worker():
        raise error  # a worker is replaced, and the item tried without what the others left behind
    if isinstance(error, ColumnError):  # a missing or broken image is the data's fault
        for row in rows:
            into.set(row, Status.BAD_REFERENCE, printable(str(error)))
    else:
        term.validator.fail(into, rows, raised(error))
