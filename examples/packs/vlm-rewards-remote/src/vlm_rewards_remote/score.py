"""`remote/score`: what a server says of a row."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from time import monotonic
from typing import Annotated, Any

import vlm_rewards as vr
from vlm_rewards.text.http import NoAnswer, Post, Reply, Server
from vlm_rewards_remote.rows import Pictures, facts, failed, groups_together, outcome, written

__all__ = ["Score"]

API = "1"


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
        faults: After as many attempts in a row that failed, the server is left alone.
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
        faults: Annotated[int, vr.Field(ge=1)] = 12,
        pause: Annotated[float, vr.Field(ge=0)] = 30.0,
    ) -> None:
        self.term, self.low, self.high = term, low, high
        self.rows, self.pictures, self.deadline = rows, pictures, deadline
        headers = {"x-vlm-rewards-api": API, "x-vlm-rewards-version": version("vlm-rewards")}
        self.server = Server(
            f"{server.rstrip('/')}/v1/score",
            os.environ.get(token),
            headers,
            together=together,
            seconds=deadline,
            faults=faults,
            pause=pause,
            patience=deadline,
        )

    def setup(self, _: vr.Context) -> None:
        """Import what asks, before any batch waits for it."""
        import httpx2  # noqa: F401

    async def __call__(
        self,
        completions: list[vr.Completion],
        row: list[Mapping[str, Any]],
        context: vr.Context,
        images: list[vr.Images] | None = None,  # a data set need not have some
    ) -> list[vr.RewardOutput]:
        """From 0 to 1, by what the server says."""
        shown = images or [()] * len(completions)
        told = [written(*parts, self.pictures) for parts in zip(completions, row, shown, strict=True)]
        found = {place: held for place, held in enumerate(told) if isinstance(held, vr.RewardOutput)}
        texts = {place: held for place, held in enumerate(told) if isinstance(held, str)}
        end, run = monotonic() + self.deadline, facts(context)

        async def ask(part: Sequence[int]) -> None:
            answers = await self._asked(post, [texts[place] for place in part], run, end)
            found.update(zip(part, answers, strict=True))

        async with self.server.opened() as post:
            await asyncio.gather(*(ask(part) for part in groups_together(row, list(texts), self.rows)))
        return [found[place] for place in range(len(completions))]

    async def _asked(self, post: Post, rows: list[str], run: str, end: float) -> list[vr.RewardOutput]:
        """What the server says of some rows, after as many attempts as the deadline leaves room for."""
        try:
            async with asyncio.timeout(end - monotonic()):
                reply = await post(f'{{"rows": [{", ".join(rows)}], "context": {run}}}'.encode())
        except TimeoutError:
            return [failed(f"{self.server.url} does not answer within {self.deadline:g} seconds")] * len(rows)
        except NoAnswer as error:
            return [failed(str(error))] * len(rows)
        if reply.status != 413 or len(rows) == 1:
            return self._read(reply, len(rows))
        middle = len(rows) // 2
        halves = [await self._asked(post, half, run, end) for half in (rows[:middle], rows[middle:])]
        return halves[0] + halves[1]

    def _read(self, reply: Reply, count: int) -> list[vr.RewardOutput]:
        """The outcomes in an answer; faults where it is none."""
        url, ours = self.server.url, self.server.headers["x-vlm-rewards-version"]
        theirs = reply.headers.get("x-vlm-rewards-api", "none")
        release = reply.headers.get("x-vlm-rewards-version", "unknown")
        if theirs != API:
            this = f"this client {API} (vlm-rewards {ours})"
            why = f"{url} speaks version {theirs} of the routes (vlm-rewards {release}), {this}"
        elif reply.status != 200:
            why = f"{url} says {reply.told}"
        else:
            try:
                rows = json.loads(reply.body)
                found = [outcome(row, self.term, self.low, self.high) for row in rows]
                if len(found) == count:
                    return found
                why = f"{url} gave {len(found)} outcomes for {count} rows"
            except (ValueError, TypeError, RecursionError) as error:
                why = f"{url} gave something that is no outcome: {str(error)[:100]}"
        return [failed(why)] * count
