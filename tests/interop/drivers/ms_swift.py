"""ms-swift: it imports the exported plugin as its arguments do, and fills its tensor from a batch of samples."""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import torch
from swift.rewards import orms
from swift.rl_core.data import GRPOSample
from swift.rl_core.grpo_algorithm import compute_rewards_per_func
from swift.utils import import_external_file

from tests.interop.driving import FOLDER, drive


def main() -> None:
    import_external_file(str(FOLDER / "ms_swift_rewards.py"))
    reward = orms["vlm_rewards"](args=None)

    def ask(row: dict[str, Any]) -> Any:
        said = {"role": "assistant", "content": row.pop("completion")}
        asked = {"role": "user", "content": row["prompt"]}
        sample = GRPOSample.from_row({"messages": [asked, said], **row, "images": [{"path": row["images"][0]}]})
        state = SimpleNamespace(global_step=0)
        rewards = compute_rewards_per_func([sample, sample], [reward], None, torch.device("cpu"), state)
        assert rewards.shape == (2, 1)
        return rewards[0, 0].item()

    drive(version("ms-swift"), ask)


if __name__ == "__main__":
    main()
