"""`vlm-rewards export`: the files load where a framework loads them, and work from any folder."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from ruamel.yaml import YAML

from tests.core.export.frameworks import ASK, stand_ins
from tests.interop.cases import expected, plant

Run = Callable[..., Result]

#: The file that a framework loads, and the name that it looks for.
LOADS = {
    "areal": ("areal_rewards.py", "reward_fn"),
    "easyr1": ("easyr1_rewards.py", "compute_score"),
    "inspect_ai": ("inspect_rewards.py", "rewards"),
    "lmms_eval": ("lmms_eval_rewards.py", "verifier"),
    "ms_swift": ("ms_swift_rewards.py", "orms"),
    "nemo_gym": ("app.py", "RewardsServer"),
    "openenv": ("openenv_rewards.py", "rubric"),
    "openrlhf": ("openrlhf_rewards.py", "reward_func"),
    "trl": ("trl_environment.py", "RewardsEnvironment"),
    "verifiers": ("verifiers_rewards.py", "reward"),
    "verl": ("verl_rewards.py", "compute_score"),
    "verl_manager": ("verl_manager.py", "RewardsManager"),
}


def load(path: Path, name: str) -> Any:
    """An object of a file, which no module knows."""
    spec = importlib.util.spec_from_file_location("a_file_of_an_export", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


@pytest.mark.parametrize("target", ASK)
def test_the_files_of_a_target_load_and_earn_what_the_scorer_says(
    target: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, module in stand_ins().items():
        monkeypatch.setitem(sys.modules, name, module)
    (tmp_path / "rewards").mkdir()
    rows = plant(tmp_path / "rewards", 3)
    result = run("export", target.partition("_m")[0], tmp_path / "rewards/rewards.yaml", "--into", tmp_path / "run")
    assert result.exit_code == 0, result.output
    file, name = LOADS[target]
    assert f"Wrote {tmp_path / 'run' / file}." in result.output
    monkeypatch.chdir("/")
    exported = load(tmp_path / "run" / file, name)
    if target == "ms_swift":
        exported = exported["vlm_rewards"]
    if target == "inspect_ai":
        exported = exported()
    assert [ASK[target](exported, row).total for row in rows] == expected(tmp_path / "rewards", rows)


def test_every_target_is_written_by_a_row_of_the_table(run: Run) -> None:
    shown = run("export", "--help").output
    assert {name.partition("_m")[0] for name in LOADS if name in shown} == {name.partition("_m")[0] for name in LOADS}


def test_the_files_of_nemo_gym_are_a_server(run: Run, config: Path, tmp_path: Path) -> None:
    run("export", "nemo_gym", config)
    written = YAML(typ="safe").load(tmp_path / "configs" / "vlm_rewards.yaml")
    assert written["vlm_rewards"]["resources_servers"]["vlm_rewards"]["entrypoint"] == "app.py"
    assert (tmp_path / "requirements.txt").read_text().split() == ["nemo-gym", "vlm-rewards"]


def test_nothing_is_overwritten(run: Run, config: Path) -> None:
    file = config.with_name("verl_rewards.py")
    file.write_text("mine")
    result = run("export", "verl", config)
    assert result.exit_code == 1
    assert "it exists already" in result.output
    assert file.read_text() == "mine"
    assert not config.with_name("verl_manager.py").exists()


def test_what_the_target_cannot_serve_is_refused_before_anything_is_written(run: Run, config: Path) -> None:
    config.write_text("version: 1\nrewards:\n  a: {use: vqa/exact, normalize: group}\n")
    result = run("export", "verl", config)
    assert result.exit_code == 1
    assert "Term 'a' cannot be scored row by row" in result.output
    assert list(config.parent.iterdir()) == [config]
    assert run("export", "ms_swift", config).exit_code == 0
