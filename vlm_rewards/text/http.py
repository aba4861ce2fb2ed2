"""Ask a server over HTTP: again after faults that pass, no faster than it allows, and not at all while it is down."""

from __future__ import annotations

import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

__all__ = ["NoAnswer", "Post", "Reply", "Server"]

_TRIES, _FIRST_WAIT = 4, 0.25  # attempts, and the seconds before the second
_MOST_BYTES = 4 << 20
_SHORTEST, _NESTED = 8, 3  # characters of a token that is a secret; texts of JSON in one another that are looked into
_HEX = set("0123456789abcdefABCDEF")
_jitter = random.Random()  # noqa: S311 - its own, so that a run's random numbers stay what they are


class NoAnswer(Exception):  # noqa: N818 - it says what came of the request
    """A server gave no answer, with the reason."""


class Reply(NamedTuple):
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> str:
        """The status and the beginning of the body, for messages."""
        return f"{self.status} {self.body[:200].decode('utf-8', 'replace')}".strip()


Post: TypeAlias = Callable[[bytes], Awaitable[Reply]]


@dataclass
class Server:
    """One address that is asked.

    A server that fails often in a row is left alone for a while. Redirects are not followed, and no proxy of the
    environment is used: the token goes to this address alone, and it stands in no message and no reply, unless it is
    shorter than eight characters, as what stands in for a key is.

    Raises:
        ValueError: The token cannot be sent in a header.
    """

    url: str  # where requests are sent
    token: str | None = field(default=None, repr=False)  # what it is sent as `Authorization: Bearer TOKEN`
    headers: Mapping[str, str] = field(default_factory=dict)  # what it is sent beside that
    together: int = 64  # requests at a time, of each who opens it
    seconds: float = 60.0  # for each attempt
    per_minute: float = inf  # requests
    units_per_minute: float = inf  # of what `spend` counts
    faults: int = 20  # failed attempts in a row after which it is left alone
    pause: float = 30.0  # for how many seconds
    patience: float = 120.0  # seconds that it may ask to wait for
    _failed: int = field(default=0, init=False)
    _shut_until: float = field(default=0.0, init=False)
    _free_at: float = field(default=0.0, init=False)
    _tls: ssl.SSLContext | bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        self.token = (self.token or "").strip() or None
        if self.token and not (self.token.isascii() and self.token.isprintable() and " " not in self.token):
            raise ValueError("a token has letters, digits and signs of ASCII alone, without spaces or line ends")
        if self.url.startswith("https:"):
            self._tls = ssl.create_default_context()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Post]:
        """A function that sends JSON and returns the answer, unless its status may be another next time.

        It raises NoAnswer where there was none after several attempts.
        """
        import asyncio

        import httpx2

        headers = {"content-type": "application/json", **self.headers}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        limits, places = httpx2.Limits(max_connections=None), asyncio.Semaphore(self.together)
        client = httpx2.AsyncClient(headers=headers, verify=self._tls, timeout=None, trust_env=False, limits=limits)

        async def post(body: bytes) -> Reply:
            async with places:
                return await self._post(client, body)

        async with client:
            yield post

    def spend(self, units: float) -> None:
        """Count what an answer cost: the next request waits as long as `units_per_minute` asks for."""
        self._free_at = max(self._free_at, monotonic()) + 60 * units / self.units_per_minute

    async def _post(self, client: Any, body: bytes) -> Reply:
        import asyncio

        import httpx2

        wait, why = _FIRST_WAIT, ""
        for attempt in range(_TRIES):
            await self._turn(wait * _jitter.uniform(0.5, 1.0) if attempt else 0.0)
            try:
                async with asyncio.timeout(self.seconds):
                    reply = await self._read(client, body)
            except (httpx2.HTTPError, OSError, TimeoutError) as error:
                why, is_down = f"it does not answer: {type(error).__name__} {error}".strip(), True
            else:
                if reply.status not in (408, 429) and reply.status < 500:
                    self._failed, self._shut_until = 0, 0.0
                    return reply
                why, is_down = reply.told, reply.status >= 500
                self._hold(reply)
            self._failed += is_down
            if is_down and self._failed >= self.faults:
                self._shut_until = monotonic() + self.pause
            wait *= 2
        raise self._no_answer(why)

    async def _turn(self, wait: float) -> None:
        """Wait for as long as the limits and the server ask."""
        import asyncio

        now = monotonic()
        if now < self._shut_until:
            raise self._no_answer(f"it failed {self._failed} times in a row and is left alone for a while")
        free = max(now, self._free_at)
        self._free_at = free + 60 / self.per_minute
        if (seconds := max(wait, free - now)) > 0:
            await asyncio.sleep(seconds)

    async def _read(self, client: Any, body: bytes) -> Reply:
        parts, size = [], 0
        async with client.stream("POST", self.url, content=body) as response:
            async for part in response.aiter_bytes():
                size += len(part)
                if size > _MOST_BYTES:
                    raise self._no_answer(f"the answer has over {_MOST_BYTES >> 20} MiB")
                parts.append(part)
        return Reply(response.status_code, response.headers, self._clean(b"".join(parts)))

    def _clean(self, body: bytes) -> bytes:
        """A body without the token; nothing of one that holds it behind escapes of JSON."""
        if self.token is None or len(self.token) < _SHORTEST:
            return body
        body = body.replace(self.token.encode(), b"[token]")
        text = body.decode("utf-8", "replace")
        for _ in range(_NESTED if "\\" in text else 0):
            text = _unescaped(text)
            if self.token in text:
                return b"[token]"
        return body

    def _hold(self, reply: Reply) -> None:
        """Let every request wait for as long as the server asks. Raises NoAnswer where that is too long."""
        asked = reply.headers.get("retry-after", "")
        seconds = float(asked) if asked.isascii() and asked.isdecimal() else 0.0
        if seconds > self.patience:
            raise self._no_answer(f"{reply.told}; it asks to wait for {seconds:g} seconds")
        self._free_at = max(self._free_at, monotonic() + seconds if seconds else 0.0)

    def _no_answer(self, why: str) -> NoAnswer:
        return NoAnswer(f"{self.url}: {self._clean(why.encode('utf-8', 'replace')).decode()}")


def _unescaped(text: str) -> str:
    """A text with one layer of JSON's escapes taken off."""
    first, *parts = text.replace("\\\\", "\\").replace("\\/", "/").split("\\u")
    read = (chr(int(part[:4], 16)) + part[4:] if set(part[:4]) <= _HEX else part for part in parts if part)
    return first + "".join(read)
