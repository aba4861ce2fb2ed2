"""The figures of a summary as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards.report.summary import Estimate, Summary
from vlm_rewards.text.messages import printable

if TYPE_CHECKING:
    from rich.table import Table


def cell(text: str) -> str:
    """A text from data for a cell of a table: neither rich's markup nor a command of the terminal is left in it."""
    from rich.markup import escape

    return escape(printable(text))


def table_of(summary: Summary) -> Table:
    """A column per model, a row per figure with its 95 % interval, a section per way of answering."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("")
    for model in summary.models:
        table.add_column(cell(model), justify="right", overflow="fold")
    for mode in summary.modes:
        if mode:
            table.add_row(f"[dim]{cell(mode)}[/dim]")
        columns = {column.model: summary.figures(column) for column in summary.columns if column.mode == mode}
        for place, (name, _) in enumerate(next(iter(columns.values()))):
            row = [columns[model][place][1] if model in columns else None for model in summary.models]
            if any(row):
                table.add_row(cell(name), *(estimated(figure, signed="−" in name) for figure in row))
    for term, by_model in summary.overall.items():
        table.add_row(f"[dim]{cell(term)}, greedy, all rows as one[/dim]")
        for name in dict.fromkeys(name for figures in by_model.values() for name in figures):
            values = [by_model.get(model, {}).get(name) for model in summary.models]
            table.add_row(cell(name), *("-" if value is None else f"{value:.3f}" for value in values))
    return table


def estimated(figure: Estimate | None, *, signed: bool = False) -> str:
    """A mean with its interval, for a cell of a table."""
    if figure is None:
        return "-"
    sign = "+" if signed else ""
    # The backslash keeps rich from reading the bracket as markup.
    return f"{figure.mean:{sign}.3f} [dim]\\[{figure.low:{sign}.3f}, {figure.high:{sign}.3f}][/dim]"
