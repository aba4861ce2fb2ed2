"""`vlm-rewards list`: every reward with its origin, and broken packs among them."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from click.testing import Result

if TYPE_CHECKING:
    from tests.core.cli.conftest import Install

Run = Callable[..., Result]

PACK = """
import vlm_rewards as vr

@vr.reward(range=(-0.5, 2))
def brevity(completion, context, solution, images=(), hint="", *, limit: int = 10) -> float:
    "Short answers.\\n\\nMore."
    return 0.0

@vr.hookimpl
def vlm_rewards_register():
    return [brevity]
"""


def cells(result: Result, first: str) -> list[str]:
    (line,) = [line for line in result.output.splitlines() if line.startswith(first)]
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_rewards_stand_with_range_columns_distribution_and_purpose(run: Run, install: Install) -> None:
    install(PACK)
    result = run("list")
    assert result.exit_code == 0
    assert cells(result, "reward") == ["reward", "range", "columns", "distribution", "what earns reward"]
    assert cells(result, "acme/brevity") == [
        "acme/brevity",
        "-0.5..2",
        "solution, images?, hint?",
        "acme-rewards 1.5",
        "Short answers.",
    ]
    assert cells(result, "math/answer")[3] == f"vlm-rewards {version('vlm-rewards')}"


def test_json_has_one_object_per_line(run: Run, install: Install) -> None:
    install(PACK)
    rows = [json.loads(line) for line in run("list", "--json").output.splitlines()]
    (row,) = [row for row in rows if row["reward"] == "acme/brevity"]
    assert row == {
        "reward": "acme/brevity",
        "range": [-0.5, 2.0],
        "columns": "solution, images?, hint?",
        "pack": "acme",
        "distribution": "acme-rewards",
        "version": "1.5",
        "summary": "Short answers.",
    }


@pytest.mark.parametrize("source", ["import no_such_module_anywhere", "raise ValueError('one\\ntwo')", "x = 7"])
def test_a_broken_pack_is_one_row_that_says_why(run: Run, install: Install, source: str) -> None:
    install(source)
    result = run("list")
    assert result.exit_code == 0
    name, distribution, why = cells(result, "acme/?")
    assert (name, distribution) == ("acme/?", "acme-rewards 1.5")
    assert why.startswith("broken: Pack 'acme' (acme-rewards 1.5) ")
    assert len(result.output.splitlines()) == 1 + len(run("list", "--json").output.splitlines())
    assert cells(result, "math/answer")


def test_a_broken_pack_is_an_object_with_an_error(run: Run, install: Install) -> None:
    install("import no_such_module_anywhere")
    rows = [json.loads(line) for line in run("list", "--json").output.splitlines()]
    (row,) = [row for row in rows if "error" in row]
    assert (row["pack"], row["distribution"], row["version"]) == ("acme", "acme-rewards", "1.5")
    assert "No module named 'no_such_module_anywhere'" in row["error"]


def test_blocked_packs_are_not_listed_nor_imported(run: Run, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("raise SystemExit('imported')")
    monkeypatch.setenv("VLM_REWARDS_BLOCK", "acme,math")
    output = run("list").output
    assert "acme" not in output
    assert "math/answer" not in output
    assert "grounding/box_iou" in output


def test_nothing_to_list_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLM_REWARDS_PACKS", "nothing")
    assert run("list").output == "No packs are installed or allowed.\n"
    assert run("list", "--json").output == ""
