"""`remote/score`: what a server says of a row."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from time import monotonic
from typing import Annotated, Any

import vlm_rewards as vr
from vlm_rewards_remote.rows import Pictures, facts, failed, groups_together, outcome, written

__all__ = ["Score"]

API = "1"
_AGAIN = frozenset({408, 429, 502, 503, 504})  # statuses that may be others next time
_SECONDS = 0.25  # until the second attempt; each one after it waits twice as long


def check_options(_: vr.Context, *, server: str, low: float, high: float, **__: object) -> None:
    """Raise ValueError for an address or bounds that cannot be used."""
    if not server.startswith(("http://", "https://")):
        raise ValueError(f"`server` is {server!r}; write it as http://127.0.0.1:8200")
    if not low < high:
        raise ValueError(f"`low` is {low:g} and `high` {high:g}; give a greater `high`")


@vr.reward(range=(0.0, 1.0), pure=False, check=check_options)
class Score:
    """What a server of `vlm-rewards serve` says of the row: its total, or the outcome of one of its terms.

    All columns of the row are sent, and its pictures. A row that the server gives no total has the status of the term
    that is to blame; a server that does not answer, or says something else, is a fault of the grader and no score.

    Args:
        server: Its address, as `http://host:port`.
        term: The term whose outcome counts; by default the total does.
        low: What the server says of a row that earns 0.
        high: What it says of one that earns 1.
        token: The variable of the environment that holds the token.
        rows: Rows of one request; rows of one `group_id` stay together.
        together: Requests at a time.
        pictures: `whole`; or `paths`, as the data set has them, which the server finds in its own folder.
        deadline: Seconds for a batch with all its attempts; give the term a greater `timeout`.
        faults: After as many requests in a row that failed, the server is left alone.
        pause: For how many seconds.
    """

    def __init__(
        self,
        *,
        server: str,
        term: str | None = None,
        low: float = 0.0,
        high: float = 1.0,
        token: str = "VLM_REWARDS_TOKEN",  # noqa: S107 - the name of a variable
        rows: Annotated[int, vr.Field(ge=1, le=4096)] = 256,
        together: Annotated[int, vr.Field(ge=1)] = 8,
        pictures: Pictures = "whole",
        deadline: Annotated[float, vr.Field(gt=0)] = 8.0,
        faults: Annotated[int, vr.Field(ge=1)] = 3,
        pause: Annotated[float, vr.Field(ge=0)] = 30.0,
    ) -> None:
        self.url, self.term, self.low, self.high = f"{server.rstrip('/')}/v1/score", term, low, high
        self.rows, self.together, self.pictures = rows, together, pictures
        self.deadline, self.faults, self.pause = deadline, faults, pause
        held = os.environ.get(token)
        self.headers = {"content-type": "application/json", "x-vlm-rewards-api": API}
        self.headers["x-vlm-rewards-version"] = version("vlm-rewards")
        self.headers |= {} if not held else {"authorization": f"Bearer {held}"}
        self.failures, self.shut_until = 0, 0.0
        self.tls: Any = False

    def setup(self, _: vr.Context) -> None:
        """Import what asks, and read the certificates that are trusted, before any batch waits for it."""
        import ssl

        import httpx2  # noqa: F401

        self.tls = ssl.create_default_context() if self.url.startswith("https:") else False

    async def __call__(
        self,
        completions: list[vr.Completion],
        row: list[Mapping[str, Any]],
        context: vr.Context,
        images: list[vr.Images] | None = None,  # a data set need not have some
    ) -> list[vr.RewardOutput]:
        """From 0 to 1, by what the server says."""
        import httpx2

        shown = images or [()] * len(completions)
        told = [written(*parts, self.pictures) for parts in zip(completions, row, shown, strict=True)]
        found = {place: held for place, held in enumerate(told) if isinstance(held, vr.RewardOutput)}
        texts = {place: held for place, held in enumerate(told) if isinstance(held, str)}
        end, run, places = monotonic() + self.deadline, facts(context), asyncio.Semaphore(self.together)

        async def ask(part: Sequence[int]) -> None:
            async with places:
                answers = await self._asked(client, [texts[place] for place in part], run, end)
            found.update(zip(part, answers, strict=True))

        async with httpx2.AsyncClient(verify=self.tls, trust_env=False, headers=self.headers, timeout=None) as client:
            await asyncio.gather(*(ask(part) for part in groups_together(row, list(texts), self.rows)))
        return [found[place] for place in range(len(completions))]

    async def _asked(self, client: Any, rows: list[str], run: str, end: float) -> list[vr.RewardOutput]:
        """What the server says of some rows, after as many attempts as the deadline leaves room for."""
        import httpx2

        body = f'{{"rows": [{", ".join(rows)}], "context": {run}}}'.encode()
        wait, why, waits_for = _SECONDS, "the deadline had passed", 0.0
        while (left := end - monotonic()) > 0:
            if monotonic() < self.shut_until:
                return [
                    failed(f"{self.url} failed {self.failures} times in a row and is left alone for a while")
                ] * len(rows)
            try:
                async with asyncio.timeout(left):
                    response = await client.post(self.url, content=body)
            except (httpx2.HTTPError, OSError, TimeoutError) as error:
                why = f"{self.url} does not answer: {type(error).__name__} {error}".strip()
            else:
                if response.status_code == 413 and len(rows) > 1:
                    middle = len(rows) // 2
                    halves = [await self._asked(client, half, run, end) for half in (rows[:middle], rows[middle:])]
                    return halves[0] + halves[1]
                if response.status_code not in _AGAIN:
                    self.failures = 0
                    return self._read(response, len(rows))
                why = f"{self.url} says {response.status_code}: {response.text[:100]}"
                asked = response.headers.get("retry-after", "")
                waits_for = float(asked) if asked.isdecimal() else 0.0
            pause = max(waits_for, wait * random.uniform(0.5, 1.0))  # noqa: S311 - not for secrets
            wait *= 2
            if monotonic() + pause >= end:
                break
            await asyncio.sleep(pause)
        self.failures += 1
        if self.failures >= self.faults:
            self.shut_until = monotonic() + self.pause
        return [failed(why)] * len(rows)

    def _read(self, response: Any, count: int) -> list[vr.RewardOutput]:
        """The outcomes in an answer; faults where it is none."""
        theirs = response.headers.get("x-vlm-rewards-api", "none")
        release = response.headers.get("x-vlm-rewards-version", "unknown")
        if theirs != API:
            ours = f"this client {API} (vlm-rewards {self.headers['x-vlm-rewards-version']})"
            why = f"{self.url} speaks version {theirs} of the routes (vlm-rewards {release}), {ours}"
        elif response.status_code != 200:
            why = f"{self.url} says {response.status_code}: {response.text[:200]}"
        else:
            try:
                rows = json.loads(response.content)
                found = [outcome(row, self.term, self.low, self.high) for row in rows]
                if len(found) == count:
                    return found
                why = f"{self.url} gave {len(found)} outcomes for {count} rows"
            except (ValueError, TypeError, RecursionError) as error:
                why = f"{self.url} gave something that is no outcome: {str(error)[:100]}"
        return [failed(why)] * count
