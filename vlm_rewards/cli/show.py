"""`vlm-rewards show pack/reward`: what a reward reads, its options, and its documentation."""

from __future__ import annotations

import inspect
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from vlm_rewards.registry.decorator import Mode, unwrap
from vlm_rewards.registry.registry import RegisteredReward, Registry
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
    spec = found.spec
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("pack", cell(f"{found.pack.namespace} ({found.pack})"))
    table.add_row("range", f"{spec.range[0]:g} to {spec.range[1]:g}")
    table.add_row("sees", _SEES[spec.mode])
    outputs = spec.outputs
    for column in spec.columns:
        needed = "required" if column.required else f"default {column.default!r}"
        if column.name in outputs:
            needed += f"; the outcome of another term, given by `depends: {{{column.name}: TERM}}`"
        kind = "term" if column.name in outputs else "facts" if column.name == "context" else "column"
        table.add_row(kind, cell(f"{column.name} ({needed})"))
    for option in spec.params:
        table.add_row("param", cell(_without_quotes(str(option))))
    table.add_row("source", cell(_source(found)))
    console = Console()
    console.print(f"[bold]{cell(found.full_name)}[/bold]")
    console.print(table)
    console.print()
    console.print(inspect.getdoc(unwrap(spec.call)) or "(no documentation)", markup=False, highlight=False)
    console.print(f"\nIn a config:  {spec.name}: {{use: {found.full_name}}}", markup=False, highlight=False)


def _without_quotes(option: str) -> str:
    name, colon, rest = option.partition(": ")
    hint, equals, default = rest.partition(" = ")
    return f"{name}{colon}{hint.strip(chr(39))}{equals}{default}"


def _source(found: RegisteredReward) -> str:
    target: Any = inspect.unwrap(unwrap(found.spec.call))
    named = target if hasattr(target, "__qualname__") else type(target)
    return f"{named.__module__}.{named.__qualname__}"
