"""Fixtures of pytest for the tests of a pack."""

from vlm_rewards.testing import make_batch, registry

__all__ = ["make_batch", "registry"]
