"""How hypothesis explores here: the same examples on every machine, and no time limit, which a busy one breaks."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("packs", deadline=None, derandomize=True, database=None)
settings.load_profile("packs")
