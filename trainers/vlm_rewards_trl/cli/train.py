"""`vlm-rewards train METHOD RECIPE`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from vlm_rewards_trl.cli import need_trl, setting
from vlm_rewards_trl.methods.registry import METHODS

__all__ = ["command"]


@click.command()
@click.argument("method", type=click.Choice(list(METHODS)))
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Replace an argument of TRL, or another value of the recipe (`dataset.limit=100`); repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Check the recipe, the rewards file and TRL's arguments; load nothing.")
def command(*, method: str, recipe: Path, settings: tuple[str, ...], dry_run: bool) -> None:
    """Train a model by METHOD as RECIPE says, and save it with its processor."""
    need_trl("Training")
    from vlm_rewards_trl.training.train import check, train

    overrides = dict(map(setting, settings))
    if dry_run:
        check(method, recipe, **overrides)
        click.echo(f"{recipe}: the recipe is in order.")
    else:
        folder = train(method, recipe, **overrides)
        if os.environ.get("RANK", "0") == "0":  # of several processes one tells
            click.echo(f"Saved to {folder}.")
