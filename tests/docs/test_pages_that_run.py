"""Pages whose files, commands and outputs are those of a terminal."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from vlm_rewards.cli import main

DOCS = Path(__file__).parents[2] / "docs"
FILE = re.compile(r"`(\w+\.(?:jsonl|yaml|py))`[^\n`]*:\n\n```\w+\n(.*?)```", re.DOTALL)
CALL = re.compile(r"```bash\n((?:(?!```).)*)```\n\n```text\n(.*?)```", re.DOTALL)
#: What `attack` tells while it works.
TOLD = re.compile(r"[^:]+: \d+ (?:ways to be honest, on \d+ rows|completions that know \w+)")


def run(line: str) -> list[str]:
    """The lines that a command of a page prints; its comment says with what it exits, unless with 0."""
    _, _, code = line.partition("# exits with ")
    result = CliRunner().invoke(main, shlex.split(line, comments=True)[1:])
    assert result.exit_code == int(code or 0), result.output
    assert all(TOLD.fullmatch(line) for line in result.stderr.splitlines()), result.stderr
    return [printed.rstrip() for printed in result.stdout.rstrip().splitlines()]


@pytest.mark.parametrize("page", ["compare.md", "first-reward.md", *(page.name for page in DOCS.glob("judge*.md"))])
def test_every_command_prints_what_its_page_shows(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    text = (DOCS / page).read_text(encoding="utf-8")
    for name, body in FILE.findall(text):
        Path(name).write_text(body)
    Path("scored").mkdir()
    calls = CALL.findall(text)
    assert calls
    for commands, shown in calls:
        for command in commands.splitlines():
            printed = run(command)
        expected = shown.splitlines()
        for place, line in enumerate(expected):
            if line.endswith("…"):  # a reason, whose words may change
                printed[place] = printed[place][: len(line) - 1] + "…"
        if expected[-1] == "…":  # and more of the kind
            printed, expected = printed[: len(expected) - 1], expected[:-1]
        assert printed == expected


def test_every_command_of_the_questions_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, body in FILE.findall((DOCS / "first-reward.md").read_text(encoding="utf-8")):
        Path(name).write_text(body)
    commands = re.findall(r"^vlm-rewards .+$", (DOCS / "questions.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) > 8
    printed = {command: "\n".join(run(command)) for command in dict.fromkeys(commands)}
    assert all(printed.values())
