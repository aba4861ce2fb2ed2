"""`vlm-rewards score CONFIG FILE`: score completions that are already there."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Column, Table

from vlm_rewards.jsonl import read_rows, write_scored
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.report.console import cell
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.output import RewardOutput
from vlm_rewards.types.results import ScoredBatch

__all__ = ["command"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("config", type=_FILE)
@click.argument("file", type=_FILE)
@click.option("--completion", default="completion", show_default=True, help="Column with the model's answer.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write every scored row as JSON Lines.")
@click.option("--rows", default=20, show_default=True, help="How many rows to print.")
def command(*, config: Path, file: Path, completion: str, output: Path | None, rows: int) -> None:
    """Score the completions of a JSON Lines FILE under the rewards file CONFIG."""
    with load_scorer(config) as scorer:
        scored = scorer.score(Batch.from_rows(read_rows(file), completion=completion, base=file.parent))
    if output is not None:
        try:
            write_scored(scored.rows(), output)
        except OSError as error:
            raise click.FileError(str(output), error.strerror) from error
    console = Console()
    console.print(_rows(scored, rows))
    if len(scored) > rows:
        console.print(f"... {len(scored) - rows} more rows" + ("" if output else "; --output FILE writes all of them"))
    console.print()
    console.print(_summary(scored))


def _rows(scored: ScoredBatch, limit: int) -> Table:
    numbers = (Column("row", justify="right"), Column("total", justify="right"))
    table = Table(*numbers, *map(cell, scored.terms), box=None, pad_edge=False, header_style="bold")
    for row in list(scored.rows())[:limit]:
        cells = (_cell(row.terms.get(name)) for name in scored.terms)
        table.add_row(str(row.row), _number(row.total), *cells)
    return table


def _cell(output: RewardOutput | None) -> str:
    if output is None:
        return "[dim]not routed[/dim]"
    why = ", ".join(filter(None, (output.answer_read, output.reason)))
    score = cell(output.status) if output.score is None else _number(output.score)
    return f"{score} [dim]{cell(why)}[/dim]" if why else score


def _summary(scored: ScoredBatch) -> Table:
    table = Table("term", "reward", "weight", "mean", "rows by status", box=None, pad_edge=False, header_style="bold")
    for term in scored.terms.values():
        counts = ", ".join(f"{count} {status}" for status, count in term.counts.most_common()) or "none routed"
        table.add_row(cell(term.name), cell(term.reward), f"{term.weight:g}", _number(term.mean), counts)
    unscored = sum(total is None for total in scored.totals)
    table.add_row("[bold]total[/bold]", "", "", _number(scored.mean), f"{unscored} without a total" if unscored else "")
    return table


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
