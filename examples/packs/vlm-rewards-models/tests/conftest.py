from __future__ import annotations

import pytest
import tiny


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The folder of a tiny model for each reward."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "similarity": tiny.clip(folder / "clip"),
        "reward": tiny.gemma3(folder / "reward", head=True),
        "agreement": tiny.gemma3(folder / "agreement", head=False),
    }
