"""Distributions of others, installed as pip would, for tests that score, check and list in workers beside them."""

from __future__ import annotations

from pathlib import Path

HEAD = """
from __future__ import annotations
import os, signal, sys, time
import vlm_rewards as vr
"""

GOOD = """
@vr.reward(range=(0, 1))
def brevity(completion, solution: str, *, limit: int = 10) -> float:
    "Short answers."
    return float(len(completion.text) <= limit)

@vr.hookimpl
def vlm_rewards_register():
    return [brevity]
"""

#: What a pack may do to whoever imports it, and what is said of it.
ON_IMPORT = {
    "hang": ("time.sleep(3600)", "deadline"),
    "os_exit": ("os._exit(3)", "the worker died"),
    "sigkill": ("os.kill(os.getpid(), signal.SIGKILL)", "the worker died"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "generator_exit": ("raise GeneratorExit", "GeneratorExit"),
    "exception": ("1 / 0", "ZeroDivisionError"),
}
#: What a pack may change where it is imported.
CHANGES = """
import pluggy, random, socket, threading
random.seed(0)
os.environ["CHANGED_BY_A_PACK"] = "1"
os.chdir("/")
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pluggy.PluginManager.register = lambda *given, **named: None
sys.setrecursionlimit(4321)
print("printed on import")
"""


def install(site: Path, source: str, *, namespace: str, distribution: str = "", group: str = "vlm_rewards") -> str:
    """Write a distribution with one module of that source; returns the module's name."""
    name = distribution or f"{namespace}-rewards"
    module = f"outsider_{namespace}_{name}".replace("-", "_").replace(".", "_")
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (site / f"{module}.py").write_text(f"{HEAD}{source}")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{namespace} = {module}\n")
    (info / "RECORD").write_text(f"{module}.py,sha256={abs(hash(source))},{len(source)}\n{info.name}/RECORD,,\n")
    return module
