"""As many examples as hypothesis takes by itself, also after the core's tests, which take fewer."""

from __future__ import annotations

from hypothesis import settings

settings.load_profile("tests")
