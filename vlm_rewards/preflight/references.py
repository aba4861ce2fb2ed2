"""References that a reward cannot use: found by reading every column, and by asking the reward itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from vlm_rewards.preflight.findings import Finding, Severity, about_rows
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.scoring.evaluate import evaluate
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.output import Status
from vlm_rewards.types.results import Outcomes

#: The rows that an `async` reward is asked about.
FEW = 8


def check_references(reading: Reading, known: Collection[int] = ()) -> Iterator[Finding]:
    """Findings about rows whose reference (or another column) is unusable for a term.

    A reward that is pure and runs in this process or a worker is asked about an empty completion: what it calls a
    bad reference is one. If it fails on every row, and on another completion too, that is an error. An `async` reward
    is asked about a few rows, for a question may cost money; functions of TRL's convention are not asked. Rows that are
    `known` have a finding already.
    """
    bad = dict(reading.bad)
    if _may_be_asked(reading):
        outcomes = _ask(reading, "")
        for row, status in enumerate(outcomes.statuses):
            if status is Status.BAD_REFERENCE:
                bad[row] = outcomes.reasons[row] or "a bad reference"
        if failed := _failed(outcomes):
            asked = len(reading.rows[:FEW] if reading.term.info.is_async else reading.rows)
            always = len(failed) == asked == len(_failed(_ask(reading, "The answer is 1.")))
            what = f"the reward fails on {'every' if always else 'an empty'} completion, e.g. "
            fix = "correct the reward, or report it to the pack's author"
            found = about_rows(reading.where, failed, len(reading.rows), what + str(outcomes.reasons[failed[0]]), fix)
            yield found if always else replace(found, severity=Severity.WARNING)
    bad = {row: reason for row, reason in bad.items() if row not in known}
    if bad:
        what = f"{reading.term.full_name} cannot use their values, e.g. row {min(bad)}: {bad[min(bad)]}"
        has = sorted(reading.batch.columns)
        pairs = zip(reading.term.info.columns, reading.term.columns, strict=True)
        absent = [one.name for one, reader in pairs if reader is not None and reader.column not in has]
        other = f" (its `{absent[0]}` could be one of {', '.join(has)})" if absent else ""
        fix = f"correct these rows, map another column with `columns`{other}, or leave them out with `when`"
        yield about_rows(reading.where, bad, len(reading.rows), what, fix)


def _ask(reading: Reading, text: str) -> Outcomes:
    """What the reward says to one completion in every row whose values it can use."""
    batch = replace(reading.batch, completions=[Completion(text)] * len(reading.batch))
    outcomes = Outcomes.empty(len(batch))
    rows, arguments = reading.without(reading.bad)
    calls = Calls(reading.term, batch, rows, arguments)
    evaluate(calls.select(range(len(rows))[:FEW]) if reading.term.info.is_async else calls, outcomes)
    return outcomes


def _failed(outcomes: Outcomes) -> list[int]:
    return [row for row, status in enumerate(outcomes.statuses) if status is Status.FAILED]


def _may_be_asked(reading: Reading) -> bool:
    term = reading.term
    if term.check_columns(list(reading.batch.columns)):  # a reserved name: a finding already, and no worker takes it
        return False
    return term.info.pure and term.info.mode is not Mode.TRL and not term.depends
