"""The commands that need TRL, as TRL's adapter adds them to `vlm-rewards`."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar

import click

__all__ = ["need_trl", "set_option"]

F = TypeVar("F", bound=Callable[..., Any])

_EXTRA = ("datasets", "torch", "transformers", "trl")


def need_trl(what: str, extra: str = "trl", *more: str) -> None:
    """Stop with the way to install it when a library of an extra is missing: the adapter imports them late."""
    missing = [name for name in (*_EXTRA, *more) if find_spec(name) is None]
    if missing:
        lacks = f"{', '.join(missing)} cannot be found"
        raise click.ClickException(f"{what} needs the extra: pip install 'vlm-rewards[{extra}]'; {lacks}.")


def set_option(what: str) -> Callable[[F], F]:
    """The option `--set`, repeatable, whose values come as one dict; what it replaces is for its help."""
    help_ = f"Replace {what}, or another value of the recipe (`dataset.limit=100`); repeatable."
    read: dict[str, Any] = {"multiple": True, "callback": lambda _context, _option, given: dict(map(_setting, given))}
    return click.option("--set", "settings", metavar="NAME=VALUE", help=help_, **read)


def _setting(text: str) -> tuple[str, Any]:
    """One NAME=VALUE of `--set`; the value is read as YAML. Raises UsageError when it is none."""
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set {text}: write NAME=VALUE, like --set learning_rate=1e-5.")
    from ruamel.yaml.error import YAMLError

    from vlm_rewards.config.document import to_builtin
    from vlm_rewards.config.yaml import load_yaml

    try:
        return name, to_builtin(load_yaml(value))
    except YAMLError as error:
        what = getattr(error, "problem", None) or "it is not YAML"
        raise click.UsageError(f"--set {text}: the value cannot be read: {what}. Put it into quotes.") from error
