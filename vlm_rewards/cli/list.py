"""`vlm-rewards list`: every reward that can be used here. Prints plain text: importing rich would double its time."""

import json
import shutil
import sys

import click

from vlm_rewards.errors import PackError
from vlm_rewards.registry.info import RewardInfo
from vlm_rewards.registry.packs import PackInfo
from vlm_rewards.registry.registry import RegisteredReward, Registry
from vlm_rewards.text.messages import printable

_HEADINGS = ("reward", "range", "columns", "distribution", "what earns reward")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def command(*, as_json: bool) -> None:
    """Show every reward with its pack, distribution, version, range and columns."""
    rows = list(Registry().all())
    if as_json:
        for row in rows:
            click.echo(json.dumps(_as_json(row)))
        return
    if not rows:
        click.echo("No packs are installed or allowed.")
        return
    lines = [_HEADINGS, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for cells in lines:
        line = printable("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
        click.echo(line if limit is None or len(line) <= limit else line[: limit - 1] + "…")


def _cells(row: RegisteredReward | tuple[PackInfo, PackError]) -> tuple[str, ...]:
    if isinstance(row, RegisteredReward):
        low, high = row.info.range
        return (row.full_name, f"{low:g}..{high:g}", _columns(row.info), str(row.pack), row.info.summary)
    info, error = row
    return (f"{info.namespace}/?", "", "", str(info), f"broken: {error}")


def _columns(reward: RewardInfo) -> str:
    others = {"context", *reward.outputs}
    return ", ".join(
        column.name + ("" if column.required else "?") for column in reward.columns if column.name not in others
    )


def _as_json(row: RegisteredReward | tuple[PackInfo, PackError]) -> dict[str, object]:
    info = row.pack if isinstance(row, RegisteredReward) else row[0]
    origin: dict[str, object] = {"pack": info.namespace, "distribution": info.distribution, "version": info.version}
    if not isinstance(row, RegisteredReward):
        return origin | {"error": str(row[1])}
    known = {"range": row.info.range, "columns": _columns(row.info)}
    return {"reward": row.full_name, **known, **origin, "summary": row.info.summary}
