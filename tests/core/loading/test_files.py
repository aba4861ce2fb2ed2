"""`use: ./my_rewards.py:NAME`: a reward of a file beside the rewards file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers

REWARDS = """
import os
import beside_my_rewards
import vlm_rewards as vr

@vr.reward(range=(0, 1e9))
def pid(completion, *, plus: int = 0) -> int:
    return os.getpid() + plus * beside_my_rewards.ONE

def plain(completions, **given):
    return [1.0 for _ in completions]
"""


@pytest.fixture(autouse=True)
def _workers(pack_for_workers: PackForWorkers) -> None:
    """Workers, as users have them."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_rewards.py").write_text(REWARDS)
    (tmp_path / "beside_my_rewards.py").write_text("ONE = 1\n")
    return tmp_path


def load(folder: Path, term: str, top: str = "") -> vr.Scorer:
    file = folder / "rewards.yaml"
    file.write_text(f"version: 1\n{top}\nrewards:\n  t: {{{term}}}\n")
    return vr.load_scorer(file)


def test_it_runs_in_a_worker_from_the_folder_of_the_rewards_file(folder: Path) -> None:
    batch = vr.Batch.of(["x"])
    path, modules = list(sys.path), set(sys.modules)

    there = load(folder, "use: './my_rewards.py:pid'").score(batch).totals[0]

    assert there != os.getpid()
    assert sys.path == path
    came = sys.modules.keys() - modules
    assert not [name for name in came if "my_rewards" in name or name.startswith("vlm_rewards_file")]


def test_a_module_may_make_its_rewards_when_they_are_asked_for(folder: Path) -> None:
    made = "\n\ndef __getattr__(name):\n    if name == 'late':\n        return pid\n    raise AttributeError(name)\n"
    (folder / "my_rewards.py").write_text(REWARDS + made)
    assert load(folder, "use: './my_rewards.py:late'").score(vr.Batch.of(["x"])).totals[0] is not None


def test_inline_it_runs_here_and_leaves_the_path_alone(folder: Path) -> None:
    path = list(sys.path)
    scored = load(folder, "use: './my_rewards.py:pid', isolation: inline, params: {plus: 2}").score(vr.Batch.of(["x"]))
    assert scored.totals == [os.getpid() + 2]
    assert sys.path == path
    assert "my_rewards" not in sys.modules
    for name in [name for name in sys.modules if "my_rewards" in name or name.startswith("vlm_rewards_file")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("term", "told"),
    [
        ("use: './my_rewards.py:pid', params: {pluss: 2}", "rewards.t.params.pluss: .*Did you mean 'plus'"),
        ("use: './my_rewards.py:gone'", "my_rewards.py' has no 'gone'; its rewards are"),
        ("use: './gone.py:pid'", "FileNotFoundError"),
        ("use: './my_rewards.py:plain'", "is not a reward; put `@vlm_rewards.reward"),
        ("use: './broken.py:pid'", r"ZeroDivisionError: division by zero \\(.*broken.py:2\\)"),
        ("use: 'trl:./my_rewards.py:plain'", "set `allow_imports: true`"),
    ],
)
def test_what_is_wrong_with_it_is_told_at_its_place(folder: Path, term: str, told: str) -> None:
    (folder / "broken.py").write_text("a = 1\nb = a / 0\n")
    with pytest.raises(ConfigError, match=told.replace("\\\\", "\\")):
        load(folder, term)


def test_a_file_that_was_written_since_is_imported_anew(folder: Path) -> None:
    file = folder / "rate.py"
    scores: list[float | None] = []
    for score in (0.25, 0.5):
        file.write_text(f"import vlm_rewards as vr\n@vr.reward(range=(0, 1))\ndef rate(completion): return {score}\n")
        scores += load(folder, "use: './rate.py:rate'").score(vr.Batch.of(["x"])).totals
    assert scores == [0.25, 0.5]


def test_a_function_of_trl_may_stand_in_a_file(folder: Path) -> None:
    scorer = load(folder, "use: 'trl:./my_rewards.py:plain', range: [0, 1]", "allow_imports: true")
    given: Any = scorer.score(vr.Batch.of(["x", "y"])).totals
    assert given == [1.0, 1.0]
