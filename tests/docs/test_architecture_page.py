"""The drawings of docs/design/architecture.md are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.core.test_architecture import CORE, HOUSE, TRAINERS
from tests.sources import PACKS

PAGE = (Path(__file__).parents[2] / "docs/design/architecture.md").read_text(encoding="utf-8")
ROOMS, WAY = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
NODE = re.compile(r'(\w+)\["([^"]*)"\]')
#: The drawing's subgraphs, by the package they show.
PARTS = dict(re.findall(r'subgraph \w+\["(\w+)"\]\n(.*?)\n  end', ROOMS, re.DOTALL))


def folders(package: str) -> set[str]:
    return {name.split(".")[1] for name, module in HOUSE.modules.items() if module.is_package and f"{package}." in name}


def arrows(part: str) -> list[tuple[str, str]]:
    """The rooms that each arrow connects, in the labels of its nodes."""
    labels = {node: label.removesuffix("/").removesuffix(".py") for node, label in NODE.findall(part)}
    found = []
    for line in part.splitlines():
        left, arrow, right = NODE.sub(r"\1", line).partition(" --> ")
        if arrow:
            found += [(labels[left.strip()], labels[target.strip()]) for target in right.split(" & ")]
    return found


@pytest.mark.parametrize("package", [CORE, TRAINERS])
def test_the_drawing_shows_every_room_and_no_other(package: str) -> None:
    drawn = {label.removesuffix("/") for _, label in NODE.findall(PARTS[package]) if label.endswith("/")}
    assert drawn == folders(package)


def test_the_drawing_shows_every_pack_with_its_rooms() -> None:
    drawn = dict(label.partition("<br/>")[::2] for _, label in NODE.findall(PARTS["packs"]))
    assert {pack: set(re.findall(r"(\w+)/", rooms)) for pack, rooms in drawn.items()} == {
        pack: folders(pack) for pack in PACKS
    }


@pytest.mark.parametrize("package", [CORE, TRAINERS])
def test_every_arrow_is_an_import(package: str) -> None:
    drawn = arrows(PARTS[package])
    assert len(drawn) > 8
    for above, below in drawn:
        reached = HOUSE.reached(f"{package}.{above}")
        assert any(name.startswith(f"{package}.{below}") for name in reached), (above, below)


def test_every_file_on_the_way_is_there() -> None:
    named = re.findall(r"\b(\w+/\w+)\.py", WAY)
    assert len(named) > 6
    for name in named:
        module = name.replace("/", ".")
        assert {f"{CORE}.{module}", f"{TRAINERS}.{module}"} & set(HOUSE.modules), name
