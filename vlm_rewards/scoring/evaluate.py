"""Evaluate a term for some rows; whatever its reward does becomes an outcome.

Equal questions are asked once: for rewards that are pure and see one completion, no images and no facts of the run,
rows that agree in everything injected share one call. Outcomes of isolated and async rewards are kept across batches.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from vlm_rewards.errors import ColumnError, RewardOutputError
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.scoring.cache import json_key
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.scoring.evaluate_remote import evaluate_remote, run_escalations
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import explain, pass_on_interrupt, printable, raised
from vlm_rewards.types.output import Status
from vlm_rewards.types.results import Outcomes
from vlm_rewards.workers.job import Escalation
from vlm_rewards.workers.protocol import in_worker
from vlm_rewards.workers.together import run_all


class _Raised(NamedTuple):
    """Stands for the output of a call that raised."""

    error: BaseException


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
    if calls.term.isolated is None and not calls.term.info.is_async:
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
    assert term.instance is not None
    [instance] = _attempts(term.instance.get, [(calls.batch.context,)])
    if isinstance(instance, _Raised):
        term.validator.fail(into, calls.rows, f"could not be set up: {explain(instance.error)}")
        return
    target, options = instance
    call = functools.partial(target, **options) if options else target
    if term.info.mode is Mode.ONE:
        answers = map(calls.batch.completions.__getitem__, calls.rows)
        outputs = _results(term, call, zip(answers, *calls.arguments, strict=True))
        _collect(term, calls.rows, outputs, into)
    else:
        _together(calls, (lambda keywords: call(**keywords)) if term.info.mode is Mode.TRL else call, into)


def _together(calls: Calls, call: Callable[..., Any], into: Outcomes) -> None:
    term = calls.term
    while calls.rows:
        retry: list[int] = []
        asked = list(calls)
        outputs = _results(term, call, (args for _, args in asked))
        for (positions, _), output in zip(asked, outputs, strict=True):
            members = [calls.rows[position] for position in positions]
            if isinstance(output, _Raised):
                # What fails for an unreadable image of one row is asked again for the others.
                readable = calls.readable(positions) if isinstance(output.error, ColumnError) else []
                retry += readable
                _fault(term, output.error, into, sorted({*members}.difference(calls.rows[p] for p in readable)))
                continue
            try:
                listed = term.validator.check_length(output, len(members))
            except RewardOutputError as wrong:
                term.validator.fail(into, members, str(wrong))
            else:
                _collect(term, members, listed, into)
        calls = calls.select(retry)


def _results(term: Term, call: Callable[..., Any], arguments: Iterable[Sequence[Any]]) -> list[Any]:
    """What each call returned, or `_Raised`; coroutines are awaited."""
    results = _attempts(call, arguments)
    if not term.info.is_async:
        return results
    started = [made for made in results if not isinstance(made, _Raised)]
    ended = iter(run_all(started, limit=term.concurrency))
    awaited = [made if isinstance(made, _Raised) else next(ended) for made in results]
    return [_Raised(output) if isinstance(output, BaseException) else output for output in awaited]


def _attempts(call: Callable[..., Any], arguments: Iterable[Sequence[Any]]) -> list[Any]:
    results: list[Any] = []
    for args in arguments:
        try:
            results.append(call(*args))
        except BaseException as error:  # noqa: BLE001 - `sys.exit` in a reward may not end a run
            pass_on_interrupt(error)
            results.append(_Raised(error))
    return results


def _collect(term: Term, rows: Sequence[int], outputs: Sequence[Any], into: Outcomes) -> None:
    kinds = set(map(type, outputs))
    if _Raised in kinds:
        for row, output in zip(rows, outputs, strict=True):
            if type(output) is _Raised:
                _fault(term, output.error, into, [row])
        rows = [row for row, output in zip(rows, outputs, strict=True) if type(output) is not _Raised]
        outputs = [output for output in outputs if type(output) is not _Raised]
    if Escalation in kinds:
        easy = run_escalations(term, list(zip(rows, outputs, strict=True)), into)
        rows, outputs = [row for row, _ in easy], [output for _, output in easy]
    term.validator.collect(into, rows, outputs)


def _fault(term: Term, error: BaseException, into: Outcomes, rows: Sequence[int]) -> None:
    if isinstance(error, MemoryError) and in_worker():
        raise error  # a worker is replaced, and the item tried without what the others left behind
    if isinstance(error, ColumnError):  # a missing or broken image is the data's fault
        for row in rows:
            into.set(row, Status.BAD_REFERENCE, printable(str(error)))
    else:
        term.validator.fail(into, rows, raised(error))
