"""Guests: packs with distributions of their own, built, installed and used as anyone's would be, and offline.

Each folder of `examples/packs` is one: a `pyproject.toml`, tests, and a `rewards.yaml` with its `answers.jsonl`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

PACKS = Path(__file__).parents[2] / "examples" / "packs"
GUESTS = sorted(path.parent for path in PACKS.glob("*/pyproject.toml"))
NAMES = [folder.name for folder in GUESTS]
MOST_LINES = 700
SERVERS: dict[Path, str] = {}

SCORE = """
import json, vlm_rewards as vr
rows = json.load(open("rows.json"))
with vr.load_scorer("rewards.yaml") as scorer:
    scored = scorer.score(vr.Batch.from_rows(rows))
outcomes = {term.name: [str(status) for status in term.outcomes.statuses] for term in scored.terms.values()}
print(json.dumps({"totals": scored.totals, "statuses": outcomes, "isolated": [bool(t.isolated) for t in scorer.terms]}))
"""
TRAIN = """
import json, warnings
warnings.simplefilter("ignore")
from vlm_rewards_trl import Recipe, grpo
from vlm_rewards_digits import build_model
build_model("model")
trainer = grpo(Recipe.read("grpo.yaml"))
trainer.train()
print(json.dumps(trainer.state.log_history))
"""
RECIPE = {
    "model": "model",
    "dataset": {"path": "json", "data_files": "rows.jsonl"},
    "rewards": "rewards.yaml",
    "output_dir": "out",
    "training": {
        "max_steps": 1,
        "per_device_train_batch_size": 8,
        "num_generations": 4,
        "max_completion_length": 8,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "bf16": False,
        "disable_tqdm": True,
    },
}


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that finds all guests, as their wheels have them."""
    folder = tmp_path_factory.mktemp("guests")
    sources = [str(shutil.copytree(guest, folder / "sources" / guest.name)) for guest in GUESTS]
    offline = ("--quiet", "--no-index", "--no-deps", "--disable-pip-version-check")
    pip = [sys.executable, "-m", "pip"]
    subprocess.run(
        [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", folder / "dist", *sources], check=True
    )
    wheels = sorted((folder / "dist").glob("*.whl"))
    assert len(wheels) == len(GUESTS)
    subprocess.run([*pip, "install", *offline, "--target", folder / "site", *wheels], check=True)
    paths = (str(folder / "site"), os.environ.get("PYTHONPATH", ""))
    own = {name: value for name, value in os.environ.items() if not name.startswith("VLM_REWARDS_")}
    return {
        **own,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "VLM_REWARDS_CACHE": str(folder / "cache"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # the tests of a guest need what it names, and no plugin found beside it
        "OMP_NUM_THREADS": "1",
    }


def run(arguments: list[str], folder: Path, variables: Mapping[str, str], *, ends: Sequence[int] = (0,)) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=dict(variables), capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode in ends, f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


@pytest.mark.parametrize("guest", GUESTS, ids=NAMES)
def test_the_tests_of_a_guest_pass_where_only_its_wheel_is(
    guest: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(guest / "tests", tmp_path / "tests")
    shutil.copy(guest / "pyproject.toml", tmp_path)
    told = run(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow"], tmp_path, variables)
    assert " passed" in told
    assert "failed" not in told


@pytest.mark.slow
@pytest.mark.parametrize("guest", GUESTS, ids=NAMES)
def test_the_slow_tests_of_a_guest_pass_too(guest: Path, variables: dict[str, str]) -> None:
    told = run(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "slow"], guest, variables, ends=(0, 5))
    assert " passed" in told or " deselected" in told  # not every guest has some


@pytest.mark.parametrize("name", ["documents", "zoom"])
def test_no_hack_is_found_in_an_example_that_uses_a_guest(name: str, variables: dict[str, str], tmp_path: Path) -> None:
    # Made-up rows hold no table and no turn with a picture, so that honest answers cannot earn all: no verdict.
    told = run(
        ["-m", "vlm_rewards", "attack", str(PACKS.parent / name / "rewards.yaml")], tmp_path, variables, ends=(3,)
    )
    assert "no verdict" in told
    assert not [line for line in told.splitlines() if line.startswith("hack")]


@pytest.mark.parametrize("guest", GUESTS, ids=NAMES)
def test_a_guest_is_small_and_names_what_it_needs(guest: Path) -> None:
    project = tomllib.loads((guest / "pyproject.toml").read_text())["project"]
    lines = [line for path in (guest / "src").rglob("*.py") for line in path.read_text().splitlines()]
    assert 0 < len(lines) < MOST_LINES
    assert any(name.startswith("vlm-rewards") for name in project["dependencies"])
    assert project["requires-python"]
    assert project["entry-points"]["vlm_rewards"]
    assert (guest / "README.md").is_file()


@pytest.fixture(scope="module", autouse=True)
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A server for each guest that has a file for one: its rewards name the port of the commands in its page."""
    started = []
    for config in PACKS.glob("*/served.yaml"):
        if find_spec("fastapi") is None:  # the extra `serve`
            break
        command = [sys.executable, "-m", "vlm_rewards", "serve", str(config), "--port", "0"]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout is not None
        SERVERS[config.parent] = started[-1].stdout.readline().split()[-1]
    yield
    for process in started:
        process.kill()
        process.communicate()


def composed() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The rewards of all guests in one file, each for its own rows, and these rows."""
    terms: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    for guest in GUESTS:
        if (guest / "served.yaml").exists() and guest not in SERVERS:
            continue
        text = (guest / "rewards.yaml").read_text().replace("http://127.0.0.1:8200", SERVERS.get(guest, ""))
        for name, term in YAML(typ="safe").load(text)["rewards"].items():
            terms[f"{guest.name.rpartition('-')[2]}_{name}"] = {"when": {"column": "guest", "in": [guest.name]}, **term}
        for line in (guest / "answers.jsonl").read_text().splitlines():
            row = {**json.loads(line), "guest": guest.name}
            row |= {"images": [str(guest / path) for path in row["images"]]} if "images" in row else {}
            rows.append(row)
    return {"version": 1, "rewards": terms}, rows


def test_all_guests_score_in_one_rewards_file_and_apart_from_this_process(
    variables: dict[str, str], tmp_path: Path
) -> None:
    rewards, rows = composed()
    (tmp_path / "rewards.yaml").write_text(json.dumps(rewards))
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    told = json.loads(run(["-c", SCORE], tmp_path, variables).splitlines()[-1])
    assert all(total is not None and total > 0 for total in told["totals"])
    assert set(told["statuses"]) == set(rewards["rewards"])
    assert all("scored" in statuses and "failed" not in statuses for statuses in told["statuses"].values())
    assert all(told["isolated"])


def test_a_short_run_of_grpo_is_paid_by_all_guests(variables: dict[str, str], tmp_path: Path) -> None:
    from PIL import Image

    rewards, rows = composed()
    Image.new("RGB", (24, 24), "white").save(tmp_path / "page.png")
    for row in rows:
        del row["completion"]
        row |= {name: json.dumps(value) for name, value in row.items() if not isinstance(value, str | int | float)}
        row |= {"prompt": "Read it.", "images": ["page.png"]}
    names = {name for row in rows for name in row}
    table = [{name: row.get(name) for name in names} for row in rows]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, table)))
    (tmp_path / "rewards.yaml").write_text(json.dumps(rewards))
    (tmp_path / "grpo.yaml").write_text(json.dumps(RECIPE))
    log = json.loads(run(["-c", TRAIN], tmp_path, variables).splitlines()[-1])
    assert sum("loss" in entry for entry in log) == 1
    seen = {name for entry in log for name in entry if name.startswith("rewards/")}
    assert len(seen) >= len(rewards["rewards"])


DOCUMENTS = """
import json, random, runpy, vlm_rewards as vr
draw_table = runpy.run_path("tables.py")["draw_table"]
draw = random.Random(5)
drawn = [draw_table(draw) for _ in range(20)]
assert {picture.size for picture, _ in drawn} == {(24, 24)}
tables = [html for _, html in drawn]
with vr.load_scorer("rewards.yaml") as scorer:
    right = scorer.score(vr.Batch.of(tables, solution=tables)).totals
    wrong = scorer.score(vr.Batch.of(tables[1:] + tables[:1], solution=tables)).totals
print(json.dumps([right, wrong]))
"""


def test_the_rewards_of_the_documents_tell_a_table_from_others(variables: dict[str, str]) -> None:
    right, wrong = json.loads(run(["-c", DOCUMENTS], PACKS.parent / "documents", variables).splitlines()[-1])
    assert right == [1.0] * 20
    assert sum(total < 1 for total in wrong) > 15
