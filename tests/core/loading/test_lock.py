"""`vlm-rewards lock` and `--locked`: what was locked runs, and anything else is refused before it is imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.core.outsiders import GOOD, install
from vlm_rewards.cli import main
from vlm_rewards.errors import ConfigError
from vlm_rewards.loading.lock import check_lock, lock_path, write_lock

COMPOSING = """
@vr.hookimpl
def vlm_rewards_compositions():
    return {"brief": {"rewards": {"short": {"use": "acme/brevity"}}}}
"""
CONFIG = """version: 1
allow_imports: true
rewards:
  form: {use: format/boxed}
  short: {use: acme/brevity}
  own: {use: "./my_rewards.py:own"}
  old: {use: "trl:old_rewards.old", range: [0, 1]}
"""
OWN = "import vlm_rewards as vr\n\n@vr.reward(range=(0, 1))\ndef own(completion) -> float:\n    return 1.0\n"


@pytest.fixture
def site(outsiders_site: Path) -> Path:
    return outsiders_site


@pytest.fixture
def config(site: Path, tmp_path: Path) -> Path:
    install(site, GOOD, namespace="acme")
    (site / "old_rewards.py").write_text("def old(completions, **given):\n    return [1.0 for _ in completions]\n")
    (tmp_path / "my_rewards.py").write_text(OWN)
    (tmp_path / "rewards.yaml").write_text(CONFIG)
    return tmp_path / "rewards.yaml"


def module_of(site: Path) -> Path:
    return site / "outsider_acme_acme_rewards.py"


def test_all_that_the_rewards_come_from_is_locked(config: Path) -> None:
    locked = write_lock(config)
    assert sorted(locked) == ["./my_rewards.py", "acme", "format", "trl:old_rewards", "vlm-rewards"]
    assert locked["acme"]["version"] == "acme-rewards 1.0"
    assert all(len(facts["sha256"]) == 64 for facts in locked.values())
    assert json.loads(lock_path(config).read_text())["sources"] == locked
    check_lock(config)


def test_the_order_of_the_terms_and_their_options_are_not_locked(config: Path) -> None:
    locked = write_lock(config)
    config.write_text(CONFIG.replace("{use: acme/brevity}", "{use: acme/brevity, weight: 3, params: {limit: 3}}"))
    check_lock(config)
    assert write_lock(config) == locked


def test_each_change_is_named_with_the_way_out(site: Path, config: Path, tmp_path: Path) -> None:
    write_lock(config)
    for name, file in {
        "acme": module_of(site),
        "./my_rewards.py": tmp_path / "my_rewards.py",
        "trl:old_rewards": site / "old_rewards.py",
    }.items():
        before = file.read_text()
        file.write_text(f"{before}\n")
        with pytest.raises(ConfigError) as caught:
            check_lock(config)
        assert f"rewards.lock.json: {name}: its files are not those that were locked" in str(caught.value)
        assert "write it anew: `vlm-rewards lock" in str(caught.value)
        file.write_text(before)
    check_lock(config)


def test_another_version_is_named(site: Path, config: Path) -> None:
    write_lock(config)
    info = site / "acme_rewards-1.0.dist-info/METADATA"
    info.write_text(info.read_text().replace("1.0", "1.1"))
    with pytest.raises(ConfigError, match=r"acme: locked was 'acme-rewards 1\.0', and there is 'acme-rewards 1\.1'"):
        check_lock(config)


def test_what_is_gone_and_what_is_new_is_named(site: Path, config: Path, tmp_path: Path) -> None:
    write_lock(config)
    config.write_text(f"{CONFIG}  more: {{use: vqa/exact}}\n")
    (site / "acme_rewards-1.0.dist-info/entry_points.txt").unlink()
    (tmp_path / "my_rewards.py").unlink()
    with pytest.raises(ConfigError) as caught:
        check_lock(config)
    told = str(caught.value)
    assert "3 problems" in told
    assert "vqa: it is not in the lock" in told
    assert "No installed pack is named 'acme'" in told
    assert "./my_rewards.py: [Errno 2] No such file or directory" in told
    with pytest.raises(ConfigError, match="No installed pack is named 'acme'"):
        write_lock(config)


def test_the_packs_inside_a_composition_are_locked(site: Path, config: Path) -> None:
    install(site, GOOD + COMPOSING, namespace="bundle")
    config.write_text("version: 1\nrewards:\n  all: {use: config:bundle/brief}\n")
    assert sorted(write_lock(config)) == ["acme", "bundle", "vlm-rewards"]
    check_lock(config)
    module_of(site).write_text("")
    with pytest.raises(ConfigError, match="acme: its files"):
        check_lock(config)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "there is no lock; write it with `vlm-rewards lock"),
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": 1}', "cannot be read"),
        ('{"format": 1, "sources": 3}', "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ('{"format": 2, "sources": {}}', "its format is 2; this release reads 1"),
        ('{"format": 1, "sources": {"acme": 3}}', "acme: it is not in the lock"),
        ('{"format": 1, "sources": {"../../x.py": {"sha256": "0"}}}', "No such file"),
    ],
)
def test_a_lock_that_is_none_is_an_error(config: Path, text: str | None, told: str) -> None:
    if text is not None:
        lock_path(config).write_text(text)
    with pytest.raises(ConfigError, match=told):
        check_lock(config)


def test_score_refuses_before_the_pack_is_imported(site: Path, config: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"completion": "\\\\boxed{1}", "solution": "1"}\n')
    runner = CliRunner()
    written = runner.invoke(main, ["lock", str(config)])
    assert written.exit_code == 0, written.output
    assert "acme: acme-rewards 1.0" in written.output
    score = ["score", str(config), str(rows), "--locked"]
    mark = tmp_path / "imported"
    module = module_of(site)
    module.write_text(f"{module.read_text()}\nopen({str(mark)!r}, 'w')\n")
    refused = runner.invoke(main, score)
    assert refused.exit_code == 1
    assert "acme: its files are not those that were locked" in refused.output
    assert not mark.exists()
    assert runner.invoke(main, ["lock", str(config)]).exit_code == 0
    assert runner.invoke(main, score).exit_code == 0
    assert mark.exists()
