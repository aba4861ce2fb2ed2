"""How the house is laid out: who may import whom, what the core may know, and how much lies beside each other.

The laws are checked over graphs of imports (`import_graph.py`), and each check is shown a planted fault.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

import vlm_rewards as vr
from tests.core.import_graph import Graph, crowded, cycles, named_packs, unresolved, upwards
from tests.sources import PACKS, folder

ROOT = Path(__file__).parents[2]


CORE, TRAINERS, DEMO = "vlm_rewards", "vlm_rewards_trl", "vlm_rewards_digits"
HOUSE = Graph(folder(package) for package in (CORE, *PACKS, TRAINERS, DEMO))

#: The rooms from the lowest to the highest: each imports of its own package only what stands before it.
#: A package's own name stands for all its modules that are not named.
ORDER = {
    CORE: (
        *("errors", "text", "answers", "types", "workers", "registry", "scoring"),
        *(
            "describe",
            "config",
            "loading",
            "__init__",
            "preflight",
            "data",
            "report",
            "testing",
            "export",
            "serve",
            "worker",
            "cli",
            "__main__",
        ),
    ),
    "vlm_rewards_math": ("parsing", "equality", ""),
    "vlm_rewards_grounding": ("typed", "frames", "formats", "metrics", "actions", "times", ""),
    "vlm_rewards_judge": ("panel", ""),
    "vlm_rewards_vqa": ("text", ""),
    TRAINERS: (
        *(
            "trl_compat",
            "recipe",
            "reward",
            "data",
            "generation",
            "checks",
            "tools",
            "methods",
            "training",
            "preferences",
        ),
        *("evaluation", "functions", "__init__", "cli"),
    ),
}
#: Names by which something else than a module is found.
GROUPS = {"vlm_rewards.commands", "vlm_rewards.box_presets"}
#: What a run writes beside its model.
FILES = {"vlm_rewards.json", "vlm_rewards.yaml"}
MOST_LINES, MOST_BESIDE, MEDIAN = 400, 16, 110
BESIDE = {"vlm_rewards_grounding": 22, "vlm_rewards_vqa": 18, CORE: 17}


def order(package: str) -> list[str]:
    return [f"{package}.{room}" if room else package for room in ORDER[package]]


def package_of(module: str) -> str:
    return module.partition(".")[0]


def test_the_house_was_found() -> None:
    assert {package_of(name) for name in HOUSE.modules} == {CORE, *PACKS, TRAINERS, DEMO}
    assert len(PACKS) == 6
    assert all(HOUSE.edges[front] for front in (CORE, *PACKS, TRAINERS))


def test_no_imports_go_in_a_circle() -> None:
    assert cycles(HOUSE.edges) == []


def test_packs_and_trainers_import_the_core_and_not_each_other() -> None:
    crossing = {
        (package_of(name), package_of(other))
        for name, imported in HOUSE.edges.items()
        for other in imported
        if package_of(name) != package_of(other)
    }
    assert crossing == {*((package, CORE) for package in (*PACKS, TRAINERS)), (DEMO, TRAINERS)}


@pytest.mark.parametrize("package", ORDER)
def test_no_import_runs_upwards(package: str) -> None:
    assert upwards(HOUSE, order(package)) == []


@pytest.mark.parametrize("package", ORDER)
def test_every_room_of_the_order_is_there(package: str) -> None:
    named = {room.removesuffix(".__init__") for room in order(package)}
    assert named <= set(HOUSE.modules)


@pytest.mark.parametrize("package", [*PACKS, TRAINERS])
def test_no_module_imports_its_own_front_door(package: str) -> None:
    above = {f"{TRAINERS}.cli"}
    importing = [name for name, imported in HOUSE.edges.items() if package in imported and package_of(name) == package]
    assert [name for name in importing if not any(name.startswith(room) for room in above)] == []


def test_workers_know_no_term() -> None:
    rooms = {".".join(name.split(".")[:2]) for name in HOUSE.reached(f"{CORE}.workers")}
    assert rooms <= {f"{CORE}.{room}" for room in ("errors", "text", "types")}


def test_nobody_imports_the_code_of_the_child_process() -> None:
    assert [name for name, imported in HOUSE.edges.items() if f"{CORE}.worker" in imported] == []


def test_every_import_by_text_leads_somewhere() -> None:
    assert unresolved(HOUSE, known=GROUPS | FILES) == []


def test_every_entry_point_leads_to_a_function_or_a_pack() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["scripts"], *project["entry-points"].values()]
    for value in (value for group in groups for value in group.values()):
        module, _, attribute = value.partition(":")
        assert module in HOUSE.modules, value
        assert not attribute or hasattr(importlib.import_module(module), attribute), value


def test_the_core_names_no_pack() -> None:
    registry = vr.Registry()
    names = [name for name in registry.namespaces() if registry.find(name).distribution == "vlm-rewards"]
    rewards = [reward.full_name for name in names for reward in registry.load(name).values()]
    assert len(rewards) > 40
    assert named_packs(HOUSE, CORE, rewards) == []


def test_no_module_is_long_and_half_of_them_are_short() -> None:
    lines = {name: module.lines for name, module in HOUSE.modules.items()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
    assert median(lines.values()) < MEDIAN


def test_few_modules_lie_beside_each_other() -> None:
    assert crowded(HOUSE, MOST_BESIDE, BESIDE) == []


Plant = Callable[..., Graph]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """A package `house` of the given modules, by their path without the ending."""

    def make(**modules: str) -> Graph:
        for path, source in {"__init__": "", **modules}.items():
            file = tmp_path / "house" / f"{path.replace('__in__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source)
        return Graph([tmp_path / "house"])

    return make


class TestAPlantedFaultIsFound:
    """Each check fails on a small package with the fault, and passes without it."""

    @pytest.mark.parametrize(
        "source",
        [
            "import house.a",
            "from house import a",
            "from house.a import name",
            "from . import a",
            "from .a import name",
            "def late():\n    from house import a",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.a import name",
            "try:\n    import house.a as other\nexcept ImportError:\n    pass",
        ],
    )
    def test_a_circle_however_it_is_imported(self, plant: Plant, source: str) -> None:
        assert cycles(plant(a="from house import b\nname = 1", b=source).edges) == [["house.a", "house.b"]]

    def test_a_circle_of_three_and_none(self, plant: Plant) -> None:
        around = {"a": "from house import b", "b": "from house import c", "c": "import house.a"}
        assert cycles(plant(**around).edges) == [["house.a", "house.b", "house.c"]]
        assert cycles(plant(**around | {"c": "import json"}).edges) == []

    def test_an_import_that_runs_upwards(self, plant: Plant) -> None:
        house = plant(low__in__one="def f():\n    from house.high.two import g", high__in__two="import house.low.one")
        assert upwards(house, ["house.__init__", "house.low", "house.high"]) == ["house.low.one imports house.high.two"]
        assert upwards(house, ["house.__init__", "house.high", "house.low"]) == ["house.high.two imports house.low.one"]

    def test_a_module_in_no_room(self, plant: Plant) -> None:
        house = plant(low__in__one="", new="")
        assert upwards(house, ["house.low", "house.__init__"]) == ["house.new is in no room of the order"]
        assert upwards(house, ["house.low", "house"]) == []

    def test_what_a_room_reaches_by_way_of_others(self, plant: Plant) -> None:
        house = plant(workers__in__pool="import house.helper", helper="import house.term", term="", other="")
        assert house.reached("house.workers") == {"house.helper", "house.term"}

    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ("run('-m', 'house.gone')", "house.gone"),
            ("call('house.a:gone')", "house.a:gone"),
            ("call('house.a:there')", None),
            ("run('-m', 'house.a')", None),
            ("'house.gone, in a sentence'", None),
            ('"""house.gone"""', None),
            ("x = 'house.group'", None),
        ],
    )
    def test_an_import_by_text_that_leads_nowhere(self, plant: Plant, source: str, found: str | None) -> None:
        house = plant(a="def there(): ...", b=source)
        assert unresolved(house, known={"house.group"}) == ([] if found is None else [f"house.b:1: {found}"])

    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ("x = 'grounding/box_iou'", "grounding/box_iou"),
            ("x = f'use math/answer for {y}'", "use math/answer for "),
            ("x = name.partition('/')[0] == 'grounding'", "grounding"),
            ("x = short == 'box_iou'", "box_iou"),
            ("import vlm_rewards_math", "vlm_rewards_math"),
            ("x = import_module('vlm_rewards_math.answer')", "vlm_rewards_math.answer"),
            ("grounding_terms = []", "grounding_terms"),
            ("x = y.box_iou", "box_iou"),
            ("import math\nx = math.inf", None),
            ("x = format(y)", None),
            ("x = 'math'", None),
            ("x = 'answer'", None),
            ("def f():\n    'As in `grounding/box_iou`.'", None),
        ],
    )
    def test_a_pack_that_the_core_knows(self, plant: Plant, source: str, found: str | None) -> None:
        rewards = ["grounding/box_iou", "math/answer", "format/boxed"]
        told = [fault.partition(": ")[2] for fault in named_packs(plant(a=source), "house", rewards)]
        assert told == ([] if found is None else [found])

    def test_a_crowd(self, plant: Plant) -> None:
        house = plant(a="", b="", room__in____init__="", room__in__c="")
        assert crowded(house, 1) == ["house: 2"]
        assert crowded(house, 1, {"house": 2}) == crowded(house, 2) == []
