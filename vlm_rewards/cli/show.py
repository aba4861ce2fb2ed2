"""`vlm-rewards show pack/reward`: what a reward reads, its options, and its documentation."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from vlm_rewards.registry.decorator import Mode
from vlm_rewards.registry.registry import Registry
from vlm_rewards.report.console import cell

__all__ = ["command"]


_SEES = {
    Mode.ONE: "one completion",
    Mode.BATCH: "a batch",
    Mode.GROUP: "a group",
    Mode.TRL: "a batch, as TRL passes it",
}


@click.command()
@click.argument("reward")
def command(*, reward: str) -> None:
    """Show one reward: columns, options, documentation, and a line to paste into a config."""
    found = Registry().get(reward)
    info = found.info
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("pack", cell(f"{found.pack.namespace} ({found.pack})"))
    table.add_row("range", f"{info.range[0]:g} to {info.range[1]:g}")
    table.add_row("sees", _SEES[info.mode])
    for column in info.columns:
        needed = "required" if column.required else f"default {column.default}"
        if column.wants_output:
            needed += f"; the outcome of another term, given by `depends: {{{column.name}: TERM}}`"
        kind = "term" if column.wants_output else "facts" if column.name == "context" else "column"
        table.add_row(kind, cell(f"{column.name} ({needed})"))
    for option in info.options:
        table.add_row("param", cell(_without_quotes(option)))
    table.add_row("source", cell(info.source))
    console = Console()
    console.print(f"[bold]{cell(found.full_name)}[/bold]")
    console.print(table)
    console.print()
    console.print(info.doc or "(no documentation)", markup=False, highlight=False)
    console.print(f"\nIn a config:  {info.name}: {{use: {found.full_name}}}", markup=False, highlight=False)


def _without_quotes(option: str) -> str:
    name, colon, rest = option.partition(": ")
    hint, equals, default = rest.partition(" = ")
    return f"{name}{colon}{hint.strip(chr(39))}{equals}{default}"
