"""Helpers of the command line's tests: a runner, and packs installed beside the real ones."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from vlm_rewards.cli import main

_numbers = itertools.count()

CONFIG = "version: 1\nrewards:\n  answer: {use: math/answer, weight: 2}\n  form: {use: format/boxed}\n"


class Install(Protocol):
    """Install a distribution with one module of that source; returns the module's name."""

    def __call__(self, source: str, *, group: str = ..., name: str = ..., attribute: str = ...) -> str: ...


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("VLM_REWARDS_PACKS", "VLM_REWARDS_BLOCK", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run the command line; an error that reaches Python is an error of the test."""

    def invoke(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="vlm-rewards")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A rewards file of two terms."""
    path = tmp_path / "rewards.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    modules: list[str] = []

    def make(source: str, *, group: str = "vlm_rewards", name: str = "acme", attribute: str = "") -> str:
        module = f"fake_cli_{next(_numbers)}"
        modules.append(module)
        (site / f"{module}.py").write_text(source)
        info = site / f"{name}_rewards-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-rewards\nVersion: 1.5\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}{attribute}\n")
        importlib.invalidate_caches()
        return module

    yield make
    for module in modules:
        sys.modules.pop(module, None)
