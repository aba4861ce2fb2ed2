"""`vlm-rewards demo-data NAME`: what the recipes of a demo read."""

from __future__ import annotations

from pathlib import Path

import click

from vlm_rewards_trl.cli import need_trl


@click.command("demo-data")
@click.argument("name", type=click.Choice(["digits"]))
def command(*, name: str) -> None:
    """Make the images and the untrained model of the demo NAME in runs/NAME; its recipes are in examples/NAME."""
    need_trl("The demo", "demo", "sklearn")
    from vlm_rewards_digits import build_model, write_data

    folder = Path("runs", name)
    for made in (build_model(folder / "base"), *write_data(folder / "data").values()):
        click.echo(made)
