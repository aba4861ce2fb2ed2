"""`vlm-rewards lock CONFIG`: write down which packs and files the rewards of a file come from."""

from pathlib import Path

import click

from vlm_rewards.text.messages import printable

#: Of the verbs that use a rewards file.
locked_option = click.option("--locked", is_flag=True, help="Refuse packs and files that `lock` did not write down.")


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(*, config: Path) -> None:
    """Write versions and SHA-256 of the packs and files that CONFIG uses into CONFIG's .lock.json.

    `score`, `train` and `evaluate` with `--locked` refuse to run, before any import, when one of them has changed.
    """
    from vlm_rewards.loading.lock import lock_path, write_lock

    for name, facts in write_lock(config).items():
        click.echo(printable(f"{name}: {facts.get('version', 'sha256')} {facts['sha256'][:12]}"))
    click.echo(f"Written to {lock_path(config)}.")
