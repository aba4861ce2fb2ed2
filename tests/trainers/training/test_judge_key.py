"""The key of a judge reaches its server, and no output, log or file of any verb."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.packs.judge.server import Asked, Reply, part, says, scripted, verdict
from vlm_rewards.cli import main

KEY = "sk-very-secret-7"


def echo(asked: Asked) -> Reply:
    """Says the key wherever a server can."""
    if "401" in part(asked, "ANSWER"):
        return Reply(f"wrong key: {KEY}".encode(), 401)
    return says(verdict(asked, "different").replace("by the rule", KEY))


@pytest.mark.filterwarnings("default")
def test_a_key_reaches_no_output_and_no_file(
    recipe: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("JUDGE_KEY", KEY)
    made = recipe()
    made["training"] |= {"max_steps": 1, "save_strategy": "steps", "save_steps": 1, "log_completions": True}
    files = {name: tmp_path / name for name in ("recipe.yaml", "rewards.yaml", "rows.jsonl", "scored.jsonl")}
    files["recipe.yaml"].write_text(json.dumps(made))
    rows = [{"completion": text, "solution": "7"} for text in ("401", "It is 8.")]
    files["rows.jsonl"].write_text("\n".join(map(json.dumps, rows)))
    rewards, source, scored, trained = (
        str(files[name]) for name in ("rewards.yaml", "rows.jsonl", "scored.jsonl", "recipe.yaml")
    )
    told = []
    with scripted(echo) as server:
        judge = {"server": server.address, "model": "m", "key": "JUDGE_KEY"}
        params = {"judges": [judge], "cache": str(tmp_path / "verdicts.sqlite")}
        config = {"version": 1, "rewards": {"judge": {"use": "judge/equal", "params": params}}}
        files["rewards.yaml"].write_text(json.dumps(config))
        for words in (
            ["lock", rewards],
            ["show", "judge/equal"],
            ["score", rewards, source, "--locked", "--output", scored],
            ["explain", rewards, source, "--row", "0", "--html", str(tmp_path / "row.html")],
            ["report", scored, "--output", str(tmp_path / "report.html")],
            ["train", "grpo", trained, "--dry-run"],
            ["train", "grpo", trained],
        ):
            result = CliRunner().invoke(main, words)
            assert result.exit_code == 0, (words, result.output)
            told.append(result.output)
        assert {headers["authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    everything = "".join([*told, caplog.text]).encode() + b"".join(written.values())
    assert b"[token]" in everything
    assert KEY.encode() not in everything
