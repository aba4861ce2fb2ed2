"""A GRPO run with a pack of others that changes all it can where it is imported: this process stays as it was."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.core.outsiders import CHANGES, GOOD, install
from vlm_rewards.workers import pool as workers
from vlm_rewards_trl import Recipe, grpo

pytestmark = pytest.mark.filterwarnings("default")


def test_two_steps_train_with_a_pack_that_never_enters_the_process(
    digits: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VLM_REWARDS_ISOLATION", raising=False)
    monkeypatch.setenv("VLM_REWARDS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(workers, "_pools", {})
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    module = install(site, CHANGES + GOOD, namespace="acme")
    (tmp_path / "mine.py").write_text(
        "import vlm_rewards as vr\n@vr.reward(range=(0, 1))\ndef own(completion) -> float:\n    return 0.5\n"
    )
    (tmp_path / "rewards.yaml").write_text(
        "version: 1\nrewards:\n  t: {use: acme/brevity}\n  u: {use: './mine.py:own'}\n"
    )
    modules = set(sys.modules)
    before = (dict(os.environ), Path.cwd(), signal.getsignal(signal.SIGTERM), sys.getrecursionlimit())
    training = {
        "max_steps": 2,
        "per_device_train_batch_size": 8,
        "num_generations": 4,
        "max_completion_length": 8,
        "report_to": "none",
        "disable_tqdm": True,
        "save_strategy": "no",
    }
    recipe = {
        "model": str(digits["model"]),
        "dataset": {"path": "parquet", "data_files": str(digits["train"])},
        "rewards": str(tmp_path / "rewards.yaml"),
        "output_dir": str(tmp_path / "out"),
        "training": training,
    }

    trainer = grpo(Recipe.read(recipe))
    trainer.train()

    changed = {name for name in {*os.environ, *before[0]} if os.environ.get(name) != before[0].get(name)}
    assert "CHANGED_BY_A_PACK" not in changed
    assert (Path.cwd(), signal.getsignal(signal.SIGTERM), sys.getrecursionlimit()) == before[1:]
    assert not [name for name in sys.modules.keys() - modules if name == module or name.startswith("vlm_rewards_file")]
    means = [entry["rewards/u/mean"] for entry in trainer.state.log_history if "rewards/u/mean" in entry]
    assert means == [0.5] * len(means) != []
    for pool in workers._pools.values():
        pool.close()
