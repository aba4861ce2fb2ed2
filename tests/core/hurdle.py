"""A Scorer over the pack `hurdle` of tests/fixtures, which `pack_for_workers` installs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import vlm_rewards as vr


def scorer(terms: Mapping[str, Any] | str, *, context: vr.Context | None = None, **top: Any) -> vr.Scorer:
    rewards = {"t": {"use": f"hurdle/{terms}"}} if isinstance(terms, str) else dict(terms)
    return vr.load_scorer({"version": 1, "rewards": rewards, **top}, context=context)
