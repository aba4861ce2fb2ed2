"""The public surface: every name is there, found late, and cheap to get at."""

from __future__ import annotations

import subprocess
import sys

import pytest

import vlm_rewards as vr


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
        "    if module.name not in ('__main__', 'isolation'): importlib.import_module('vlm_rewards.' + module.name)\n"
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
