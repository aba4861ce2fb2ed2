"""`vlm-rewards compare FIRST SECOND`: which of two runs is better, where, and how sure that is."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from vlm_rewards.errors import ColumnError
from vlm_rewards.report.compare import Compared, Pair, compare_runs
from vlm_rewards.report.console import cell, estimated
from vlm_rewards.report.records import read_together

_FILE = click.Path(exists=True, path_type=Path)
_SHOWN = 200


@click.command()
@click.argument("first", type=_FILE)
@click.argument("second", type=_FILE)
@click.option("--group-size", type=click.IntRange(min=1), help="Answers to one prompt; else group_id or id tells them.")
@click.option("--examples", default=3, show_default=True, help="How many wins, and how many losses, to print.")
@click.option("--seed", default=0, show_default=True, help="Seed of the intervals.")
def command(*, first: Path, second: Path, group_size: int | None, examples: int, seed: int) -> None:
    """Compare two scored runs over the same questions: the answers of two models, or the same answers under two files.

    FIRST and SECOND are written by `vlm-rewards score --output`. Differences are SECOND minus FIRST, by question.
    """
    runs = read_together((first, second), group_size=group_size)
    kinds = [list(dict.fromkeys((row.model, row.mode) for row in rows)) for rows in runs]
    for file, found in zip((first, second), kinds, strict=True):
        if len(found) > 1:
            raise ColumnError(f"{file}: it holds answers of several models or modes; `vlm-rewards report` shows them.")
    names = [found[0][0] if found else "" for found in kinds]
    compared = compare_runs(*runs, seed=seed)
    if not compared.questions:
        raise click.ClickException(f"{first} and {second} have no question in common: other ids, or no rows.")
    console = Console(highlight=False)
    alone = [f"{count} only in {cell(name)}" for name, count in zip(names, compared.alone, strict=True) if count]
    console.print(", ".join([f"{compared.questions} questions in both", *alone]) + "\n")
    console.print(_table(compared, names))
    if alone:
        console.print("Means are over the questions of each file, differences over those in both.")
    if compared.groups is not None:
        console.print(f"\n{_told(compared, names)}")
    gains = [(pair, (pair[1].total or 0.0) - (pair[0].total or 0.0)) for pair in compared.pairs]
    for title, shown in (
        ("loses", [pair for pair, gain in gains if gain < 0]),
        ("wins", [pair for pair, gain in gains if gain > 0]),
    ):
        if shown[:examples]:
            console.print(f"\n[bold]Where {cell(names[1])} {title}[/bold] ({len(shown)} of {compared.questions})")
        for pair in shown[:examples]:
            console.print(_example(pair, names))


def _table(compared: Compared, names: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for heading in (*map(cell, names), "difference", "wins", "losses", "ties"):
        table.add_column(heading, justify="right")
    for figure in compared.figures:
        means = ("-" if mean is None else f"{mean:.3f}" for mean in (figure.first, figure.second))
        counts = map(str, (figure.wins, figure.losses, figure.ties))
        table.add_row(cell(figure.name), *means, estimated(figure.difference, signed=True), *counts)
    return table


def _told(compared: Compared, names: Sequence[str]) -> str:
    held = compared.groups
    assert held is not None
    flat = ", ".join(f"{count} under {cell(name)}" for name, count in zip(names, held.flat, strict=True))
    return (
        f"The same answers, in {held.groups} groups: {held.reordered} groups rank their answers differently; "
        f"{held.turned} of {held.answers} advantages change their sign. Groups without any advantage: {flat}."
    )


def _example(pair: Pair, names: Sequence[str]) -> str:
    first = pair[0]
    where = f"row {first.row}" if first.id is None else f"{first.id}"
    lines = [f"[bold]{cell(where)}[/bold] {cell(_end(first.prompt or ''))}"]
    for name, row, other in zip(names, pair, pair[::-1], strict=True):
        lines.append(f"  {cell(name)} {row.total:.3f}: {cell(_end(row.completion or ''))}")
        for term, output in row.terms.items():
            value = row.values[term]
            if value != other.values.get(term):
                why = ", ".join(filter(None, (output.answer_read, output.reason or output.status)))
                lines.append(f"    [dim]{cell(term)} {'none' if value is None else f'{value:.3f}'}: {cell(why)}[/dim]")
    return "\n".join(lines)


def _end(text: str) -> str:
    """The end of a text, where the answer is."""
    return text if len(text) <= _SHOWN else f"…{text[-_SHOWN:]}"
