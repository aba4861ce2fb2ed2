"""`vlm-rewards doctor`: versions, packs, and what is wrong here."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from vlm_rewards.cli import main

if TYPE_CHECKING:
    from tests.core.cli.conftest import Install


def doctor() -> Result:
    return CliRunner().invoke(main, ["doctor"])


def test_versions_and_packs_are_told() -> None:
    result = doctor()
    assert result.exit_code == 0
    assert f"python {platform.python_version()}" in result.output
    assert f"\npydantic {version('pydantic')}\n" in result.output
    assert f"\n  math (vlm-rewards {version('vlm-rewards')}): " in result.output
    assert "no trap found" in result.output


def test_a_broken_pack_is_a_trap(install: Install) -> None:
    install("raise ValueError('\\x1b[31mboom')\n")
    result = doctor()
    assert result.exit_code == 1
    assert "\ntraps:\n  Pack 'acme' (acme-rewards 1.5) cannot be imported" in result.output
    assert "\x1b" not in result.output


def test_two_packs_of_one_name_are_a_trap(install: Install) -> None:
    install("", name="math")
    result = doctor()
    assert result.exit_code == 1
    assert "'math' is claimed by " in result.output
    assert "math-rewards 1.5" in result.output


@pytest.mark.parametrize("variable", ["VLM_REWARDS_PACKS", "VLM_REWARDS_BLOCK"])
def test_a_variable_that_leaves_packs_out_is_told(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "vqa")
    result = doctor()
    assert result.exit_code == 0
    assert f"  {variable}=vqa leaves packs out" in result.output
