"""Evaluate a term for some rows; whatever its reward does becomes an outcome.

Equal questions are asked once: for rewards that are pure and see one completion, no pictures and no facts of the run,
rows that agree in everything injected share one call. Isolated and async rewards keep verdicts across batches too.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from vlm_rewards.errors import ColumnError, RewardOutputError
from vlm_rewards.registry.decorator import RESERVED, Mode
from vlm_rewards.scoring import event_loop
from vlm_rewards.scoring.cache import Verdicts
from vlm_rewards.scoring.evaluate_remote import decide_hard_ones, evaluate_isolated
from vlm_rewards.scoring.output_validator import Outcomes
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import explain, printable, raised
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.images import ImageRef
from vlm_rewards.types.output import Status
from vlm_rewards.worker import Escalation

__all__ = ["evaluate"]

# The rows that one call answers for, and the positional and keyword arguments that differ from call to call.
_Call = tuple[Sequence[int], Sequence[Any], Mapping[str, Any]]
_Result = tuple[Any, BaseException | None]


def evaluate(term: Term, batch: Batch, rows: Sequence[int], arguments: Sequence[Sequence[Any]], into: Outcomes) -> None:
    """Write the outcome of a term for some rows.

    Args:
        term: What to evaluate.
        batch: The whole batch.
        rows: Positions in the batch.
        arguments: Values of the reward's column parameters, each aligned with `rows`.
        into: Where the outcomes go.
    """
    spec = term.spec
    if not spec.pure or spec.mode is not Mode.ONE or any(column.name in RESERVED for column in spec.columns):
        _evaluate(term, batch, rows, arguments, into)
        return
    same: list[tuple[int, int]] = []
    if batch.has_twins:
        rows, arguments, same = _distinct(batch, rows, arguments)
    if term.isolated is None and not spec.is_async:
        _evaluate(term, batch, rows, arguments, into)
    else:
        _evaluate_new(term, batch, rows, arguments, into)
    for source, target in same:
        into.copy(source, target)


def _distinct(
    batch: Batch, rows: Sequence[int], arguments: Sequence[Sequence[Any]]
) -> tuple[list[int], list[list[Any]], list[tuple[int, int]]]:
    """The rows that ask different questions, their arguments, and (asked, asking the same) for the others.

    Equal reference values are one object (`ColumnReader` validates each once), so identity tells them apart cheaply.
    """
    first: dict[Any, int] = {}
    same: list[tuple[int, int]] = []
    unique: list[int] = []
    for position, row in enumerate(rows):
        known = first.setdefault((batch.kinds[row], *(id(values[position]) for values in arguments)), row)
        if known == row:
            unique.append(position)
        else:
            same.append((known, row))
    return [rows[p] for p in unique], [[values[p] for p in unique] for values in arguments], same


def _evaluate_new(
    term: Term, batch: Batch, rows: Sequence[int], arguments: Sequence[Sequence[Any]], into: Outcomes
) -> None:
    """Evaluate what has no verdict from an earlier batch, and keep the verdicts; a fault is no verdict."""
    new: list[int] = []
    keys: dict[int, str | None] = {}
    for position, row in enumerate(rows):
        keys[row] = Verdicts.key(batch.completions[row], [values[position] for values in arguments])
        known = term.verdicts.get(keys[row])
        if known is None:
            new.append(position)
        else:
            into.put(row, known.status, known.reason, known.score)
            into.details[row] = known.details or None
    rows = [rows[position] for position in new]
    _evaluate(term, batch, rows, [[values[position] for position in new] for values in arguments], into)
    for row in rows:
        output = into.at(row)
        if output is not None and output.status is not Status.FAILED:
            term.verdicts.keep(keys[row], output)


def _evaluate(
    term: Term, batch: Batch, rows: Sequence[int], arguments: Sequence[Sequence[Any]], into: Outcomes
) -> None:
    if term.isolated is not None:
        groups = [[rows[position] for position in positions] for positions in _positions(term, batch, rows)]
        evaluate_isolated(term, batch, rows, arguments, calls=groups, into=into)
        return
    instance, error = _attempt(term.instance.get, (batch.context,), {})
    if error is not None:
        term.boundary.fail(into, rows, f"could not be set up: {explain(error)}")
        return
    target, options = instance
    call = functools.partial(target, **options) if options else target
    if term.spec.mode is Mode.ONE:
        _one_by_one(term, batch, rows, arguments, into=into, call=call)
        return
    calls = list(_calls(term, batch, rows, arguments))
    if term.spec.is_async:
        results = _awaited(call, calls, term.concurrency)
    else:
        results = [_attempt(call, args, kw) for _, args, kw in calls]
    for (members, _, _), (output, error) in zip(calls, results, strict=True):
        if error is not None:
            readable = _with_pictures(term, rows, arguments, members) if isinstance(error, ColumnError) else []
            _fault(term, error, into, sorted(set(members).difference(rows[position] for position in readable)))
            if readable:
                rest = [[values[position] for position in readable] for values in arguments]
                _evaluate(term, batch, [rows[position] for position in readable], rest, into)
            continue
        try:
            outputs = term.boundary.check_length(output, len(members))
        except RewardOutputError as wrong:
            term.boundary.fail(into, members, str(wrong))
        else:
            _collect(term, members, outputs, into)


def _one_by_one(
    term: Term,
    batch: Batch,
    rows: Sequence[int],
    arguments: Sequence[Sequence[Any]],
    *,
    into: Outcomes,
    call: Callable[..., Any],
) -> None:
    outputs: list[Any] = []
    faulty: list[int] = []
    answers = map(batch.completions.__getitem__, rows)
    calls = itertools.starmap(call, zip(answers, *arguments, strict=True))
    while len(outputs) + len(faulty) < len(rows):  # a call that raises ends the inner loop, not the calls
        try:
            for output in calls:
                outputs.append(output)  # noqa: PERF402 - `extend` would not promise to keep what came before a fault
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - `sys.exit` in a reward may not end a run
            row = rows[len(outputs) + len(faulty)]
            faulty.append(row)
            _fault(term, error, into, [row])
    lost = set(faulty)
    done = [row for row in rows if row not in lost] if lost else rows
    if term.spec.is_async:
        results = list(zip(done, event_loop.run_all(outputs, limit=term.concurrency), strict=True))
        for row, result in results:
            if isinstance(result, BaseException):
                _fault(term, result, into, [row])
        done = [row for row, result in results if not isinstance(result, BaseException)]
        outputs = [result for _, result in results if not isinstance(result, BaseException)]
    _collect(term, done, outputs, into)


def _collect(term: Term, rows: Sequence[int], outputs: Sequence[Any], into: Outcomes) -> None:
    if Escalation in set(map(type, outputs)):
        easy = decide_hard_ones(term, list(zip(rows, outputs, strict=True)), into)
        rows, outputs = [row for row, _ in easy], [output for _, output in easy]
    term.boundary.collect(into, rows, outputs)


def _calls(term: Term, batch: Batch, rows: Sequence[int], arguments: Sequence[Sequence[Any]]) -> Iterator[_Call]:
    """The calls of a reward that sees several completions at once."""
    if term.spec.mode is Mode.TRL:
        yield rows, (), {name: _select(value, rows, len(batch)) for name, value in batch.trl_arguments.items()}
        return
    for positions in _positions(term, batch, rows):
        members = [rows[position] for position in positions]
        columns = [
            batch.context if parameter.name == "context" else [values[position] for position in positions]
            for parameter, values in zip(term.spec.columns, arguments, strict=True)
        ]
        yield members, ([batch.completions[row] for row in members], *columns), {}


def _with_pictures(
    term: Term, rows: Sequence[int], arguments: Sequence[Sequence[Any]], members: Sequence[int]
) -> list[int]:
    """Positions of the members of a call whose pictures can be read; none when those are all of them or none."""
    wanted = set(members)
    positions = [position for position, row in enumerate(rows) if row in wanted]
    readable = positions
    for parameter, values in zip(term.spec.columns, arguments, strict=False):
        if parameter.name == "images":
            readable = [position for position in readable if all(map(_is_readable, values[position]))]
    return readable if len(readable) < len(positions) else []


def _is_readable(picture: ImageRef) -> bool:
    try:
        picture.open()
    except ColumnError:
        return False
    return True


def _positions(term: Term, batch: Batch, rows: Sequence[int]) -> list[list[int]]:
    """Positions in `rows` that go into one call: one each, all of them, or those of one group."""
    if term.spec.mode is Mode.ONE:
        return [[position] for position in range(len(rows))]
    if term.spec.mode is not Mode.GROUP:
        return [list(range(len(rows)))]
    groups: dict[Any, list[int]] = {}
    for position, row in enumerate(rows):
        groups.setdefault(batch.groups[row], []).append(position)
    return list(groups.values())


def _select(value: Any, rows: Sequence[int], length: int) -> Any:
    """TRL's per-row lists cut to some rows; what is no such list (the trainer's state, its loggers) as it is."""
    return [value[row] for row in rows] if isinstance(value, list) and len(value) == length else value


def _attempt(call: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> _Result:
    try:
        return call(*args, **options), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - `sys.exit` in a reward may not end a run
        return None, error


def _awaited(target: Callable[..., Any], calls: Sequence[_Call], limit: int) -> list[_Result]:
    started = [_attempt(target, args, options) for _, args, options in calls]
    results = iter(event_loop.run_all([coroutine for coroutine, error in started if error is None], limit=limit))
    ended = [(next(results), None) if error is None else (None, error) for _, error in started]
    return [(None, result) if isinstance(result, BaseException) else (result, error) for result, error in ended]


def _fault(term: Term, error: BaseException, into: Outcomes, rows: Sequence[int]) -> None:
    if isinstance(error, ColumnError):  # a missing or broken picture is the data's fault
        for row in rows:
            into.put(row, Status.BAD_REFERENCE, printable(str(error)))
    else:
        term.boundary.fail(into, rows, raised(error))
