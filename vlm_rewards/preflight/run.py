"""Examine a dataset under a rewards file: columns, routes, references, and what each reward checks itself."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from vlm_rewards.preflight.declared import check_declared
from vlm_rewards.preflight.findings import Finding, Severity, about_rows
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.preflight.routes import check_routes
from vlm_rewards.registry.decorator import RESERVED, Mode
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.scoring.evaluate import evaluate
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.scoring.term import Term
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import FrameSpec
from vlm_rewards.types.output import Status
from vlm_rewards.types.results import Outcomes

Columns: TypeAlias = Mapping[str, Sequence[Any]]

#: Columns that TRL passes to every reward function itself; a dataset column of that name makes its call fail.
TRL_NAMES = ("prompts", "completions")

#: Bad rows with which other columns are tried; rows that an `async` reward is asked about.
_TRIED, FEW = 64, 8
#: What a reward is asked about beside an empty completion.
_OTHER = "The answer is 1."

# How Qwen2-VL resizes by default: references do not depend on it, but a reward may refuse to work without a frame.
_STAND_IN = FrameSpec(factor=28, min_pixels=56 * 56, max_pixels=28 * 28 * 1280)


def examine(
    scorer: Scorer, columns: Columns, *, context: Context | None = None, base: Path | None = None, is_whole: bool = True
) -> Iterator[Finding]:
    """Every finding about a whole dataset or a part; images are what an ImageRef takes, paths start from `base`."""
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        yield Finding(Severity.ERROR, "data", "the dataset has no row", "choose another file, split or dataset")
        return
    yield from _check_names(scorer.terms, list(columns))
    facts = context or Context()
    facts = replace(facts, group_size=1, frame=facts.frame or _STAND_IN)
    batch = Batch([Completion("")] * rows, columns, facts, base=base)
    yield from check_routes(scorer.terms, batch, Severity.ERROR if is_whole else Severity.WARNING)
    # Under a reserved name a term gets something else, but it can be read all the same.
    names = [name for name in columns if name == "images" or name not in RESERVED]
    for term in scorer.terms:
        if not term.check_columns(names):
            reading = Reading.of(term, batch)
            findings, known = check_declared(reading)
            yield from findings
            yield from check_references(reading, known)


def _check_names(terms: Sequence[Term], names: Sequence[str]) -> Iterator[Finding]:
    """Columns that are missing, and columns whose name means something else."""
    for name in TRL_NAMES:
        if name in names:
            what = f"Dataset column '{name}' has the name of an argument that TRL gives to every reward itself"
            yield Finding(Severity.ERROR, "data", what, "rename the column")
    for term in terms:
        where = f"rewards.{term.name}"
        for what, fix in term.check_columns(names):
            yield Finding(Severity.ERROR, where, what, fix)
        for parameter, reader in zip(term.info.columns, term.columns, strict=True):
            if reader and not parameter.required and parameter.default != "None" and reader.column not in names:
                what = f"`{parameter.name}` reads a dataset column, and without one is always {parameter.default}"
                fix = "add the column; if it is an option, put `*` before it in the reward, and set it under `params`"
                yield Finding(Severity.WARNING, where, what, fix)


def check_references(reading: Reading, known: Collection[int] = ()) -> Iterator[Finding]:
    """Findings about rows whose reference (or another column) is unusable for a term.

    A reward that is pure and runs in this process or a worker is asked about an empty completion: what it calls a
    bad reference is one. If it fails on every row, and on another completion too, that is an error, and a warning if
    it abstains there. An `async` reward is asked about a few rows, for a question may cost money; functions of TRL's
    convention are not asked. Rows that are `known` have a finding already.
    """
    outcomes = _ask(reading, "")
    asked = len(reading.rows[:FEW] if reading.term.info.is_async else reading.rows)
    if failed := _rows(outcomes, Status.FAILED):
        always = len(failed) == asked == len(_rows(_ask(reading, _OTHER), Status.FAILED))
        what = f"the reward fails on {'every' if always else 'an empty'} completion, e.g. "
        fix = "correct the reward, or report it to the pack's author"
        found = about_rows(reading.where, failed, len(reading.rows), what + failed[min(failed)], fix)
        yield found if always else replace(found, severity=Severity.WARNING)
    silent = len(_rows(outcomes, Status.ABSTAINED))
    if silent and silent == asked == len(_rows(_ask(reading, _OTHER), Status.ABSTAINED)):
        what = f"the reward abstains on every row, from an empty completion and from '{_OTHER}'"
        fix = "return a score, or an `unparseable` outcome with its reason; a function that forgets to return abstains"
        yield Finding(Severity.WARNING, reading.where, what, fix)
    bad = {row: reason for row, reason in _rows(outcomes, Status.BAD_REFERENCE).items() if row not in known}
    if bad:
        what = f"{reading.term.full_name} cannot use their values, e.g. row {min(bad)}: {bad[min(bad)]}"
        pairs = zip(reading.term.info.columns, reading.term.columns, strict=True)
        absent = [(one.name, read.column) for one, read in pairs if read and read.column not in reading.batch.columns]
        other = ""
        if (
            absent
            and not reading.term.info.is_async
            and (names := _stand_ins(reading, list(bad)[:_TRIED], absent[0][1]))
        ):
            other = f" (its `{absent[0][0]}` could be {' or '.join(names)})"
        fix = f"correct these rows, map another column with `columns`{other}, or leave them out with `when`"
        yield about_rows(reading.where, bad, len(reading.rows), what, fix)


def _stand_ins(reading: Reading, rows: Sequence[int], absent: str) -> list[str]:
    """The columns with which, in the place of one that is absent, the fewest of these rows are bad; none if all are."""
    columns = {name: [values[row] for row in rows] for name, values in reading.batch.columns.items()}
    left = {}
    for name, values in columns.items():
        tried = replace(reading.batch, completions=[Completion("")] * len(rows), columns={**columns, absent: values})
        left[name] = len(_rows(_ask(Reading.of(reading.term, tried), ""), Status.BAD_REFERENCE))
    return sorted(name for name, count in left.items() if count == min(left.values()) < len(rows))


def _ask(reading: Reading, text: str) -> Outcomes:
    """What the reward, if it may be asked, says to one completion in every row whose values the term can read."""
    batch = replace(reading.batch, completions=[Completion(text)] * len(reading.batch))
    outcomes = Outcomes.empty(len(batch))
    if _may_be_asked(reading):
        rows, arguments = reading.without(reading.bad)
        calls = Calls(reading.term, batch, rows, arguments)
        evaluate(calls.select(range(len(rows))[:FEW]) if reading.term.info.is_async else calls, outcomes)
    for row, reason in reading.bad.items():
        outcomes.set(row, Status.BAD_REFERENCE, reason)
    return outcomes


def _rows(outcomes: Outcomes, status: Status) -> dict[int, str]:
    """The rows of a status, with their reasons."""
    return {row: outcomes.reasons[row] or "no reason" for row, one in enumerate(outcomes.statuses) if one is status}


def _may_be_asked(reading: Reading) -> bool:
    term = reading.term
    if term.check_columns(list(reading.batch.columns)):  # a reserved name: a finding already, and no worker takes it
        return False
    return term.info.pure and term.info.mode is not Mode.TRL and not term.depends
