"""The figures of a summary as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vlm_rewards.report.statistics import Estimate
from vlm_rewards.report.summary import Column, Summary

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["table_of"]


def table_of(summary: Summary) -> Table:
    """A column per model, a row per figure with its 95 % interval, a section per way of answering."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("")
    for model in summary.models:
        table.add_column(escape(model), justify="right", overflow="fold")
    for mode in summary.modes:
        columns = [column for column in summary.columns if column.mode == mode]
        if mode:
            table.add_row(f"[dim]{escape(mode)}[/dim]")
        rows = [dict(_figures(column, summary)) for column in columns]
        for name in rows[0]:
            given = {column.model: row.get(name) for column, row in zip(columns, rows, strict=True)}
            if any(given.values()):
                signed = name.startswith("total -")
                cells = (_cell(given.get(model), signed=signed) for model in summary.models)
                table.add_row(escape(name), *cells)
    return table


def _figures(column: Column, summary: Summary) -> Iterator[tuple[str, Estimate | None]]:
    for name in summary.terms:
        yield name, column.terms.get(name)
    yield "total", column.total
    yield f"total - {summary.models[0]}", column.difference
    for k in summary.ks:
        yield f"pass@{k}", column.pass_at.get(k)


def _cell(figure: Estimate | None, *, signed: bool = False) -> str:
    if figure is None:
        return "-"
    sign = "+" if signed else ""
    # The backslash keeps rich from reading the bracket as markup.
    return f"{figure.mean:{sign}.3f} [dim]\\[{figure.low:{sign}.3f}, {figure.high:{sign}.3f}][/dim]"
