"""What workers cost beside pebble's and beside a bare event loop: `python -m tests.benchmarks.workers`.

The same calls go through a Scorer whose term runs in workers and through the other, in turn, each from a process of its
own that is warm; medians are compared. Quote the ratios, not the times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

import vlm_rewards as vr
from vlm_rewards.workers.pool import pool

ITEMS, WAITING, TOGETHER, SECONDS, DEADLINE = 512, 1000, 64, 0.2, 1.0
PATIENCE = 30.0  # seconds for a round
#: What is measured: how many items, the item that is bad and how many are, and the most that ours may take.
CASES = {
    "waiting": (WAITING, "", 0, "1.15x a bare loop"),
    "trivial": (ITEMS, "", 0, "1.5x pebble"),
    "hanging": (ITEMS, "hang", 8, "1.15x pebble, and the deadline"),
    "dying": (ITEMS, "die", 8, "2x pebble"),
}


async def wait(text: str) -> float:
    """One call that waits, as for a server."""
    await asyncio.sleep(SECONDS)
    return float(len(text) > 0)


def work(text: str) -> float:
    """One call; some hang for good or kill their worker."""
    if text.startswith("hang"):
        time.sleep(3600)
    if text.startswith("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    return float(len(text) < 100)


@vr.reward(range=(0.0, 1.0), pure=False)
async def waits(completion: vr.Completion) -> float:
    """An answer that a server judges."""
    return await wait(completion.text)


@vr.reward(range=(0.0, 1.0), pure=False)
def works(completion: vr.Completion) -> float:
    """A short answer."""
    return work(completion.text)


@vr.hookimpl
def vlm_rewards_register() -> list[Any]:
    """The pack `bench`, which a folder on the path announces."""
    return [waits, works]


def texts_of(case: str) -> list[str]:
    """The calls of a case, the bad ones spread over them."""
    items, word, bad, _ = CASES[case]
    every = items // bad if bad else items + 1
    return [f"{word if row % every == 7 else 'answer'} {row}" for row in range(items)]


def ours(case: str) -> Callable[[Sequence[str]], int]:
    """Through a Scorer: how many items are lost of some."""
    use = "waits" if case == "waiting" else "works"
    term = {"use": f"bench/{use}", "timeout": DEADLINE}
    scorer = vr.load_scorer({"version": 1, "rewards": {"t": term}, "workers": {"concurrency": TOGETHER}})
    return lambda texts: scorer.score(vr.Batch.of(list(texts))).totals.count(None)


def pebbles() -> Callable[[Sequence[str]], int]:
    """Through pebble's pool, with as many workers."""
    from pebble import ProcessPool

    workers = ProcessPool(max_workers=pool().size)

    def run(texts: Sequence[str]) -> int:
        futures = [workers.schedule(work, args=[text], timeout=DEADLINE) for text in texts]
        return sum(future.exception() is not None for future in as_completed(futures))

    return run


def bare() -> Callable[[Sequence[str]], int]:
    """The same awaits on one loop."""

    async def all_of(texts: Sequence[str]) -> int:
        places = asyncio.Semaphore(TOGETHER)

        async def one(text: str) -> float:
            async with places:
                return await wait(text)

        return len(texts) - len(await asyncio.gather(*map(one, texts)))

    return lambda texts: asyncio.run(all_of(texts))


def serve(case: str, side: str) -> None:
    """Run a round for every line that comes in; print its seconds and what it lost."""
    run = ours(case) if side == "ours" else bare() if case == "waiting" else pebbles()
    run(["answer"] * 4 * TOGETHER)
    for _ in sys.stdin:
        start = time.perf_counter()
        lost = run(texts_of(case))
        print(json.dumps([time.perf_counter() - start, lost]), flush=True)


class Side:
    """A process that runs rounds of one side; one that breaks down or hangs, as pebble's may, is started anew."""

    def __init__(self, case: str, side: str, environment: dict[str, str]) -> None:
        self.command = [sys.executable, "-m", "tests.benchmarks.workers", "--serve", case, side]
        self.environment, self.rounds, self.broken = environment, list[tuple[float, int]](), 0
        self.start()

    def start(self) -> None:
        """Start the process."""
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    def end(self) -> None:
        """End the process and the workers that it left behind."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def run(self) -> None:
        """Run one round, and keep what it took."""
        asked, answered = self.process.stdin, self.process.stdout
        assert asked is not None
        assert answered is not None
        asked.write(b"round\n")
        line = answered.readline() if select.select([answered], [], [], PATIENCE)[0] else b""
        if line:
            self.rounds.append(json.loads(line))
        else:
            self.end()
            self.broken += 1
            self.start()


def measured(rounds: int) -> Iterator[tuple[str, tuple[Side, Side]]]:
    """Each case, with what the two sides did in turn."""
    with tempfile.TemporaryDirectory() as folder:
        info = Path(folder) / "bench-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bench\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[vlm_rewards]\nbench = tests.benchmarks.workers\n")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, *filter(None, sys.path)])}
        for case in CASES:
            sides = Side(case, "ours", environment), Side(case, "theirs", environment)
            for _ in range(rounds):
                for side in sides:
                    side.run()
            for side in sides:
                side.end()
            yield case, sides


def show(case: str, sides: tuple[Side, Side], rounds: int) -> None:
    """Print how the two sides did."""
    mine, theirs = (statistics.median(seconds for seconds, _ in side.rounds) for side in sides)
    lost = " and ".join(f"{max(count for _, count in side.rounds)}" for side in sides)
    broken = " and ".join(f"{side.broken}" for side in sides)
    _, _, bad, bound = CASES[case]
    print(f"{case:<8} {mine * 1e3:6.0f} ms, theirs {theirs * 1e3:6.0f} ms: {mine / theirs:.2f}x (at most {bound})")
    print(f"         lost at most {lost} for {bad} bad ones; {broken} of {rounds} rounds broke down", flush=True)


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs=2, metavar=("CASE", "SIDE"), help="one side, asked over standard input")
    options = parser.parse_args()
    if options.serve:
        serve(*options.serve)
    for case, sides in measured(options.rounds):
        show(case, sides, options.rounds)


if __name__ == "__main__":
    main()
