"""`vlm-rewards show pack/reward`: what a reward reads, its options, and its documentation."""

import click

from vlm_rewards.registry.decorator import Mode
from vlm_rewards.registry.registry import Registry
from vlm_rewards.text.messages import printable

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
    rows = [("pack", f"{found.pack.namespace} ({found.pack})"), ("range", "{:g} to {:g}".format(*info.range))]
    rows.append(("sees", _SEES[info.mode]))
    for column in info.columns:
        needed = "required" if column.required else f"default {column.default}"
        if column.wants_output:
            needed += f"; the outcome of another term, given by `depends: {{{column.name}: TERM}}`"
        kind = "term" if column.wants_output else "facts" if column.name == "context" else "column"
        rows.append((kind, f"{column.name} ({needed})"))
    rows += [("param", _without_quotes(option)) for option in info.options]
    lines = [found.full_name, *(f"{label:6}  {text}" for label, text in (*rows, ("source", info.source))), ""]
    lines += [
        *(info.doc or "(no documentation)").split("\n"),
        "",
        f"In a config:  {info.name}: {{use: {found.full_name}}}",
    ]
    click.echo("\n".join(map(printable, lines)))


def _without_quotes(option: str) -> str:
    name, colon, rest = option.partition(": ")
    hint, equals, default = rest.partition(" = ")
    return name + colon + hint.strip("'\"") + equals + default
