"""The commands that need TRL, as TRL's adapter adds them to `vlm-rewards`."""

from __future__ import annotations

from importlib.util import find_spec

import click

__all__ = ["need_trl"]

_EXTRA = ("datasets", "PIL", "torch", "transformers", "trl")


def need_trl(what: str) -> None:
    """Stop with the way to install it when a library of the extra `trl` is missing: the adapter imports them late.

    Args:
        what: What needs it, as the message begins with it.

    Raises:
        ClickException: A library is missing.
    """
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        lacks = f"{', '.join(missing)} cannot be found"
        raise click.ClickException(f"{what} needs the extra: pip install 'vlm-rewards[trl]'; {lacks}.")
