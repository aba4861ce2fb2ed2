"""What a judge costs beside a bare loop over its endpoint: `python -m tests.benchmarks.judge`.

1,000 answers, a server that takes 200 ms for each, and 64 requests at a time; both ask the same in turn.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time

import httpx2

import vlm_rewards as vr
from tests.packs.judge.server import honest
from vlm_rewards_judge.equal import SAME
from vlm_rewards_judge.panel.request import Request

ROWS, TOGETHER, SECONDS, TIMES = 1000, 64, 0.2, 3
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


def _main() -> None:
    process = subprocess.Popen([sys.executable, "-m", __spec__.name, "serve"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    server = f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
    judge = {"use": "judge/equal", "params": {"judges": [{"server": server, "model": "m", "together": TOGETHER}]}}
    batch = vr.Batch.of(ANSWERS, solution=["7"] * ROWS)
    try:
        with vr.load_scorer({"version": 1, "rewards": {"judge": judge}}) as scorer:
            scorer.score(vr.Batch.of(ANSWERS[:1], solution=["7"]))
            for _ in range(TIMES):
                start = time.perf_counter()
                asyncio.run(_bare(f"{server}/chat/completions"))
                middle = time.perf_counter()
                scored = scorer.score(batch)
                ours, bare = time.perf_counter() - middle, middle - start
                print(f"bare {bare:.2f} s, scored {ours:.2f} s, ratio {ours / bare:.3f}, {dict(scored.counts)}")
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(_serve()) if sys.argv[1:] == ["serve"] else _main()
