"""`vlm-rewards export TARGET CONFIG`: the files by which another framework uses a rewards file."""

import os
from pathlib import Path
from string import Template

import click

from vlm_rewards.export.rewards import Rewards

_FILES = Path(__file__).parents[1] / "export" / "files"


@click.command()
@click.argument("target", type=click.Choice(sorted(folder.name for folder in _FILES.iterdir())))
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), help="The folder that gets the files; by default CONFIG's.")
def command(*, target: str, config: Path, into: Path | None) -> None:
    """Write the files by which another framework uses the rewards file CONFIG; their first lines say how."""
    Rewards(config, single=target not in {"easyr1", "ms_swift"})  # what it refuses is told now
    folder = into or config.parent
    texts = sorted((_FILES / target).rglob("*.txt"))
    files = {folder / text.relative_to(_FILES / target).with_suffix(""): text.read_text("utf-8") for text in texts}
    if there := [str(path) for path in files if path.exists()]:
        raise click.ClickException(f"{', '.join(there)}: it exists already; move it away, or choose another --into.")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(config=repr(os.path.relpath(config, folder))), encoding="utf-8")
        click.echo(f"Wrote {path}.")
