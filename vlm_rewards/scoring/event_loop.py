"""One event loop in a thread of its own, so that `async def` rewards work in scripts, notebooks and servers alike."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Sequence
from typing import Any

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}  # by process: a fork inherits the dict but not the thread


def running() -> asyncio.AbstractEventLoop:
    """The loop of this process, which runs for as long as it does."""
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="vlm-rewards-async", daemon=True).start()
        return loop


def run_all(calls: Sequence[Coroutine[Any, Any, Any]], *, limit: int) -> list[Any]:
    """The results of all calls, at most `limit` of them awaited at a time; where one raised, its exception."""
    places = asyncio.Semaphore(limit)

    async def guard(call: Coroutine[Any, Any, Any]) -> Any:
        try:
            async with places:
                return await call
        except BaseException as error:  # noqa: BLE001 - `sys.exit` would end the loop, and everybody's wait with it
            return error

    async def gather() -> list[Any]:
        return await asyncio.gather(*map(guard, calls))

    return asyncio.run_coroutine_threadsafe(gather(), running()).result()
