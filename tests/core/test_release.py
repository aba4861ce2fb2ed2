"""A version is said in one way everywhere, and a release says its date."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.release import ROOT, disagreements, unfinished


def test_every_file_names_the_same_version() -> None:
    assert disagreements() == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## 1.2.0 (2026-12-01)\n\n- New.\n\n## 1.1.0 (2026-11-01)\n")
    (tmp_path / "CITATION.cff").write_text('version: "1.2.0"\n')
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def test_a_project_that_is_ready_lacks_nothing(project: Path) -> None:
    assert disagreements(project) + unfinished(project) == []


def test_another_version_is_named_with_its_file(project: Path) -> None:
    (project / "CITATION.cff").write_text('version: "1.1.0"\n')
    assert disagreements(project) == ["CITATION.cff: 1.1.0, not 1.2.0"]


def test_a_release_needs_a_date(project: Path) -> None:
    (project / "CHANGELOG.md").write_text("## 1.2.0 (not released)\n")
    assert unfinished(project) == ["CHANGELOG.md: 'not released' is not a date"]


def test_a_version_is_released_once(project: Path) -> None:
    git = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@b.org"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "all"], check=True)
    subprocess.run([*git, "tag", "v1.2.0"], check=True)
    assert unfinished(project) == ["v1.2.0 is a tag already"]


def test_the_policy_on_security_links_the_promises() -> None:
    assert "docs/trust.md" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
