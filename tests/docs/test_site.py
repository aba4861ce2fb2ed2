"""The site has every page, once, in the order in which it is read."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.core.public_names import FRONT_DOORS

ROOT = Path(__file__).parents[2]
SETTINGS = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def pages(entry: Any) -> Iterator[str]:
    """The pages below an entry of the navigation."""
    if isinstance(entry, str):
        yield entry
    else:
        for below in entry.values() if isinstance(entry, dict) else entry:
            yield from pages(below)


def test_every_page_is_in_the_navigation_once() -> None:
    found = [page for page in pages(SETTINGS["nav"]) if page.startswith("docs/") and not page.startswith("docs/api/")]
    there = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").glob("*.md")}
    there |= {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").glob("reference/*.md")}
    there |= {"docs/design/README.md", "docs/design/architecture.md"}
    assert Counter(found) == Counter(there)


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda page: page.name
)
def test_the_column_of_the_site_holds_every_line_of_code(page: Path) -> None:
    """100 characters, see `docs/site/style.css`; which breaks lines of `text` where it must; drawings are not held."""
    blocks = re.findall(r"^ *```(\w+)\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line for kind, text in blocks for line in text.splitlines() if kind not in {"mermaid", "text"}]
    assert [line for line in lines if len(line) > 100] == []


def test_every_front_door_has_its_page() -> None:
    found = [page for page in pages(SETTINGS["nav"]) if page.startswith("docs/api/")]
    assert sorted(found) == sorted(f"docs/api/{door}.md" for door in FRONT_DOORS)


@pytest.mark.parametrize(
    ("html", "loaded"),
    [
        ('<script src="https://elsewhere.org/a.js"></script>', 1),
        ("<link rel=stylesheet href=//elsewhere.org/a.css>", 1),
        ('<img alt="" src="http://elsewhere.org/a.png">', 1),
        ('<a href="https://elsewhere.org">there</a> <script src="../assets/a.js"></script>', 0),
    ],
)
def test_what_a_page_loads_from_elsewhere_is_found(html: str, loaded: int, monkeypatch: Any, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("build_site", ROOT / "docs" / "site" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    monkeypatch.setattr(build, "SITE", tmp_path)
    (tmp_path / "page.html").write_text(html)
    assert len(build.outside()) == loaded
