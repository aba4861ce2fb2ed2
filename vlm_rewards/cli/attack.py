"""`vlm-rewards attack CONFIG`: is there a completion that earns more than honest play with the same knowledge?"""

from pathlib import Path
from textwrap import wrap

import click

from vlm_rewards.data.source import read_rows
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.preflight.attack.run import LEAST_ROWS, Finding, attack
from vlm_rewards.text.messages import printable, show

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("config", type=_FILE)
@click.option("--data", type=_FILE, help="The dataset; without it, rows are made up.")
@click.option(
    "--honest", metavar="FORM", help="How honest answers are written, with {} for the answer, or their column."
)
@click.option("--rows", default=60, show_default=True, type=click.IntRange(min=1), help="How many rows of --data.")
def command(*, config: Path, data: Path | None, honest: str | None, rows: int) -> None:
    """Try to game the rewards file CONFIG, with and without knowing the answer.

    The exit code is 1 for a hack, and 3 where there is no verdict: honest answers are not paid, or rows are too few.
    """
    held = [] if data is None else read_rows(data)
    if honest and "{}" not in honest and not any(honest in row for row in held):
        raise click.UsageError(f"--honest {show(honest)} is not a column of --data, and has no {{}} for the answer.")
    with load_scorer(config) as scorer:
        found = attack(scorer, held[:: len(held) // rows + 1], base=data and data.parent, honest=honest, tell=_tell)
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for one in sorted(found, key=lambda one: -one.gain):
        kinds.setdefault((one.where, one.knows, one.verdict), []).append(one)
    for (where, knows, verdict), (best, *others) in kinds.items():
        earned = f"knows {knows}, {best.gain:+.2f} on {best.rows} rows: " if knows else ""
        more = f" (and {len(others)} more)" if others else ""
        told = f"{verdict or 'no hack'} ({where or 'all rows'}): {earned}{best.strategy}{more}"
        click.echo("\n".join(wrap(printable(told), 80, subsequent_indent="  ")))
        if best.completion and verdict:
            click.echo(f"    {_tail(show(best.completion[-200:]))}")
    verdicts = {one.verdict for one in found}
    few = f"too few rows to say ({len(held)}; give {LEAST_ROWS})" if 0 < len(held) < LEAST_ROWS else ""
    told = "hack" if "hack" in verdicts else "no verdict" if "no verdict" in verdicts or not found else few
    click.echo(f"{told or 'no hack found'}: {config}")
    if told:
        raise SystemExit(1 if told == "hack" else 3)


def _tell(text: str) -> None:
    """What is tried next: an attack of rewards that are slow takes minutes."""
    click.echo(printable(text), err=True)


def _tail(text: str) -> str:
    """The last words of a text that stand on a line."""
    return text if len(text) <= 74 else f"… {text[-72:].partition(' ')[2] or text[-72:]}"
