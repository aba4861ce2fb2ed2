"""The notebooks are whole: valid, executed without an error, free of the machine they ran on, and they run again."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from vlm_rewards_trl import METHODS, Recipe
from vlm_rewards_trl.methods.registry import find_method

FOLDER = Path(__file__).parents[2] / "docs/notebooks"
NAMES = ("sft", "mpo", "grpo", "gspo", "models", "zoom")
MACHINE = ("/home/", "/root/", "/tmp/", "/Users/", "site-packages", "Traceback")
MOST_BYTES = 1_500_000


def cells(path: Path, kind: str = "code") -> list[Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


def outputs(path: Path) -> list[Any]:
    return [output for cell in cells(path) for output in cell["outputs"]]


def noise(path: Path) -> list[Any]:
    """Errors, and what came over stderr: warnings and progress bars."""
    return [output for output in outputs(path) if output["output_type"] == "error" or output.get("name") == "stderr"]


@pytest.fixture
def notebook(request: pytest.FixtureRequest) -> Path:
    return FOLDER / f"{request.param}.ipynb"


every_notebook = pytest.mark.parametrize("notebook", NAMES, indirect=True)


@every_notebook
def test_it_is_valid_and_was_executed_from_top_to_bottom(notebook: Path) -> None:
    nbformat.validate(json.loads(notebook.read_text(encoding="utf-8")))
    assert [cell["execution_count"] for cell in cells(notebook)] == [*range(1, len(cells(notebook)) + 1)]
    assert noise(notebook) == []


@every_notebook
def test_it_shows_a_curve_pictures_and_a_table(notebook: Path) -> None:
    found = outputs(notebook)
    assert sum("image/png" in output.get("data", {}) for output in found) >= 2
    assert any("95 % intervals" in "".join(output.get("text", "")) for output in found)


@every_notebook
def test_its_code_compiles(notebook: Path) -> None:
    for number, cell in enumerate(cells(notebook)):
        lines = "".join(cell["source"]).splitlines()
        code = lines[1:] if lines[0].startswith("%%") else lines
        compile("\n".join(code), f"{notebook.name}-{number}", "exec")


@every_notebook
def test_its_links_lead_somewhere(notebook: Path) -> None:
    text = "".join("".join(cell["source"]) for cell in cells(notebook, "markdown"))
    targets = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert [target for target in targets if "://" not in target and not (FOLDER / target).exists()] == []


@every_notebook
def test_nothing_of_the_machine_is_left_in_it(notebook: Path) -> None:
    # Pictures are base64, in which any of these may stand by chance.
    texts = [
        "".join([*output.get("text", ""), *output.get("data", {}).get("text/plain", "")])
        for output in outputs(notebook)
    ]
    assert [(mark, text) for text in texts for mark in MACHINE if mark in text] == []


def test_together_they_are_small() -> None:
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NAMES)
    assert sum(path.stat().st_size for path in FOLDER.glob("*.ipynb")) < MOST_BYTES


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", [path.stem for path in sorted(FOLDER.glob("*.yaml")) if path.stem != "rewards"])
def test_every_recipe_is_right(name: str) -> None:
    # The data and the model are made by the notebook itself: what is around the recipe is not there yet.
    recipe = Recipe.read(FOLDER / f"{name}.yaml")
    if name in METHODS:
        find_method(name).check(recipe)
    else:
        assert recipe.rewards.exists()


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebooks without their outputs, where everything that they make is thrown away."""
    root = tmp_path_factory.mktemp("root")
    folder = root / "docs/notebooks"
    for part in ("docs/notebooks", "examples/zoom", "examples/packs/vlm-rewards-tools"):
        shutil.copytree(FOLDER.parents[1] / part, root / part)
    for name in NAMES:
        path = folder / f"{name}.ipynb"
        content = json.loads(path.read_text(encoding="utf-8"))
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", NAMES)
def test_it_executes(name: str, copied: Path) -> None:
    spec = importlib.util.spec_from_file_location("run_notebooks", copied / "run.py")
    assert spec is not None
    assert spec.loader is not None
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    run.execute(copied / f"{name}.ipynb")
    assert noise(copied / f"{name}.ipynb") == []
    assert outputs(copied / f"{name}.ipynb") != []
