"""Two ranks decide together, whatever happens to a reward on one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("two_ranks.py")

PACK = """\
import os, signal
import vlm_rewards as vr

@vr.reward(range=(0.0, 1.0))
def grade(completion: vr.Completion) -> float:
    "Fails as the completion says."
    if completion.text == "raise":
        raise RuntimeError("down")
    while completion.text == "hang":
        pass
    if completion.text == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return 1.0

@vr.hookimpl
def vlm_rewards_register():
    return [grade]
"""


@pytest.mark.parametrize("mode", ["raise", "hang", "kill"])
def test_both_ranks_stop_together(tmp_path: Path, mode: str) -> None:
    (tmp_path / "faulty_pack.py").write_text(PACK)
    info = tmp_path / "faulty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vlm_rewards]\nfaulty = faulty_pack\n")
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", str(SCRIPT), mode, str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, *command], env=environment, check=True, timeout=180, capture_output=True)
    first, other = ((tmp_path / f"rank{rank}.txt").read_text().splitlines() for rank in (0, 1))
    assert first[0] == other[0] == "The error budget is spent"
    assert abs(float(first[1]) - float(other[1])) < 5
