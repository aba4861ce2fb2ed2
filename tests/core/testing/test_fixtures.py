"""The fixtures for a pack's conftest, and the code of the page about them."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL.Image import Image

import vlm_rewards as vr
from tests.fixtures import mistakes
from vlm_rewards.testing import image, make_batch, registry
from vlm_rewards.testing.bench import Shelf

__all__ = ["image", "make_batch", "registry"]

PAGE = Path(__file__).parents[3] / "docs" / "testing-your-pack.md"


def test_a_reward_on_the_shelf_stands_beside_the_packs(registry: Shelf, make_batch: Callable[..., vr.Batch]) -> None:
    terms = {"exact": {"use": registry.add(mistakes.clean_function), "gate": "form"}, "form": {"use": "format/boxed"}}
    scorer = vr.load_scorer({"version": 1, "rewards": terms}, registry=registry)
    assert scorer.score(make_batch("7", "\\boxed{7}", solution="\\boxed{7}")).totals == [0.0, 2.0]


def test_what_is_no_reward_cannot_be_added(registry: Shelf) -> None:
    with pytest.raises(TypeError, match="is not a reward"):
        registry.add(len)


def test_the_environment_does_not_hide_packs(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("VLM_REWARDS_PACKS", "math")
    monkeypatch.setenv("VLM_REWARDS_BLOCK", "vqa")
    assert {"math", "vqa", "format"} <= set(request.getfixturevalue("registry").namespaces())


def test_a_picture(image: Image) -> None:
    assert (image.mode, image.size) == ("RGB", (64, 48))
    assert image.getpixel((0, 0)) != image.getpixel((0, 47))


def test_the_code_of_the_page_is_a_pack_that_passes(tmp_path: Path) -> None:
    reward, conftest, gate = re.findall(r"```python\n((?!>>>).*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_pack.py").write_text(reward + gate)
    run = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=240, cwd=tmp_path)
    assert "2 passed" in done.stdout, done.stdout


def test_the_package_itself_does_not_load_the_kit() -> None:
    assert importlib.util.find_spec("vlm_rewards.testing") is not None
    code = "import sys, vlm_rewards as vr; vr.load_scorer; print({'pytest', 'vlm_rewards.testing'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
