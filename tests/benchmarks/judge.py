"""What a judge costs beside a bare loop over its endpoint, and what a step of training waits for it.

`python -m tests.benchmarks.judge`: 1,000 answers to a server that takes 200 ms for each, 64 requests at a time, both in
turn; then groups of eight answers, each generated in 200 ms, which two judges score in turn with it, or beside it as
TRL's asynchronous trainer does.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import httpx2

import vlm_rewards as vr
from tests.packs.judge.server import honest
from vlm_rewards_judge.equal import SAME
from vlm_rewards_judge.panel.request import Request
from vlm_rewards_trl import reward_function

ROWS, TOGETHER, SECONDS, TIMES, STEPS = 1000, 64, 0.2, 5, 10
ANSWERS = [f"It is {row}." for row in range(ROWS)]


async def _serve() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                size = int(head.partition("content-length: ")[2].partition("\r\n")[0])
                body = honest(json.loads(await reader.readexactly(size))).body
                await asyncio.sleep(SECONDS)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _bare(url: str) -> None:
    places = asyncio.Semaphore(TOGETHER)
    bodies = [Request([SAME], {"REFERENCE": "7", "ANSWER": text}).body("m", {}) for text in ANSWERS]
    async with httpx2.AsyncClient(timeout=None, trust_env=False, limits=httpx2.Limits(max_connections=None)) as client:

        async def ask(body: object) -> None:
            async with places:
                (await client.post(url, json=body)).raise_for_status()

        await asyncio.gather(*map(ask, bodies))


def _measured(call: Callable[[], Any]) -> tuple[float, float]:
    """Seconds, and seconds of this process's processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def _calls(server: str, judge: dict[str, Any]) -> None:
    batch = vr.Batch.of(ANSWERS, solution=["7"] * ROWS)
    with vr.load_scorer({"version": 1, "rewards": {"judge": judge}}) as scorer:
        kinds: dict[str, Callable[[], Any]] = {
            "bare": lambda: asyncio.run(_bare(f"{server}/chat/completions")),
            "scored": lambda: scorer.score(batch).counts,
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
        kinds["scored"]()  # what is imported once is not of each call
        for turn in range(TIMES):
            for name in sorted(kinds, reverse=turn % 2 == 0):
                taken[name].append(_measured(kinds[name]))
    walls, cpus = ({name: median(one[at] for one in held) for name, held in taken.items()} for at in (0, 1))
    for name in kinds:
        print(f"{name:>7}: {walls[name]:.2f} s, {1000 * cpus[name] / ROWS:.2f} ms of processor for each call")
    pairs = [ours[0] / bare[0] for ours, bare in zip(taken["scored"], taken["bare"], strict=True)]
    print(f"  ratio: {median(pairs):.3f} ({min(pairs):.3f} to {max(pairs):.3f})")


def _steps(judge: dict[str, Any]) -> None:
    function = reward_function({"version": 1, "rewards": {"one": judge, "two": judge}})

    def score(step: int) -> None:
        texts = [f"It is {step}, {row}." for row in range(8)]
        assert function(prompts=["?"] * 8, completions=texts, solution=["7"] * 8)

    def in_turn() -> None:
        for step in range(STEPS):
            time.sleep(SECONDS)
            score(step)

    async def beside() -> None:
        made: asyncio.Queue[int] = asyncio.Queue()

        async def generate() -> None:
            for step in range(STEPS, 2 * STEPS):
                await asyncio.sleep(SECONDS)
                made.put_nowait(step)

        async def scoring() -> None:
            for _ in range(STEPS):
                await asyncio.to_thread(score, await made.get())

        await asyncio.gather(generate(), scoring())

    score(-1)
    for name, call in (("in turn", in_turn), ("beside", lambda: asyncio.run(beside()))):
        print(f"{name:>7}: {_measured(call)[0] / STEPS:.2f} s a step")


def _main() -> None:
    process = subprocess.Popen([sys.executable, "-m", __spec__.name, "serve"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    server = f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
    judge = {"use": "judge/equal", "params": {"judges": [{"server": server, "model": "m", "together": TOGETHER}]}}
    try:
        _calls(server, judge)
        _steps(judge)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(_serve()) if sys.argv[1:] == ["serve"] else _main()
