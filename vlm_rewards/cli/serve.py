"""`vlm-rewards serve CONFIG`: the rewards of a file as a service."""

import os
import signal
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from vlm_rewards.loading.load import load_scorer


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8200, show_default=True, type=click.IntRange(0, 65535), help="0 is a free one.")
@click.option("--images", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of images.")
@click.option("--max-mb", default=32, show_default=True, type=click.IntRange(min=1), help="Size of one request.")
@click.option("--waiting", default=32, show_default=True, type=click.IntRange(min=1), help="Requests at a time.")
@click.option("--no-verdict", type=float, metavar="NUMBER", help="What OpenRLHF is told of a row without a total.")
def command(config: Path, host: str, port: int, images: Path | None, max_mb: int, **limits: Any) -> None:
    """Score what is sent over HTTP under the rewards file CONFIG.

    With a token in the variable VLM_REWARDS_TOKEN clients must send `Authorization: Bearer TOKEN`; a server that others
    can reach needs one. Images are sent whole, or as paths inside of --images.
    """
    if missing := [name for name in ("fastapi", "uvicorn", "prometheus_client") if find_spec(name) is None]:
        raise click.ClickException(f"{', '.join(missing)} is missing; install it: pip install 'vlm-rewards[serve]'.")
    import uvicorn

    from vlm_rewards.serve.app import Service
    from vlm_rewards.types.images import ImageRef

    token = os.environ.get("VLM_REWARDS_TOKEN") or None
    if token is None and host not in ("127.0.0.1", "::1", "localhost"):
        raise click.UsageError(f"Others may reach {host}: set a token in the variable VLM_REWARDS_TOKEN.")
    ImageRef.root = Path() if images is None else images.resolve()  # no file lies in the former
    with load_scorer(config) as scorer:
        app = Service(scorer, images, token, max_mb << 20, **limits).app()
        try:
            listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except OSError as error:
            raise click.ClickException(f"{host}:{port}: {error.strerror}.") from error
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server raises it again when all is answered
        click.echo(f"Scoring under {config} at http://{host}:{listening.getsockname()[1]}")
        uvicorn.Server(uvicorn.Config(app, http="h11", log_level="warning", access_log=False)).run([listening])
