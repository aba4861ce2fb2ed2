"""`vlm-rewards prefer RECIPE`: preferences for DPO and MPO, and demonstrations for SFT, made by the rewards."""

from pathlib import Path
from typing import Any

import click

from vlm_rewards_trl.cli import need_trl, set_option


@click.command()
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@set_option("a value of `preferences`")
def command(*, recipe: Path, settings: dict[str, Any]) -> None:
    """Sample completions as RECIPE says, score them with its rewards, and write chosen and rejected pairs.

    Started again, it goes on where it stopped.
    """
    need_trl("Sampling")
    from vlm_rewards_trl.preferences.prefer import prefer

    made = prefer(recipe, **settings)
    if made.waiting:
        click.echo(f"Done here; {made.waiting} shards are left to other processes, the last of which writes the sets.")
        return
    click.echo(f"{made.prompts} prompts, {made.completions} completions, {made.left_out} without a reward left out.")
    if made.unpaired:
        click.echo(
            f"{made.unpaired} prompts without a pair: no two rewards differ by the margin, or `ties` skips them."
        )
    for name, file in made.files.items():
        click.echo(f"{file}: {made.rows[name]} rows")
