"""The table of docs/is-it-gameable.md is what its command prints."""

from __future__ import annotations

import pytest

from tests.core.preflight.attack.table import ROOT, lines


@pytest.mark.slow
def test_the_page_shows_the_table_of_the_command() -> None:
    page = (ROOT / "docs/is-it-gameable.md").read_text(encoding="utf-8").splitlines()
    shown = [line for line in page if line.startswith(("| `", "| what"))]
    assert shown == [line for line in lines() if line.startswith(("| `", "| what"))]
