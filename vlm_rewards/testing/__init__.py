"""For the tests of a pack: `assert_conforms`, and fixtures of pytest that a conftest imports."""

from __future__ import annotations

from vlm_rewards.testing.conform import assert_conforms
from vlm_rewards.testing.fixtures import image, make_batch, registry

__all__ = ["assert_conforms", "image", "make_batch", "registry"]
