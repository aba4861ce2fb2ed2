"""What scoring costs by one process, by two, by Ray and by a server; and what a server under load answers.

nice -n 10 python -m tests.benchmarks.scale [--rows 50000] [--requests 10000]

The ways run in turn over the rows of `tests.benchmarks.score`, each in processes of its own; what starting them took
is told apart, as the time of the same way over 10 rows. Where other programs are busy the ratios alone mean something.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import httpx2

import vlm_rewards as vr
from tests.benchmarks.score import CONFIG, lines, plain

FEW, AT_ONCE, BATCH = 10, 32, 256
WAYS = {
    "local": (),
    "--workers 2": ("--workers", "2"),
    "--engine ray --workers 2": ("--engine", "ray", "--workers", "2"),
}


@contextmanager
def served(config: Path) -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = [sys.executable, "-m", "vlm_rewards", "serve", str(config), "--port", "0", "--waiting", str(AT_ONCE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


def score(home: Path, rows: int, *options: str) -> float:
    """Seconds of `vlm-rewards score` over the first rows."""
    source, target = home / f"{rows}.jsonl", home / "scored.jsonl"
    target.unlink(missing_ok=True)
    source.write_text("".join(lines(rows)))
    command = [sys.executable, "-m", "vlm_rewards", "score", str(home / "rewards.yaml"), str(source), "--rows", "0"]
    start = perf_counter()
    subprocess.run([*command, "--output", str(target), *options], check=True, capture_output=True)
    return perf_counter() - start


async def asked(address: str, batches: list[list[dict[str, object]]], most: int) -> tuple[list[float], int, float]:
    """The seconds of each request that was answered, the rows with a total, and the seconds of all."""
    places, seconds, totals = asyncio.Semaphore(most), list[float](), 0

    async with httpx2.AsyncClient(base_url=address, trust_env=False, timeout=60) as client:

        async def ask(rows: list[dict[str, object]]) -> None:
            nonlocal totals
            async with places:
                start = perf_counter()
                answer = await client.post("/v1/score", json={"rows": rows})
                seconds.append(perf_counter() - start)
            totals += sum(row["total"] is not None for row in answer.raise_for_status().json())

        start = perf_counter()
        await asyncio.gather(*map(ask, batches))
        return seconds, totals, perf_counter() - start


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--requests", type=int, default=10_000)
    options = parser.parse_args()
    rows = [json.loads(line) for line in lines(options.rows)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "rewards.yaml").write_text(CONFIG)
        (home / "rows.jsonl").write_text("".join(lines(options.rows)))
        start = perf_counter()
        plain(home / "rows.jsonl", home / "plain.jsonl")
        print(f"{'plain loop':28}{options.rows / (perf_counter() - start):10.0f} rows/s")
        for name, ways in WAYS.items():
            start_up = score(home, FEW, *ways)
            took = score(home, options.rows, *ways) - start_up
            print(f"{name:28}{options.rows / took:10.0f} rows/s, {start_up:.1f} s to start")
        batches = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]
        with vr.load_scorer(home / "rewards.yaml") as scorer:
            start = perf_counter()
            for batch in batches:
                scorer.score(vr.Batch.from_rows(batch))
            print(f"{'in process, 256 at a time':28}{len(rows) / (perf_counter() - start):10.0f} rows/s")
        with served(home / "rewards.yaml") as address:
            _, totals, took = asyncio.run(asked(address, batches, 4))
            assert totals == len(rows)
            print(f"{'served, 256 at a time':28}{len(rows) / took:10.0f} rows/s")
            ones = [[rows[at % len(rows)]] for at in range(options.requests)]
            seconds, totals, took = asyncio.run(asked(address, ones, AT_ONCE))
        cuts = statistics.quantiles(seconds, n=100)
        print(f"{options.requests} requests of a row, {AT_ONCE} at a time: {options.requests - totals} lost")
        print(f"{len(seconds) / took:.0f}/s, p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms")


if __name__ == "__main__":
    os.environ.pop("VLM_REWARDS_ISOLATION", None)
    main()
