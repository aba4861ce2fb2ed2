"""For the tests of a pack: `assert_conforms`, and fixtures of pytest that a conftest imports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from vlm_rewards.testing.bench import Shelf
from vlm_rewards.testing.conform import assert_conforms
from vlm_rewards.types.batch import Batch

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["assert_conforms", "image", "make_batch", "registry"]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The installed packs, run in this process; `registry.add(reward)` puts a reward beside them and gives its name."""
    monkeypatch.setenv("VLM_REWARDS_ISOLATION", "inline")
    monkeypatch.delenv("VLM_REWARDS_PACKS", raising=False)
    return Shelf(block=())


@pytest.fixture
def make_batch() -> Callable[..., Batch]:
    """`make_batch("7", "8", solution="7")`: answers with their columns; a lone value stands for every row."""
    return lambda *completions, **columns: Batch.of(completions, **columns)


@pytest.fixture
def image() -> Image:
    """An image in RGB of 64 x 48 pixels that grows brighter to its foot."""
    from PIL import Image

    return Image.merge("RGB", [Image.linear_gradient("L").resize((64, 48))] * 3)
