"""`vlm-rewards agree CONFIG SOURCE`: how far terms, and their total, can be trusted on rows with labels."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, TypeAlias

import click
from pydantic import Field, TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from vlm_rewards.cli.score import READING, asked_of
from vlm_rewards.data.chunks import Chunk, chunks
from vlm_rewards.data.lines import columns_of
from vlm_rewards.data.scored import score_chunk
from vlm_rewards.errors import ColumnError
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.report import AnsweredRow, write_report
from vlm_rewards.report.agree import Verdicts, agree
from vlm_rewards.report.console import estimated
from vlm_rewards.report.summary import Estimate
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import show
from vlm_rewards.types.output import Status

_LABELS: TypeAdapter[list[float | None]] = TypeAdapter(list[bool | Annotated[float, Field(ge=0, le=1)] | None])
_STEPS = 10  # thresholds of a term that are tried beside the one asked for
_Said: TypeAlias = float | str  # of a row: its score, or why there is none


@click.command()
@click.option("--label", default="label", show_default=True, help="Column that says whether an answer is right.")
@click.option("--threshold", default=0.5, show_default=True, help="The score from which on an answer is paid.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A page of the rows that differ.")
def command(*, config: Path, source: str, label: str, threshold: float, output: Path | None, **options: Any) -> None:
    """Tell how far the terms of CONFIG and their total can be trusted, by the labels of the answers in SOURCE.

    A label is true or false, yes or no, 1 or 0, or else a number between, which is right from --threshold on. Without
    labels the terms are compared with each other. Of a judge behind rules it is told whether it pays off.
    """
    opened, job = asked_of(config, source, SimpleNamespace(**options))
    with load_scorer(config) as scorer:
        read = list(chunks(opened, job.renames, grouped=scorer.compares, group_size=job.group_size))
        labels = _labels(read, opened.label, label)
        if not labels or (set(labels) <= {None} and len(scorer.terms) == 1):
            raise ColumnError(f"{opened.label}: none of its {len(labels)} rows has a label in the column '{label}'.")
        job = replace(job, image_root=opened.base or Path())
        rows = [AnsweredRow.model_validate(row) for chunk in read for row in score_chunk(scorer, chunk, job)]
    compare = partial(agree, [_prompt(row, job.group_size) for row in rows])
    right = _paid(labels, 0.5 if set(labels) <= {None, 0, 1} else threshold)
    said = {term.name: [_said(row, term) for row in rows] for term in scorer.terms}
    said["the total"] = ["no total" if row.total is None else row.total for row in rows]
    verdicts = {name: _paid(scores, threshold) for name, scores in said.items()}
    console = Console(highlight=False)
    labelled = sum(one is not None for one in right)
    console.print(f"{len(rows)} rows, {labelled} with a label. Intervals are over prompts, 95 % bootstrap.\n")
    if labelled:
        steps = [(name, step) for name, scores in said.items() for step in _steps(scores, threshold)]
        found = {(name, f"{step:g}"): compare(_paid(said[name], step), right) for name, step in steps}
        console.print(_table(found, "from", "accuracy", "false payments", "missed payments", "kappa"))
    pairs = list(combinations(scorer.order, 2))
    if pairs:
        found = {(one, other): compare(verdicts[one], verdicts[other]) for one, other in pairs}
        console.print(_table(found, "and", "agreement", "kappa"))
    for name, scores in said.items():
        if silent := Counter(one for one in scores if isinstance(one, str)):
            why = ", ".join(f"{count} {word}" for word, count in silent.most_common())
            console.print(f"{name}: rows without a verdict, which count nowhere: {why}.")
    for term in scorer.terms if labelled else ():
        if rules := _rules(term, scorer):
            before = zip(*(verdicts[rule] for rule in rules), strict=True)
            decides = [None if True in paid else own for own, paid in zip(verdicts[term.name], before, strict=True)]
            console.print(_pays_off(term.name, said[term.name], compare(decides, right)))
    sides = zip(rows, right, *verdicts.values(), strict=True)
    differing = [(row, own) for row, own, *paid in sides if {True, False} <= {own, *paid}]
    note = f"Label and verdicts, or two verdicts, differ on {len(differing)} of {len(rows)} rows."
    console.print(f"\n{note}")
    if output is not None:
        names = {True: "label: right", False: "label: wrong", None: "no label"}
        shown = [row.model_copy(update={"model": names[own]}) for row, own in differing]
        try:
            write_report(shown, output, title="Where verdicts differ", note=note)
        except OSError as error:
            raise click.FileError(str(output), error.strerror) from error


command.params[:0] = READING


def _labels(read: Sequence[Chunk], source: str, column: str) -> list[float | None]:
    """The label of each row; None where there is none."""
    places = [place for chunk in read for place in chunk.places]
    rows = [columns_of(held, chunk.renames) for chunk in read for held in chunk.held]
    given = [None if isinstance(row, str) else row.get(column) for row in rows]
    try:
        return [None if label is None else float(label) for label in _LABELS.validate_python(given)]
    except ValidationError as error:
        at = int(error.errors()[0]["loc"][0])
        fix = "write true or false, yes or no, or a number from 0 to 1"
        raise ColumnError(f"{source}{places[at]}: '{column}' is {show(given[at])}; {fix}.") from None


def _prompt(row: AnsweredRow, group_size: int | None) -> str | int:
    """What answers to one prompt share: prompt, reference and images; without a prompt the group, or the id."""
    if row.prompt is not None:
        return repr((row.prompt, row.solution, row.images))
    return row.question if group_size is None else row.row // group_size


def _said(row: AnsweredRow, term: Term) -> _Said:
    """The score of a term for a row, the lowest of all for an unparseable one; or why there is none."""
    output = row.terms.get(term.name)
    if output is None:
        return "not routed" if row.skipped is None else "not readable"
    if not term.was_asked(output.reason):
        return "not asked"
    if output.status is Status.UNPARSEABLE:
        return -math.inf
    return output.status.value if output.score is None else output.score


def _paid(scores: Iterable[_Said | None], threshold: float) -> Verdicts:
    return [one >= threshold if isinstance(one, float) else None for one in scores]


def _rules(term: Term, scorer: Scorer) -> list[str]:
    """The terms that pay before it: the one whose low score opens its gate, and those before it in a maximum."""
    gate = [] if term.gate is None or term.gate.at_most is None else [term.gate.term]
    maximum = scorer.combine.children if scorer.combine.op == "max" else ()
    before = maximum[: maximum.index(term.name)] if term.name in maximum else ()
    return gate + [one for one in before if isinstance(one, str)]


def _steps(scores: Sequence[_Said], threshold: float) -> list[float]:
    """The threshold, and others that pay some rows and not all: a few of the scores."""
    there = sorted({one for one in scores if isinstance(one, float) and one > -math.inf})[1:]
    same = next((score for score in there if score >= threshold), None)
    return [threshold, *(score for score in there[:: len(there) // _STEPS + 1] if score != same)]


def _table(found: Mapping[tuple[str, str], Mapping[str, Estimate]], second: str, *figures: str) -> Table:
    table = Table("term", second, "prompts", *figures, box=None, padding=(0, 1, 0, 0), header_style="bold")
    for names, one in found.items():
        prompts = one["agreement"].prompts if one else 0
        table.add_row(*names, f"{prompts}", *(estimated(one.get(name)) for name in figures))
    return table


def _pays_off(name: str, scores: Sequence[_Said], found: Mapping[str, Estimate]) -> str:
    """Whether a judge makes verdicts better: what it pays is right more often than wrong."""
    asked = sum(one == Status.FAILED.value or (isinstance(one, float) and one > -math.inf) for one in scores)
    told = f"\n{name}: asked about {asked} of {len(scores)} rows (asked rate {asked / len(scores):.3f})"
    if not found:
        return f"{told}, and decides none with a label."
    gain = found["gain"]
    outcome = "Warning: the cascade loses" if gain.mean < 0 else "The cascade gains" if gain.mean else "It is even"
    return (
        f"{told}. Where it decides, the rules missed {estimated(found['right'])}, which is the break-even, and it errs "
        f"on {estimated(found['error'])}: {estimated(gain, signed=True)} more rows are right. "
        f"[bold]{outcome}[/bold], {'within' if gain.low <= 0 <= gain.high else 'beyond'} the interval."
    )
