"""The command line. Verbs plug in by entry points of the group `vlm_rewards.commands`, and load when called."""

import ast
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from pathlib import Path

import click

from vlm_rewards.errors import VLMRewardsError
from vlm_rewards.text import messages

__all__ = ["main"]

COMMANDS = "vlm_rewards.commands"


class _Verbs(click.Group):
    """A group whose commands are found by entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every installed verb, sorted."""
        del ctx
        return sorted({entry.name for entry in entry_points(group=COMMANDS)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name; a broken one becomes a command that says so."""
        del ctx
        found = entry_points(group=COMMANDS, name=cmd_name)
        if not found:
            return None
        entry = next(iter(found))
        try:
            command = entry.load()
        except Exception as error:  # noqa: BLE001 - one broken verb may not take the others away
            return _broken(cmd_name, f"'{entry.value}' cannot be imported: {messages.explain(error)}")
        return command if isinstance(command, click.Command) else _broken(cmd_name, f"'{entry.value}' is not a command")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every verb with its short help; that of our own is read from their files, which is quicker than importing."""
        found = {entry.name: entry for entry in entry_points(group=COMMANDS)}
        verbs = {name: _documented(entry) or self.get_command(ctx, name) for name, entry in found.items()}
        shown = {name: verb for name, verb in verbs.items() if verb is not None}
        click.Group(commands=shown).format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> object:
        """Run a verb; errors of this package are messages, not tracebacks."""
        try:
            return super().invoke(ctx)
        except VLMRewardsError as error:
            told = "\n".join(map(messages.printable, str(error).split("\n")))  # it may quote data, commands too
            raise click.ClickException(told) from error


def _documented(entry: EntryPoint) -> click.Command | None:
    """A stand-in with the help of a verb of this distribution; None for one that must be imported to tell."""
    package, _, module = entry.module.partition(".")
    spec = find_spec(package) if package in ("vlm_rewards", "vlm_rewards_trl", "vlm_rewards_digits") else None
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent.joinpath(*module.split(".")).with_suffix(".py")
    lines = ast.parse(file.read_bytes()).body if file.is_file() else []
    ours = (line for line in lines if isinstance(line, ast.FunctionDef) and line.name == entry.attr)
    return next((click.Command(entry.name, help=ast.get_docstring(verb)) for verb in ours), None)


def _broken(name: str, why: str) -> click.Command:
    def fail() -> None:
        raise click.ClickException(f"The verb '{name}' is broken: {why}. Reinstall the distribution that provides it.")

    return click.Command(name, callback=fail, short_help=f"(broken: {why})")


_CODES = "Exit codes: 0 done, 1 something is wrong with a file, the data or a pack, 2 the command line cannot be read."


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_CODES)
@click.version_option(version("vlm-rewards"), prog_name="vlm-rewards")
def main() -> None:
    """Rewards for aligning vision-language models."""
