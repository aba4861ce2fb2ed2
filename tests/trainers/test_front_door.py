"""What the docs teach is importable from the package itself, and importing the package costs next to nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import vlm_rewards_trl


@pytest.mark.parametrize("name", vlm_rewards_trl.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(vlm_rewards_trl, name) is not None
    assert name in dir(vlm_rewards_trl)


def test_no_other_name_does() -> None:
    with pytest.raises(AttributeError, match="no attribute 'grop'"):
        _ = vlm_rewards_trl.grop


def test_the_import_alone_loads_no_library() -> None:
    code = "import sys, vlm_rewards_trl; print({'torch', 'trl', 'transformers', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
