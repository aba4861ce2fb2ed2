"""`vlm-rewards report FILE...`: scored answers as one HTML file."""

from __future__ import annotations

from pathlib import Path

import click

from vlm_rewards.data.source import read_rows
from vlm_rewards.errors import ColumnError

__all__ = ["command"]

_FILE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), default=Path("report.html"), show_default=True
)
@click.option("--data", type=_FILE, help="The rows that were scored, for files of `vlm-rewards score --output`.")
@click.option("--title", default="Rewards", show_default=True)
@click.option("--examples", default=20, show_default=True, help="How many prompts to show with the answers to them.")
def command(*, files: tuple[Path, ...], output: Path, data: Path | None, title: str, examples: int) -> None:
    """Write the scored answers of FILES as one HTML file; several files are compared.

    FILES are written by `vlm-rewards evaluate`, or by `vlm-rewards score --output`. The latter hold no answers: --data
    FILE adds them, with prompts, solutions and images.
    """
    from vlm_rewards.report import read_answers, write_report

    rows = [row for file in files for row in read_answers(file, data=read_rows(data) if data else ())]
    given = [(row.model, row.mode, row.row, row.sample) for row in rows]
    if len(set(given)) < len(given):
        raise ColumnError("Two rows are the same answer of the same model; give each file once, with its own name.")
    first = data or files[0]
    base = first if first.is_dir() else first.parent
    try:
        write_report(rows, output, title=title, base=base, examples=examples)
    except OSError as error:
        raise click.FileError(str(output), error.strerror) from error
    click.echo(f"Written to {output}.")
