"""`vlm-rewards train METHOD RECIPE`."""

import os
import warnings
from pathlib import Path
from typing import Any

import click

from vlm_rewards.cli.lock import locked_option
from vlm_rewards_trl.cli import need_trl, set_option
from vlm_rewards_trl.methods.registry import METHODS


@click.command()
@click.argument("method", type=click.Choice(list(METHODS)))
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@set_option("an argument of TRL")
@locked_option
@click.option("--dry-run", is_flag=True, help="Check the recipe, its rewards and the first rows; load no model.")
def command(*, method: str, recipe: Path, settings: dict[str, Any], dry_run: bool, locked: bool) -> None:
    """Train a model by METHOD as RECIPE says, and save it with its processor."""
    need_trl("Training")
    warnings.filterwarnings("ignore", ".*gradient_checkpointing", FutureWarning)  # of transformers to TRL
    from vlm_rewards.loading.lock import check_lock
    from vlm_rewards_trl.recipe.recipe import Recipe
    from vlm_rewards_trl.training.train import check, train

    if locked:
        check_lock(Recipe.read(recipe, **settings).rewards)
    if dry_run:
        rows, images = check(method, recipe, **settings)
        click.echo(f"{recipe}: the recipe is in order; {rows} rows with {images} images were read.")
    else:
        folder = train(method, recipe, **settings)
        if os.environ.get("RANK", "0") == "0":  # of several processes one tells
            click.echo(f"Saved to {folder}.")
