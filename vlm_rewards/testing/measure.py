"""What is measured of a reward: how its work grows, how long a step of it is, and what it leaves behind."""

import asyncio
import decimal
import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, process_time, sleep
from timeit import timeit
from typing import Any, TypeVar

from vlm_rewards.workers.together import running

T = TypeVar("T")


def grows_linearly(work: Callable[[T], object], small: T, big: T) -> bool:
    """Whether ten times the input is at most twelve times the work, in CPU time; noise gets half a ms and ten chances.

    Ten small ones are run for each big one, without the garbage collector. Chances lie 5 ms to 2.6 s apart; from the
    second on caches are cold, as scattered memory slows the big one alone, unless ten small ones take under 1 ms.
    """
    some = 0.0
    for chance in range(10):
        flush = partial(bytearray, (some > 0.001) * chance << 22)
        some = sum(timeit(lambda: work(small), flush, process_time, 1) for _ in range(10))
        if 10 * timeit(lambda: work(big), flush, process_time, 1) <= 12 * some + 0.005:
            return True
        sleep(2**chance / 200)
    return False


def longest_step(work: Callable[[], object]) -> float:
    """For how long some work keeps the event loop from all else, in seconds."""
    done = threading.Event()

    async def beat() -> float:
        longest = 0.0
        while not done.is_set():
            start = perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, perf_counter() - start)
        return longest

    beating = asyncio.run_coroutine_threadsafe(beat(), running())
    work()
    done.set()
    return beating.result()


@contextmanager
def leftovers(found: list[str]) -> Iterator[None]:
    """Write into `found` what is open or changed in this process after the block, and was not before."""
    running()  # its thread and files are not the reward's
    with _seeded_anew(), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ResourceWarning)
        before = _state()
        yield
        gc.collect()
        patience = monotonic() + 0.5
        for thread in _state()["thread"] - before["thread"]:
            thread.join(max(0.0, patience - monotonic()))
        found += [str(item.message) for item in warned if issubclass(item.category, ResourceWarning)]
        for name, now in _state().items():
            if isinstance(now, set):
                found += [f"{name} {what}" for what in now - before[name]]
            elif now != before[name] is not None:
                found.append(f"{name} was changed")


@contextmanager
def _seeded_anew() -> Iterator[None]:
    """Other random states than a reward may have set before, so that it cannot look untouched; put back at the end."""
    numpy = sys.modules.get("numpy")
    numbers, arrays = random.getstate(), numpy and numpy.random.get_state()
    random.seed()
    if numpy:
        numpy.random.seed()
    try:
        yield
    finally:
        random.setstate(numbers)
        if numpy:
            numpy.random.set_state(arrays)


def _state() -> dict[str, Any]:
    ours = ("vlm-rewards", "asyncio_")
    numpy, files = sys.modules.get("numpy"), set()
    for descriptor in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):  # the one that lists them
            files.add(str(descriptor.readlink()))
    return {
        "thread": {thread for thread in threading.enumerate() if not thread.name.startswith(ours)},
        "file": {file for file in files if file.startswith(("/", "socket:")) and file[:5] not in ("/dev/", "/proc")},
        "task": set(asyncio.all_tasks(running())),
        "the state of `random`": random.getstate(),
        "the state of `numpy.random`": numpy and str(numpy.random.get_state()),
        "the environment": dict(os.environ),
        "the working directory": Path.cwd(),
        "`sys.path`": list(sys.path),
        "the handler of a signal": list(map(signal.getsignal, signal.valid_signals())),
        "a handler of logs": list(logging.getLogger().handlers),
        "`sys.stdout` or `sys.stderr`": (sys.stdout, sys.stderr),
        "the locale, or the precision of `decimal`": (locale.setlocale(locale.LC_ALL), decimal.getcontext().prec),
        "a timer": signal.getitimer(signal.ITIMER_REAL)[0] > 0,
        "a limit of Python's": (sys.getrecursionlimit(), sys.get_int_max_str_digits(), gc.isenabled()),
    }
