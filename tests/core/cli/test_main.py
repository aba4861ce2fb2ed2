"""The command line as such: verbs come by entry points, load when called, and fail with messages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import Result

import vlm_rewards.cli
from vlm_rewards.errors import ConfigError

if TYPE_CHECKING:
    from tests.core.cli.conftest import Install

Run = Callable[..., Result]
COMMANDS = "vlm_rewards.commands"


def test_help_names_every_verb(run: Run) -> None:
    for flag in ("-h", "--help"):
        result = run(flag)
        assert result.exit_code == 0
        for verb in ("list", "score", "show"):
            assert f"\n  {verb} " in result.output


def test_the_version_is_that_of_the_distribution(run: Run) -> None:
    assert run("--version").output == f"vlm-rewards, version {version('vlm-rewards')}\n"


def test_an_unknown_verb_is_a_usage_error(run: Run) -> None:
    result = run("scoer")
    assert result.exit_code == 2
    assert "No such command 'scoer'" in result.output


def test_another_distribution_adds_a_verb(run: Run, install: Install) -> None:
    source = "import click\n@click.command()\ndef hello():\n    'Say hello.'\n    click.echo('Hello!')\n"
    install(source, group=COMMANDS, name="hello", attribute=":hello")
    assert run("hello").output == "Hello!\n"
    assert "Say hello." in run("--help").output


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import no_such_module_anywhere\n", "cannot be imported: ModuleNotFoundError"),
        ("command = 7\n", "is not a command"),
        ("", "cannot be imported: AttributeError"),
    ],
)
def test_a_broken_verb_says_so_and_takes_no_other_away(run: Run, install: Install, source: str, why: str) -> None:
    module = install(source, group=COMMANDS, name="broken", attribute=":command")
    result = run("broken")
    assert result.exit_code == 1
    assert f"The verb 'broken' is broken: '{module}:command' {why}" in result.output
    assert "Reinstall the distribution that provides it." in result.output
    assert "(broken: " in run("--help").output
    assert run("list").exit_code == 0


def test_errors_of_the_package_are_messages_not_tracebacks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ConfigError(["one thing", "another"], source="r.yaml")

    monkeypatch.setattr(
        vlm_rewards.cli._Verbs, "get_command", lambda *_: click.Command("fail", callback=fail), raising=True
    )
    result = run("fail")
    assert result.exit_code == 1
    assert result.output == "Error: r.yaml: 2 problems\none thing\nanother\n"


def test_any_other_error_is_not_hidden(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(vlm_rewards.cli._Verbs, "get_command", lambda *_: click.Command("fail", callback=fail))
    with pytest.raises(ZeroDivisionError):
        run("fail")


def test_the_module_can_be_started() -> None:
    done = subprocess.run([sys.executable, "-m", "vlm_rewards", "list"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "math/answer" in done.stdout


def test_what_another_term_gives_is_no_column(run: Run) -> None:
    listed = {row["reward"]: row for row in map(json.loads, run("list", "--json").output.splitlines())}
    assert listed["shaping/group_length"]["columns"] == ""
    shown = " ".join(run("show", "shaping/group_length").output.split())
    assert "term correct (required; the outcome of another term, given by `depends: {correct: TERM}`)" in shown
    assert "column correct" not in shown


def test_list_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom vlm_rewards.cli import main\n"
        "try: main(['list'])\nexcept SystemExit as end: assert end.code == 0\n"
        "heavy = {'pydantic', 'rich', 'ruamel', 'torch', 'numpy', 'PIL', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "math/answer" in done.stdout


def test_exit_codes_are_those_that_help_tells(run: Run, tmp_path: Path) -> None:
    told = " ".join(run("--help").output.split())
    assert "Exit codes: 0 done, 1 something is wrong with a file, the data or a pack, 2 the command line" in told
    bad = tmp_path / "bad.yaml"
    bad.write_text("rewards: [")
    calls = {("list",): 0, ("check", bad): 1, ("show", "math/nothing"): 1, ("list", "--odd"): 2, ("check", "gone"): 2}
    assert {call: run(*call).exit_code for call in calls} == calls


def test_help_imports_no_verb_and_says_the_same_as_the_verb(run: Run) -> None:
    code = (
        "import sys\nfrom vlm_rewards.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit as end: assert end.code == 0\n"
        "found = [name for name in sys.modules if name.startswith(('vlm_rewards.cli.', 'vlm_rewards_', 'rich'))]\n"
        "assert not found, found\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for verb in entry_points(group=COMMANDS):
        assert f"\n  {verb.name} " in done.stdout
        told = done.stdout.partition(f"\n  {verb.name} ")[2].partition("\n")[0].strip().removesuffix("...")
        assert told in " ".join(run(verb.name, "--help").output.split())
