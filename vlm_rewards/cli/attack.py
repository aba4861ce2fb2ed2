"""`vlm-rewards attack CONFIG`: is there a completion that earns more than honest play with the same knowledge?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from vlm_rewards.data.source import read_rows
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.preflight.attack.run import attack
from vlm_rewards.text.messages import printable, show

__all__ = ["command"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("config", type=_FILE)
@click.option("--data", type=_FILE, help="The dataset; without it, rows are made up.")
@click.option("--honest", metavar="FORM", help="How honest answers are written, with {} for the answer.")
@click.option("--rows", default=60, show_default=True, type=click.IntRange(min=1), help="How many rows of --data.")
def command(*, config: Path, data: Path | None, honest: str | None, rows: int) -> None:
    """Try to game the rewards file CONFIG, with and without knowing the answer.

    The exit code is 1 for a hack, and 3 where there is no verdict because honest answers are not paid.
    """
    held = [] if data is None else read_rows(data)
    with load_scorer(config) as scorer:
        found = attack(scorer, held[:: len(held) // rows + 1], base=data and data.parent, honest=honest)
    shown: Counter[tuple[str, str, str]] = Counter()
    for one in sorted(found, key=lambda one: -one.gain):
        key = (one.where, one.knows, one.verdict)
        shown[key] += 1
        if shown[key] <= 5:  # of each kind
            knows = f"knows {one.knows}, {one.gain:+.2f} on {one.rows} rows: " if one.knows else ""
            click.echo(printable(f"{one.verdict or 'no gain'} ({one.where or 'all rows'}): {knows}{one.strategy}"))
            if one.completion and one.verdict:
                click.echo(f"    {show(one.completion[-100:])}")
    verdicts = {one.verdict for one in found}
    told = "hack" if "hack" in verdicts else "no verdict" if "no verdict" in verdicts or not found else "no hack found"
    click.echo(f"{told}: {config}")
    if told != "no hack found":
        raise SystemExit(1 if told == "hack" else 3)
