"""The page of figures has a place for every table that its command prints, and keeps what stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks import page


def test_a_ratio_says_its_spread() -> None:
    assert page.ratio([1.0, 1.0, 2.0], [50.0, 40.0, 120.0]) == "50 (40 to 60)"


def test_every_section_has_its_place_with_figures_in_the_page() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    places = [text.partition(page.OPENING.format(name))[2].partition(page.CLOSING)[0] for name in page.SECTIONS]
    assert [name for name, place in zip(page.SECTIONS, places, strict=True) if not any(map(str.isdigit, place))] == []


def test_figures_are_written_where_they_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(_: Path | None) -> Iterator[str]:
        yield from ("one", "two")

    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    opening = page.OPENING.format("b")
    page.PAGE.write_text(f"# A\n\n{page.OPENING.format('a')}old{page.CLOSING}\n\n{opening}old{page.CLOSING}\nend\n")
    page.write("b", "\n\n".join(measured(None)))
    assert page.PAGE.read_text() == (
        f"# A\n\n{page.OPENING.format('a')}old{page.CLOSING}\n\n{opening}\none\n\ntwo\n{page.CLOSING}\nend\n"
    )


def test_a_section_without_a_place_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    page.PAGE.write_text("# A\n")
    with pytest.raises(ValueError, match="no place"):
        page.write("b", "figures")
