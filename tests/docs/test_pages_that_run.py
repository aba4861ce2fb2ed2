"""Pages whose files, commands and outputs are those of a terminal."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from vlm_rewards.cli import main

DOCS = Path(__file__).parents[2] / "docs"
FILE = re.compile(r"`(\w+\.(?:jsonl|yaml))`[^\n`]*:\n\n```\w+\n(.*?)```", re.DOTALL)
CALL = re.compile(r"```bash\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", ["compare.md"])
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
            result = CliRunner().invoke(main, shlex.split(command)[1:])
            assert result.exit_code == 0, result.output
        printed = [line.rstrip() for line in result.output.splitlines()]
        expected = shown.splitlines()
        for place, line in enumerate(expected):
            if line.endswith("…"):  # a reason, whose words may change
                printed[place] = printed[place][: len(line) - 1] + "…"
        assert printed == expected
