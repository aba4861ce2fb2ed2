"""A version is said in one way everywhere, and every change is told by the release that has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.release import ROOT, disagreements, unfinished


def test_every_file_names_the_same_version() -> None:
    assert disagreements() == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    kinds = '[[tool.towncrier.type]]\ndirectory = "feature"\n[[tool.towncrier.type]]\ndirectory = "bugfix"\n'
    (tmp_path / "pyproject.toml").write_text(f'[project]\nversion = "1.2.0"\n{kinds}')
    (tmp_path / "changelog").mkdir()
    for name in ("README.md", "+new-pages.feature.md", "123.bugfix.md"):
        (tmp_path / "changelog" / name).write_text("New.\n")
    (tmp_path / "CITATION.cff").write_text('version: "1.2.0"\n')
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def test_a_project_that_is_ready_lacks_nothing(project: Path) -> None:
    assert disagreements(project) + unfinished(project) == []


def test_another_version_is_named_with_its_file(project: Path) -> None:
    (project / "CITATION.cff").write_text('version: "1.1.0"\n')
    assert disagreements(project) == ["CITATION.cff: 1.1.0, not 1.2.0"]


@pytest.mark.parametrize("name", ["+new-pages.news.md", "new-pages.feature.md", "+new-pages.feature.txt", "+New.md"])
def test_a_change_that_no_release_would_tell_is_named(name: str, project: Path) -> None:
    (project / "changelog" / name).write_text("New.\n")
    (found,) = disagreements(project)
    assert found.startswith(f"changelog/{name}: ")


def test_the_changelog_has_the_line_above_which_a_release_is_written() -> None:
    assert (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").count("\n<!-- towncrier release notes start -->\n") == 1


def test_a_version_is_released_once(project: Path) -> None:
    git = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@b.org"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "all"], check=True)
    subprocess.run([*git, "tag", "v1.2.0"], check=True)
    assert unfinished(project) == ["v1.2.0 is a tag already"]


def test_the_policy_on_security_links_the_promises() -> None:
    assert "docs/trust.md" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
