"""The figures of a summary as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards.report.estimates import Estimate
from vlm_rewards.report.summary import Summary

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["table_of"]


def table_of(summary: Summary) -> Table:
    """A row per model and way of answering; under each figure its 95 % interval."""
    from rich.markup import escape
    from rich.table import Table

    differs = any(column.difference for column in summary.columns)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("model")
    headings = [*map(escape, summary.terms), "total"]
    headings += [f"total - {escape(summary.models[0])}"] if differs else []
    for heading in (*headings, *(f"pass@{k}" for k in summary.ks)):
        table.add_column(heading, justify="right")
    for mode in summary.modes:
        for column in (column for column in summary.columns if column.mode == mode):
            figures = [*(column.terms.get(name) for name in summary.terms), column.total]
            cells = [*map(_cell, figures), *([_cell(column.difference, signed=True)] if differs else [])]
            cells += [_cell(column.pass_at.get(k)) for k in summary.ks]
            table.add_row(f"{escape(column.model)}\n[dim]{escape(mode)}[/dim]", *cells)
    return table


def _cell(figure: Estimate | None, *, signed: bool = False) -> str:
    if figure is None:
        return "-"
    sign = "+" if signed else ""
    # rich reads square brackets as markup, so these stand for an interval less plainly but safely.
    return f"{figure.mean:{sign}.3f}\n[dim]{figure.low:{sign}.3f}..{figure.high:{sign}.3f}[/dim]"
