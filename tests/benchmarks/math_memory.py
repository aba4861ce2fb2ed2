"""What a worker weighs that has decided a hard case."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from vlm_rewards.workers.job import Job
from vlm_rewards.workers.pool import pool

__all__ = ["memory", "weigh"]


def weigh(_item: object) -> float:
    """In the worker: load what the last resort loads, and say how many MB are in use."""
    from vlm_rewards_math.equality.computer_algebra import grade

    grade({"gold": "\\int_0^1 x dx", "given": "\\frac{1}{2}"})
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return max(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


def memory() -> None:
    """Print the memory of a worker that has loaded the last resort of `math/answer`."""
    workers = pool()
    (found,) = workers.wait(workers.submit(Job({"function": "tests.benchmarks.math_memory:weigh"}, [0], timeout=60)))
    print(f"\na worker with the last resort loaded: {found.output if found.fault is None else found.fault} MB")
