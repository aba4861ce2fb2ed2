"""`vlm-rewards new`: what it writes installs and passes its own tests, and a bad name is refused before anything is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from ruamel.yaml import YAML

Run = Callable[..., Result]
ALL = "function,batch,group,async,class,image"


def call(*arguments: str | Path, cwd: Path, path: Path) -> str:
    """Output of a program that finds the packages of `path`; a failure is the test's."""
    surroundings = {**os.environ, "PYTHONPATH": str(path)}
    told = [sys.executable, *(str(argument) for argument in arguments)]
    done = subprocess.run(told, cwd=cwd, env=surroundings, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_pack_of_every_kind_installs_and_passes_its_tests_offline(run: Run, tmp_path: Path) -> None:
    assert run("new", "fresh", "--kinds", ALL, "--into", tmp_path).exit_code == 0
    folder, site = tmp_path / "fresh-rewards", tmp_path / "site"
    for extra in ("runs", "data"):  # folders that appear beside the package later
        (folder / extra).mkdir()
        (folder / extra / "file.py").write_text("")
    pip = ("-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation", "--target", site)
    call(*pip, folder, cwd=tmp_path, path=site)
    assert {path.name for path in site.iterdir() if not path.name.endswith(".dist-info")} == {"fresh_rewards"}
    assert "12 passed" in call("-m", "pytest", "-q", "-W", "error", cwd=folder, path=site)
    listed = call("-m", "vlm_rewards", "list", cwd=folder, path=site)
    for name in ("exact", "shared_words", "unique", "judged", "same", "picture_size"):
        assert f"fresh/{name}" in listed
    score = ("-m", "vlm_rewards", "score", "rewards.yaml", "answers.jsonl", "--output", "scored.jsonl")
    call(*score, cwd=folder, path=site)
    assert [json.loads(line)["total"] for line in (folder / "scored.jsonl").read_text().splitlines()] == [6.0, 1.0]


def test_the_steps_of_its_ci_file_and_readme_run(run: Run, tmp_path: Path) -> None:
    run("new", "fresh", "--into", tmp_path)
    folder, site = tmp_path / "fresh-rewards", tmp_path / "site"
    workflow = YAML(typ="safe").load((folder / ".github/workflows/test.yml").read_text())
    steps = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    readme = (folder / "README.md").read_text().partition("```bash\n")[2].partition("```")[0].splitlines()
    install = 'pip install -e ".[dev]"'
    assert steps[0] == readme[0] == install
    pip = ("-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation", "--target", site)
    call(*pip, folder, cwd=tmp_path, path=site)  # as the first step does, without a network
    for step in dict.fromkeys([*steps[1:], *readme[1:]]):
        program, *arguments = step.removeprefix("python -m ").replace("vlm-rewards", "vlm_rewards", 1).split()
        call("-m", program, *arguments, cwd=folder, path=site)
    call("-m", "vlm_rewards", "score", "--locked", "rewards.yaml", "answers.jsonl", cwd=folder, path=site)
    (site / "fresh_rewards" / "exact.py").write_text("1 / 0")
    with pytest.raises(AssertionError, match="its files are not those that were locked"):
        call("-m", "vlm_rewards", "score", "--locked", "rewards.yaml", "answers.jsonl", cwd=folder, path=site)


def test_an_interrupt_leaves_nothing_behind(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_text
    written: list[Path] = []

    def stop(path: Path, *given: Any, **named: Any) -> int:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path)
        return write(path, *given, **named)

    monkeypatch.setattr(Path, "write_text", stop)
    assert run("new", "fresh", "--into", tmp_path).exit_code == 1
    assert len(written) == 3
    assert not list(tmp_path.iterdir())


def test_an_editable_installation_points_at_the_sources(run: Run, tmp_path: Path) -> None:
    run("new", "fresh", "--into", tmp_path)
    folder, site = tmp_path / "fresh-rewards", tmp_path / "site"
    pip = ("-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation", "--target", site)
    call(*pip, "-e", folder, cwd=tmp_path, path=site)
    assert str(folder / "src") in "".join(path.read_text() for path in site.glob("*.pth"))


@pytest.mark.parametrize("kind", ALL.split(","))
def test_the_page_of_kinds_shows_what_is_written(run: Run, tmp_path: Path, kind: str) -> None:
    run("new", "fresh", "--kinds", kind, "--into", tmp_path)
    (file,) = (tmp_path / "fresh-rewards" / "src" / "fresh_rewards").glob("[a-z]*.py")
    page = Path(__file__).parents[3] / "docs" / "kinds-of-rewards.md"
    section = page.read_text(encoding="utf-8").partition(f": `{kind}`\n")[2].partition("\n## ")[0]
    assert f"```python\n{file.read_text()}```" in section


@pytest.mark.parametrize("kind", ALL.split(","))
def test_only_the_kinds_asked_for_are_written(run: Run, tmp_path: Path, kind: str) -> None:
    assert run("new", "fresh", "--kinds", kind, "--into", tmp_path).exit_code == 0
    folder = tmp_path / "fresh-rewards"
    assert len(list((folder / "tests").iterdir())) == 1
    assert (
        (folder / "picture.ppm").exists()
        == ("picture.ppm" in (folder / "answers.jsonl").read_text())
        == (kind == "image")
    )
    assert len(list((folder / "src" / "fresh_rewards").glob("[a-z]*.py"))) == 1


@pytest.mark.parametrize("name", ["", "Acme", "my-pack", "9lives", "_hidden", "class", "../up", "é", "a b"])
def test_a_name_that_cannot_be_a_namespace_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    result = run("new", name, "--into", tmp_path)
    assert result.exit_code == 2
    assert "cannot be a namespace" in result.output
    assert not list(tmp_path.iterdir())


def test_the_namespace_of_an_installed_pack_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("new", "math", "--into", tmp_path)
    assert result.exit_code == 2
    assert "'math' is taken by vlm-rewards" in result.output
    assert not list(tmp_path.iterdir())


def test_an_unknown_kind_is_refused_with_those_that_there_are(run: Run, tmp_path: Path) -> None:
    result = run("new", "fresh", "--kinds", "function,video", "--into", tmp_path)
    assert result.exit_code == 2
    assert "no kind 'video'" in result.output
    assert "picture" not in result.output
    assert "image" in result.output
    assert not list(tmp_path.iterdir())


def test_a_folder_that_exists_is_left_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fresh-rewards").mkdir()
    result = run("new", "fresh", "--into", tmp_path)
    assert result.exit_code == 1
    assert "exists already" in result.output
    assert not list((tmp_path / "fresh-rewards").iterdir())
