"""`vlm-rewards score CONFIG SOURCE`: score completions that are already there."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from vlm_rewards.cli.lock import locked_option
from vlm_rewards.data.scored import Job, Row
from vlm_rewards.data.source import Source, open_source
from vlm_rewards.data.stream import Done, stream
from vlm_rewards.data.tally import OTHERS, Ids, Tally, TermTally
from vlm_rewards.data.written import is_parts, open_output
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.loading.lock import check_lock
from vlm_rewards.report.console import cell
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.types.output import RewardOutput

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COUNT = click.IntRange(min=1)
_REASONS = 5  # of a term and status, that are told apart


def _renames(_: click.Context, __: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    for text in given:
        if "" in text.partition("=")[::2]:
            raise click.BadParameter(f"'{text}': write NAME=COLUMN, like solution=answer.")
    return {name: column for name, _, column in (text.partition("=") for text in given)}


@click.command()
@click.argument("config", type=_FILE)
@click.argument("source")
@click.option("--completion", default="completion", show_default=True, help="Column with the model's answer.")
@click.option("--column", multiple=True, callback=_renames, metavar="NAME=COLUMN", help="Read COLUMN as NAME.")
@click.option("--group-size", type=_COUNT, help="Answers to one prompt; else the column `group_id` tells them.")
@click.option("--split", help="Which split of SOURCE.")
@click.option("--dataset-config", metavar="NAME", help="Configuration of a SOURCE on the hub.")
@click.option("--output", type=click.Path(path_type=Path), help="A .jsonl file, or a folder of parquet files.")
@click.option("--resume", is_flag=True, help="Go on with what an earlier run left in --output.")
@click.option("--workers", default=1, show_default=True, type=_COUNT, help="Processes that score.")
@click.option(
    "--engine", default="local", show_default=True, type=click.Choice(["local", "ray"]), help="Whose they are."
)
@click.option("--rows", default=20, show_default=True, help="How many rows to print.")
@locked_option
@click.option("--fail-under", type=float, metavar="TOTAL", help="Exit with 1 when the mean total is lower.")
def command(*, config: Path, source: str, **options: Any) -> None:
    """Score the completions of SOURCE under the rewards file CONFIG.

    SOURCE is a .jsonl, .json, .csv or .parquet file, `-` for standard input, a folder of `save_to_disk` or of parquet
    files, or a name of the hub.
    """
    asked = SimpleNamespace(**options)
    if asked.resume and asked.output is None:
        raise click.UsageError("--resume needs the --output of the run that it goes on with.")
    if asked.output is not None and asked.output.exists() and asked.output.resolve() == Path(source).resolve():
        raise click.UsageError("--output is SOURCE itself; name another file.")
    if asked.locked:
        check_lock(config)
    opened, job = asked_of(config, source, asked)
    folder = Path() if asked.output is None else asked.output if is_parts(asked.output) else asked.output.parent
    image_root = Path(os.path.relpath(opened.base or Path(), folder))
    parts = None if asked.output is None else is_parts(asked.output)
    job = replace(job, image_root=image_root, as_parts=parts, shown=asked.rows)
    tally, ids, first = Tally(), Ids(), []
    with ExitStack() as stack:
        scorer = stack.enter_context(load_scorer(config))
        try:
            output = None if asked.output is None else open_output(asked.output, resume=asked.resume)
            if output is not None:
                stack.callback(output.close)
            for done in _watched(stream(job, opened, output, workers=asked.workers, engine=asked.engine)):
                ids.add(tally.rows, done.ids)
                tally.add(done.tally)
                first += done.first
        except OSError as error:
            raise click.FileError(str(asked.output), error.strerror) from error
        except KeyboardInterrupt:
            told = f"; the rows until then are in {asked.output}, and --resume goes on" if output else ""
            raise click.ClickException(f"Stopped{told}.") from None
    _tell(tally, ids, first, scorer, written=output is not None)
    if tally.rows and (tally.mean is None or (asked.fail_under is not None and tally.mean < asked.fail_under)):
        raise SystemExit(1)


_READING = ("config", "source", "completion", "column", "group_size", "split", "dataset_config")
#: The parameters of verbs that read rows.
READING = [param for param in command.params if param.name in _READING]


def _tell(tally: Tally, ids: Ids, first: Sequence[Row], scorer: Scorer, *, written: bool) -> None:
    console = Console()
    console.print(_rows(first, scorer))
    if tally.rows > len(first):
        more = "" if written else "; --output FILE writes all of them"
        console.print(f"... {tally.rows - len(first)} more rows{more}")
    console.print()
    if tally.faults:
        console.print(_faults(tally))
        console.print()
    if repeated := ids.repeated():
        rows = _numbers(repeated[:5], len(repeated))
        console.print(f"{len(repeated)} rows have an id that another row has: {rows}\n")
    console.print(_summary(tally, scorer))


def asked_of(config: Path, source: str, asked: SimpleNamespace) -> tuple[Source, Job]:
    """The source that was asked for, and how it is read; a click error where its file is not there."""
    found = open_source(source, split=asked.split, config=asked.dataset_config)
    if found.base is not None and not Path(source).exists():
        raise click.BadParameter(f"File '{source}' does not exist.", param_hint="SOURCE")
    renames = asked.column if asked.completion == "completion" else {**asked.column, "completion": asked.completion}
    return found, Job(config, found.label, found.base, renames, asked.group_size)


def _watched(done: Iterator[Done]) -> Iterator[Done]:
    """The chunks, with a line on the terminal that tells how it goes."""
    console = Console(stderr=True)
    tally = Tally()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("")
        for chunk in done:
            tally.add(chunk.tally)
            faults = sum(fault.count for fault in tally.faults.values())
            speed = tally.rows / max(progress.tasks[0].elapsed or 0.0, 1e-3)
            told = f"{tally.rows} rows, {speed:.0f}/s, mean {_number(tally.mean)}, {faults} faults"
            progress.update(task, description=told)
            yield chunk


def _rows(rows: Sequence[Row], scorer: Scorer) -> Table:
    """The total of each row, and the terms that are below the top; the others are counted."""
    table = Table("row", "total", "terms", box=None, pad_edge=False, header_style="bold")
    tops = {term.name: term.info.range[1] for term in scorer.terms}
    for row in rows:
        outcomes = {name: RewardOutput.model_validate(outcome) for name, outcome in row["terms"].items()}
        told = [_told(name, output) for name, output in outcomes.items() if output.score != tops[name]]
        if len(told) < len(outcomes):
            told.append(f"[dim]{len(outcomes) - len(told)} at the top[/dim]")
        table.add_row(str(row["row"]), _number(row["total"]), "skipped" if "skipped" in row else "\n".join(told))
    return table


def _told(name: str, output: RewardOutput) -> str:
    why = ", ".join(filter(None, (output.answer_read, output.reason)))
    score = output.status if output.score is None else _number(output.score)
    return f"{cell(name)} {cell(score)}" + (f" [dim]{cell(why)}[/dim]" if why else "")


def _summary(tally: Tally, scorer: Scorer) -> Table:
    table = Table("term", "reward", "weight", "mean", "rows by status", box=None, pad_edge=False, header_style="bold")
    terms = {term.name: term for term in scorer.terms}
    for name in scorer.order:
        term, held = terms[name], tally.terms.get(name, TermTally())
        counts = ", ".join(f"{count} {status}" for status, count in held.statuses.most_common()) or "none routed"
        mean = held.sum / held.counted if held.counted else None
        table.add_row(cell(name), cell(term.full_name), f"{term.weight.at(0):g}", _number(mean), counts)
    unscored = tally.rows - tally.totals
    table.add_row("[bold]total[/bold]", "", "", _number(tally.mean), f"{unscored} without a total" if unscored else "")
    return table


def _faults(tally: Tally) -> Table:
    table = Table("term", "not scored", "rows", "why", box=None, pad_edge=False, header_style="bold")
    told, others = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for (term, status, reason), fault in sorted(tally.faults.items(), key=lambda item: -item[1].count):
        kind = (term, status)
        told[kind] += reason != OTHERS
        if told[kind] > _REASONS or reason == OTHERS:
            others[kind] += fault.count
        else:
            table.add_row(*map(cell, kind), f"{fault.count}: {_numbers(fault.rows, fault.count)}", cell(reason))
    for kind, count in others.items():
        table.add_row(*map(cell, kind), str(count), OTHERS)
    return table


def _numbers(rows: Sequence[int], count: int) -> str:
    return ", ".join(map(str, rows)) + (", ..." if len(rows) < count else "")


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
