"""The `doc` pack: is a page read as it stands there?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import vlm_rewards as vr
from vlm_rewards_doc.edit import edit
from vlm_rewards_doc.formula import formula
from vlm_rewards_doc.front_matter import front_matter
from vlm_rewards_doc.layout import layout
from vlm_rewards_doc.teds import teds
from vlm_rewards_doc.unit_tests import unit_tests

__all__ = ["edit", "formula", "front_matter", "layout", "teds", "unit_tests"]


@vr.hookimpl
def vlm_rewards_register() -> list[Callable[..., Any]]:
    """Every reward of this pack."""
    return [teds, unit_tests, edit, front_matter, formula, layout]
