"""`vlm-rewards train METHOD RECIPE`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from vlm_rewards.errors import ConfigError
from vlm_rewards_trl.cli import need_trl
from vlm_rewards_trl.methods.registry import METHODS

__all__ = ["command", "setting"]


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


def setting(text: str) -> tuple[str, Any]:
    """One NAME=VALUE of `--set`; the value is read as YAML. Raises ConfigError when it is none."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"--set {text}: write NAME=VALUE, like --set learning_rate=1e-5.")
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return name, YAML(typ="safe").load(value)
    except YAMLError as error:
        what = getattr(error, "problem", None) or "it is no YAML"
        raise ConfigError(f"--set {text}: the value cannot be read: {what}. Put it into quotes.") from error
