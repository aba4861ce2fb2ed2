"""The public surface: every name is there, found late, and cheap to get at."""

from __future__ import annotations

import subprocess
import sys

import pytest

import vlm_rewards as vr
from tests.core.public_names import FRONT_DOORS, RECORD, surface


@pytest.mark.parametrize("name", vr.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(vr, name)
    if callable(value) and getattr(value, "__module__", "").startswith("vlm_rewards"):
        assert (value.__doc__ or "").strip()


def test_dir_shows_the_public_names() -> None:
    assert dir(vr) == sorted(vr.__all__)


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'vlm_rewards' has no attribute 'compose_everything'"):
        _ = vr.compose_everything


def test_names_resolve_whatever_was_imported_first() -> None:
    """A submodule that is called like a public name would shadow it, depending on the order of imports."""
    code = (
        "import pkgutil, importlib, vlm_rewards as vr\n"
        "for module in pkgutil.iter_modules(vr.__path__):\n"
        "    if module.name not in ('__main__', 'worker'): importlib.import_module('vlm_rewards.' + module.name)\n"
        "modules = [name for name in vr.__all__ if type(getattr(vr, name)).__name__ == 'module']\n"
        "assert not modules, modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_declaring_and_registering_a_reward_costs_no_heavy_import() -> None:
    code = (
        "import sys, vlm_rewards as vr\n"
        "@vr.reward(range=(0, 1))\n"
        "def half(completion: vr.Completion) -> float: return 0.5\n"
        "vr.from_trl(half, range=(0, 1)); vr.hookimpl(half); vr.Registry\n"
        "heavy = {'pydantic', 'rich', 'click', 'ruamel', 'torch', 'numpy', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("door", FRONT_DOORS)
def test_the_public_names_are_those_on_record(door: str) -> None:
    """`python -m tests.core.public_names` records a change that is meant."""
    recorded = [line for line in RECORD.read_text(encoding="utf-8").splitlines() if _door_of(line) == door]
    assert list(surface(door)) == recorded


def test_every_recorded_name_is_of_a_front_door() -> None:
    assert {_door_of(line) for line in RECORD.read_text(encoding="utf-8").splitlines()} == set(FRONT_DOORS)


def _door_of(line: str) -> str:
    """The longest front door that a line of the record begins with."""
    name = line.removeprefix("class ")
    return max((door for door in FRONT_DOORS if name.startswith(f"{door}.")), key=len, default="")


def test_a_changed_signature_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(surface("vlm_rewards.report"))

    def table_of(summary: int, width: int = 80) -> str:
        return f"{summary:{width}}"

    table_of.__module__ = "vlm_rewards.report.console"
    monkeypatch.setattr("vlm_rewards.report.table_of", table_of)
    changed = set(surface("vlm_rewards.report")) - set(before)
    assert changed == {"vlm_rewards.report.table_of(summary: int, width: int = 80) -> str"}
