"""`vlm-rewards attack CONFIG`: is there a completion that earns more than honest play with the same knowledge?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from vlm_rewards.attack.run import Finding, attack
from vlm_rewards.data.source import read_rows
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.text.messages import printable, show

__all__ = ["command"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 5


@click.command()
@click.argument("config", type=_FILE)
@click.option("--data", type=_FILE, help="The dataset; without it, rows are made up.")
@click.option("--honest", metavar="FORM", help="A form of honest answers, with {} for the answer; or a column of them.")
@click.option("--rows", default=60, show_default=True, type=click.IntRange(min=1), help="How many rows of --data.")
def command(*, config: Path, data: Path | None, honest: str | None, rows: int) -> None:
    """Try to game the rewards file CONFIG, with and without knowing the answer.

    The exit code is 1 for a hack, and 3 where there is no verdict because honest answers are not paid.
    """
    held = [] if data is None else read_rows(data)
    if len(held) > rows:
        held = random.Random(0).sample(held, rows)  # noqa: S311 - the same rows every time
    with load_scorer(config) as scorer:
        found = attack(scorer, held, base=data and data.parent, honest=honest)
    for line in _lines(found):
        click.echo(printable(line))
    verdicts = {finding.verdict for finding in found}
    told = "hack" if "hack" in verdicts else "no verdict" if "no verdict" in verdicts or not found else "no hack found"
    click.echo(f"{told}: {config}")
    if told != "no hack found":
        raise SystemExit(1 if told == "hack" else 3)


def _lines(found: list[Finding]) -> Iterator[str]:
    """A line for each finding, and the end of its completion; of many of one kind, those that gain most."""
    shown: Counter[tuple[str, str, str]] = Counter()
    for finding in sorted(found, key=lambda finding: -finding.gain):
        key = (finding.where, finding.knows, finding.verdict)
        shown[key] += 1
        if shown[key] <= _SHOWN:
            knows = f"knows {finding.knows}, {finding.gain:+.2f} on {finding.rows} rows: " if finding.knows else ""
            yield f"{finding.verdict or 'no gain'} ({finding.where or 'all rows'}): {knows}{finding.strategy}"
            if finding.completion and finding.verdict:
                yield f"    {show(finding.completion[-100:])}"
