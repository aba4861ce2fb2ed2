"""The law of growth: ten times the text is at most twelve times the work."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

Work = Callable[[str], object]


def growth(work: Work, small: str, big: str) -> float:
    """How many times the work on a small text the work on one ten times as long takes, in CPU time.

    Ten small ones are run for each big one: windows of one length suffer alike from a busy machine.
    """
    start = time.process_time()
    for _ in range(10):
        work(small)
    middle = time.process_time()
    work(big)
    return 10 * (time.process_time() - middle) / (middle - start)


def grows_linearly(work: Work, small: str, big: str) -> bool:
    """Whether ten times the text is at most twelve times the work; a noisy measurement gets more chances."""
    gc.disable()  # a collection in one of the two would be measured as its work
    try:
        return any(growth(work, small, big) <= 12 for _ in range(10))
    finally:
        gc.enable()
