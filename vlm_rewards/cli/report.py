"""`vlm-rewards report FILE...`: scored answers as one HTML file."""

from pathlib import Path

import click

from vlm_rewards.report import write_report
from vlm_rewards.report.records import read_together

_FILE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), default=Path("report.html"), show_default=True
)
@click.option("--data", type=_FILE, help="The rows that were scored: images that only they hold.")
@click.option("--title", default="Rewards", show_default=True)
def command(*, files: tuple[Path, ...], output: Path, data: Path | None, title: str) -> None:
    """Write the scored answers of FILES as one HTML file to work in; several files are compared.

    FILES are written by `vlm-rewards evaluate`, or by `vlm-rewards score --output`. Every answer is that of its own
    file; --data FILE adds images, and prompts and solutions that are not in them.
    """
    rows = [row for run in read_together(files, data=data) for row in run]
    try:
        write_report(rows, output, title=title)
    except OSError as error:
        raise click.FileError(str(output), error.strerror) from error
    click.echo(f"Written to {output}.")
