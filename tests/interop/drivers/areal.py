"""AReaL: its wrapper calls the function of the exported file in processes, as a workflow does."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import Any

from tests.interop.driving import FOLDER, bare, drive


def main() -> None:
    bare("areal", "areal.api", "areal.utils")
    wrapper = importlib.import_module("areal.api.reward_api").AsyncRewardWrapper
    sys.path.insert(0, str(FOLDER))
    reward = wrapper(importlib.import_module("areal_rewards").reward_fn, max_workers=1, max_retries=0)

    async def ask(row: dict[str, Any]) -> Any:
        return await reward(row.pop("prompt"), row.pop("completion"), [1, 2], [3, 4], **row)

    drive(version("areal"), ask)


if __name__ == "__main__":
    main()
