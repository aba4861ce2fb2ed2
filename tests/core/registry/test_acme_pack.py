"""A real third-party distribution: built, installed by pip into a folder, found there, and scored with."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

import vlm_rewards as vr
from vlm_rewards.registry.registry import RegisteredReward, Registry

ACME = Path(__file__).parents[2] / "fixtures" / "acme_pack"

CONFIG = {
    "version": 1,
    "rewards": {
        "short": {"use": "acme/brevity", "params": {"max_words": 3}, "weight": 0.5},
        "words": {"use": "acme/keywords", "gate": {"term": "short", "at_least": 0.9}},
        "same": {"use": "acme/variety"},
        "plain": {"use": "acme/lexicon", "params": {"language": "simple"}},
        "liked": {"use": "acme/judge"},
        "polite": {"use": "acme/polite"},
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip installed the distribution, from a copy: building leaves nothing in the checkout."""
    if not all(map(importlib.util.find_spec, ("pip", "hatchling"))):
        pytest.skip("pip and hatchling build the distribution")
    home = tmp_path_factory.mktemp("acme")
    source = shutil.copytree(ACME, home / "source", ignore=shutil.ignore_patterns("__pycache__"))
    target = home / "site"
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir", "--no-compile"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def registry(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "acme_rewards", raising=False)
    yield Registry(found=distributions(path=[str(folder)]), allow=["acme"], block=[])
    sys.modules.pop("acme_rewards", None)


def test_what_pip_installed_is_found_without_an_import(registry: Registry) -> None:
    assert registry.namespaces() == ["acme"]
    assert str(registry.find("acme")) == "acme-rewards 2.1.0"
    assert "acme_rewards" not in sys.modules


def test_every_form_of_reward_is_listed(registry: Registry) -> None:
    rows = [row for row in registry.all() if isinstance(row, RegisteredReward)]
    assert {row.info.name: row.info.mode.value for row in rows} == {
        "brevity": "completion",
        "keywords": "completions",
        "variety": "group",
        "lexicon": "completion",
        "judge": "completion",
        "polite": "trl",
    }


def test_every_form_of_reward_scores(registry: Registry, folder: Path) -> None:
    context = vr.Context(group_size=2, max_steps=50)
    with vr.load_scorer(CONFIG, registry=registry, context=context) as scorer:
        acme: Any = importlib.import_module("acme_rewards")
        assert Path(acme.__file__).is_relative_to(folder)
        batch = vr.Batch.of(
            ["a red bus", "a red bus", "please look at the big red bus", "a bus"],
            solution=[["red", "car"], ["red", "car"], ["bus"], []],
            context=context,
        )
        scored = scorer.score(batch)
        assert scored.terms["short"].values == [1.0, 1.0, 0.6, 1.0]
        # Gated out, the third scores its low; without keywords the fourth abstains and counts its low.
        assert scored.terms["words"].values == [0.5, 0.5, 0.0, 0.0]
        assert scored.terms["words"].outcomes.statuses[2:] == [vr.Status.SCORED, vr.Status.ABSTAINED]
        assert scored.terms["same"].values == [-0.5, -0.5, 0.0, 0.0]
        assert scored.terms["plain"].values == [1.0, 1.0, 0.0, 1.0]
        assert scored.terms["liked"].values == [1.0, 1.0, 1.0, 0.0]
        assert scored.terms["polite"].values == [0.0, 0.0, 1.0, 0.0]
        assert scored.totals == pytest.approx([2.5, 2.5, 2.3, 1.5])
        scorer.score(batch)
        assert acme.SEEN == [4, 4]
        assert acme.Lexicon.log == ["setup simple 50"]
    assert acme.Lexicon.log == ["setup simple 50", "close simple"]
