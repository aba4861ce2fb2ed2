"""The tables of docs/grounding.md say what the tables of the code say."""

from __future__ import annotations

from pathlib import Path

import pytest

from vlm_rewards_grounding.formats import keys
from vlm_rewards_grounding.frames.presets import PRESETS, Preset
from vlm_rewards_grounding.reference_keys import BOOKKEEPING, READ, UNITS

PAGE = (Path(__file__).parents[3] / "docs" / "grounding.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")]
COUNTS = {
    "resized": "pixels of the resized image",
    "per_1000": "0-1000",
    "per_999": "0-999",
    "relative": "0-1",
    "percent": "percent",
    "bins_1024": "1024 bins",
    "bins_1000": "middles of 1000 bins",
    "grid_32": "cells of a 32 x 32 grid",
}


def cell(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def families() -> dict[str, str]:
    """What the page says that each family counts; `the same` is what the row before says."""
    rows = PAGE.partition("## Families")[2].partition("Names are read")[0].splitlines()
    found: dict[str, str] = {}
    for row in rows:
        first, _, rest = row.removeprefix("| ").partition(" | ")
        for name in first.split("`")[1::2]:
            found[name] = rest.rpartition(" | ")[2].strip("| ")
    return found


def test_the_page_has_a_row_for_every_family_and_no_other() -> None:
    assert set(families()) == set(PRESETS)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_the_row_of_a_family_says_what_it_counts(preset: Preset) -> None:
    said = families()[preset.name]
    assert said.startswith(COUNTS[preset.space]) or (preset.name == "molmo2" and said == "per mille")
    assert ("y first" in said) == (preset.order == "yx")


@pytest.mark.parametrize("kind", READ)
def test_the_page_lists_the_keys_of_a_reference_that_are_read(kind: str) -> None:
    assert any(row.startswith(f"| {cell(READ[kind])} |") for row in ROWS)


def test_the_page_lists_bookkeeping_sides_and_units() -> None:
    assert any(row.startswith(f"| {cell(BOOKKEEPING)} |") for row in ROWS)
    sides = tuple(dict.fromkeys(name for names in (*keys.CORNERS, *keys.SIZES) for name in names))
    assert any(row.startswith(f"| {cell(sides)}, and") for row in ROWS)
    assert all(f"`{unit}` is `{space}`" in PAGE for unit, space in UNITS.items())
