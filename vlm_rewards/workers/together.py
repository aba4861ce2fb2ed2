"""The event loop of this process, in a thread of its own; and items of a worker that wait on it together.

With it `async def` rewards work in scripts, notebooks and servers alike. The parent of a worker alone keeps deadlines:
nothing is cancelled here. While a step of an item runs on the loop, its number stands in memory that the parent shares,
so that one that blocks the loop or kills the process is known, whatever it holds.
"""

import asyncio
import contextlib
import mmap
import os
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

from vlm_rewards.workers.process import SLOT_BYTES

T = TypeVar("T")
_THREAD = "vlm-rewards-async"  # the thread of the loop; those that it starts have names that begin so
_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}  # by process: a fork inherits the dict but not the thread


def running() -> asyncio.AbstractEventLoop:
    """The loop of this process, which runs for as long as it does."""
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name=_THREAD, daemon=True).start()
        return loop


def run_all(calls: Sequence[Coroutine[Any, Any, Any]], *, limit: int) -> list[Any]:
    """The results of all calls, at most `limit` of them awaited at a time; where one raised, its exception."""
    if threading.current_thread().name.startswith(_THREAD):
        for call in calls:
            call.close()  # it is never awaited
        raise RuntimeError("here a score waits for itself; `await asyncio.to_thread(scorer.score, batch)`")
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


def start(call: Callable[..., T], *args: Any, aside: bool) -> Future[T]:
    """The result of a call, done here; or aside, in a thread of its own, which keeps no process from ending."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call(*args))
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            future.set_exception(error)

    if aside:
        name = f"{threading.current_thread().name}-term"
        threading.Thread(target=copy_context().run, args=(run,), name=name, daemon=True).start()
    else:
        run()
        future.result()
    return future


#: The item that a task works for, counted from 1; its child tasks inherit it.
_item: ContextVar[int] = ContextVar("item", default=0)
_STACK_BYTES = 1 << 20


class Together:
    """Runs items in threads that wait for one event loop, which runs in a thread of its own.

    The memory of the descriptor `slot` tells the parent whose step runs; `say` sends it a message.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, slot: int, say: Callable[[dict[str, Any]], None]) -> None:
        self._loop, self._say = loop, say
        self._slot = memoryview(mmap.mmap(slot, SLOT_BYTES)).cast("I")
        loop.set_task_factory(self._task)

    def run(self, done: Callable[[int], dict[str, Any]], count: int, *, at_a_time: int, beat: float) -> None:
        """Run items by their numbers, each a message when it is done; every `beat` seconds the loop says it lives."""

        async def live() -> None:
            while True:
                self._say({"beat": True})
                await asyncio.sleep(beat)

        def numbered(number: int) -> None:
            _item.set(number + 1)
            self._say({"start": number})
            self._say(done(number))

        heart = asyncio.run_coroutine_threadsafe(live(), self._loop)
        usual = threading.stack_size(_STACK_BYTES)  # eight times that by default, of the address space that is limited
        with ThreadPoolExecutor(min(at_a_time, count)) as threads:
            for number in range(count):
                with contextlib.suppress(RuntimeError):  # no more threads can be started: those there are do it
                    threads.submit(numbered, number)
            threading.stack_size(usual)
        heart.cancel()

    def _task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        number = _item.get()
        return asyncio.Task(_Stepped(coroutine, self._slot, number) if number else coroutine, loop=loop, **options)


class _Stepped(Coroutine[Any, Any, Any]):
    """A coroutine that leaves its number in the slot while one of its steps runs."""

    def __init__(self, inner: Any, slot: memoryview, number: int) -> None:
        self._inner, self._shared, self._number = inner, slot, number

    def send(self, value: Any) -> Any:
        return self._stepped(self._inner.send, value)

    def throw(self, *error: Any) -> Any:
        return self._stepped(self._inner.throw, *error)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Any:
        return self._inner.__await__()

    def __getattr__(self, name: str) -> Any:  # libraries look at `cr_running` and the like
        return getattr(self._inner, name)

    def _stepped(self, step: Callable[..., Any], *args: Any) -> Any:
        self._shared[0] = self._number
        try:
            return step(*args)
        finally:
            self._shared[0] = 0
