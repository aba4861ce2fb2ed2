"""Two processes of one run: under torchrun, or forked from one process that has imported the libraries for both."""

from __future__ import annotations

import importlib
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = ("torch.distributed.fsdp", "torch.distributed.tensor", "trl.trainer.grpo_trainer", "trl.trainer.sft_trainer")


def on_two_ranks(
    script: Path, *arguments: object, environment: Mapping[str, str] | None = None, forked: bool = False
) -> None:
    """Run a script in two ranks; what it writes to the error output is shown where it fails.

    Forked ranks have the variables and the store that torchrun gives, for a third less work.
    """
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    ended = subprocess.run(
        [sys.executable, *([__file__] if forked else torchrun), str(script), *map(str, arguments)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **(environment or {})},
        timeout=300,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()[-4000:]


def launch(arguments: Sequence[str]) -> int:
    """Fork the ranks and hold the store where they meet; 0 where both end well, else the first of them that fails ends
    the other."""
    for name in SHARED:
        importlib.import_module(name)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    ranks = set()
    for rank in ("0", "1"):
        if pid := os.fork():
            ranks.add(pid)
            continue
        listening.close()
        os.environ |= {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "TORCHELASTIC_RESTART_COUNT": "0"}
        os.environ["TORCHELASTIC_USE_AGENT_STORE"] = "True"
        sys.argv = [*arguments]
        sys.path[0] = str(Path(arguments[0]).parent)
        runpy.run_path(arguments[0], run_name="__main__")
        return 0
    from torch.distributed import TCPStore

    store = TCPStore("127.0.0.1", port, is_master=True, wait_for_workers=False, master_listen_fd=listening.detach())
    failed = 0
    while ranks:
        pid, status = os.wait()
        ranks.discard(pid)
        if status and not failed:
            failed = 1
            for other in ranks:
                os.kill(other, signal.SIGKILL)
    del store
    return failed


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1:]))
