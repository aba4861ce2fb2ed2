"""Call the reward of a term for some rows; whatever it does becomes an outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from vlm_rewards import loop
from vlm_rewards.batch import Batch
from vlm_rewards.decorator import Mode
from vlm_rewards.errors import ColumnError, RewardOutputError, explain, printable
from vlm_rewards.outcomes import Outcomes
from vlm_rewards.schemas import Status
from vlm_rewards.term import Term

__all__ = ["evaluate"]

# The rows that one call answers for, its positional and its keyword arguments.
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
    instance, error = _attempt(term.instance.get, (batch.context,), {})
    if error is not None:
        term.boundary.fail(into, rows, f"could not be set up: {explain(error)}")
        return
    target, options = instance
    calls = list(_calls(term, batch, rows, arguments, options))
    results = _awaited(target, calls) if term.spec.is_async else [_attempt(target, args, kw) for _, args, kw in calls]
    if term.spec.mode is Mode.ONE:
        good = [
            (members[0], output)
            for (members, _, _), (output, error) in zip(calls, results, strict=True)
            if error is None
        ]
        term.boundary.collect(into, [row for row, _ in good], [output for _, output in good])
    for (members, _, _), (output, error) in zip(calls, results, strict=True):
        if error is not None:
            _fault(term, error, into, members)
        elif term.spec.mode is not Mode.ONE:
            try:
                outputs = term.boundary.check_length(output, len(members))
            except RewardOutputError as wrong:
                term.boundary.fail(into, members, str(wrong))
            else:
                term.boundary.collect(into, members, outputs)


def _calls(
    term: Term, batch: Batch, rows: Sequence[int], arguments: Sequence[Sequence[Any]], options: Mapping[str, Any]
) -> Iterator[_Call]:
    completions = batch.completions
    if term.spec.mode is Mode.ONE:
        for row, *values in zip(rows, *arguments, strict=True):
            yield (row,), (completions[row], *values), options
        return
    if term.spec.mode is Mode.TRL:
        yield rows, (), {name: _select(value, rows, len(batch)) for name, value in batch.trl_arguments.items()}
        return
    for positions in _positions(term, batch, rows):
        members = [rows[position] for position in positions]
        columns = [
            batch.context if parameter.name == "context" else [values[position] for position in positions]
            for parameter, values in zip(term.spec.columns, arguments, strict=True)
        ]
        yield members, ([completions[row] for row in members], *columns), options


def _positions(term: Term, batch: Batch, rows: Sequence[int]) -> list[list[int]]:
    """Positions in `rows` that go into one call: all of them, or those of one group."""
    if term.spec.mode is Mode.BATCH:
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


def _awaited(target: Callable[..., Any], calls: Sequence[_Call]) -> list[_Result]:
    started = [_attempt(target, args, options) for _, args, options in calls]
    results = iter(loop.run_all([coroutine for coroutine, error in started if error is None]))
    ended = [(next(results), None) if error is None else (None, error) for _, error in started]
    return [(None, result) if isinstance(result, BaseException) else (result, error) for result, error in ended]


def _fault(term: Term, error: BaseException, into: Outcomes, rows: Sequence[int]) -> None:
    if isinstance(error, ColumnError):  # a missing or broken picture is the data's fault
        for row in rows:
            into.put(row, Status.BAD_REFERENCE, printable(str(error)))
    else:
        term.boundary.fail(into, rows, f"raised {explain(error)}")
