"""One model behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar

from vlm_rewards.text.http import NoAnswer, Server
from vlm_rewards.text.json import NotJSON, read_json
from vlm_rewards_judge.panel.cache import Cache, Said
from vlm_rewards_judge.panel.request import VERSION, Request

T = TypeVar("T")


@dataclass(frozen=True)
class Judge:
    """A model that is asked.

    Args:
        server: The address before `/chat/completions`, as `https://host/v1`.
        model: Its name there.
        key: The variable of the environment that holds the key.
        price: Of a million tokens that it reads, and that it writes.
        together: Requests at a time.
        seconds: For each attempt.
        per_minute: Requests per minute.
        tokens_per_minute: Tokens per minute, read and written.
        form: What `response_format` asks for.
        more: Further fields of the body.
    """

    server: str
    model: str
    key: str | None = None
    price: tuple[float, float] = (0.0, 0.0)
    together: int = 64
    seconds: float = 60.0
    per_minute: float | None = None
    tokens_per_minute: float | None = None
    form: Literal["json_schema", "json_object", "none"] = "json_schema"
    more: dict[str, Any] = field(default_factory=lambda: {"temperature": 0, "max_tokens": 1024})
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        if not self.server.startswith(("http://", "https://")) or any(sign in self.server for sign in "?#@"):
            raise ValueError("`server` is an address like https://host/v1, without a key in it")
        if self.key is not None and not (self.key.isidentifier() and self.key.isupper()):
            raise ValueError("`key` is the name of a variable of the environment, like JUDGE_KEY, and never the key")
        limits = (self.together, self.seconds, self.per_minute, self.tokens_per_minute)
        if not all(0 < limit < float("inf") for limit in limits if limit is not None):
            raise ValueError("`together`, `seconds` and the limits per minute are numbers over 0")

    def seat(self, *, offline: bool) -> Seat:
        """The judge, ready to be asked. Raises ValueError where its key is missing."""
        token = None if self.key is None or offline else os.environ.get(self.key)
        if self.key is not None and not (token or offline):
            raise ValueError(f"the variable {self.key}, which holds the key of {self.model}, is not set")
        url = f"{self.server.rstrip('/')}/chat/completions"
        server = Server(url, token, per_minute=self.per_minute, units_per_minute=self.tokens_per_minute)
        return Seat(self, server, offline)


class Verdict(NamedTuple):
    """What a judge said, and what was read of it: the place of the choice and the reason for each point."""

    said: Said
    points: list[tuple[int, str]]
    is_new: bool  # whether it was asked just now


@dataclass(frozen=True)
class Seat:
    """A judge and the server that it is asked at."""

    judge: Judge
    server: Server
    offline: bool

    async def ask(self, client: Any, places: asyncio.Semaphore, request: Request, cache: Cache) -> Verdict | NoAnswer:
        """What it says, or why that is no verdict."""
        judge = self.judge
        body = json.dumps(request.body(judge.model, judge.form, judge.more)).encode()
        asked = hashlib.sha256(b"%d " % VERSION + body).hexdigest()
        kept = cache.get(asked)
        try:
            said = await self._new(client, places, body) if kept is None else kept
            verdict = Verdict(said, request.read(said.text), kept is None)
        except NotJSON as wrong:
            return NoAnswer(f"{judge.model} at {self.server.url} gave no verdict: {wrong}")
        except NoAnswer as wrong:
            return wrong
        if kept is None:
            cache.keep(asked, said)
        return verdict

    async def _new(self, client: Any, places: asyncio.Semaphore, body: bytes) -> Said:
        """What it says now. Raises NoAnswer or NotJSON where that is nothing that could be a verdict."""
        if self.offline:
            raise NoAnswer(f"{self.judge.model}: the cache has no verdict, and `offline` asks for none")
        async with places:
            reply = await self.server.post(client, body, seconds=self.judge.seconds)
        if reply.status != 200:
            raise NotJSON(reply.told)
        said = _said(read_json(reply.body.decode("utf-8", "replace")))
        self.server.spend(said.tokens_in + said.tokens_out)
        return said


def _said(told: Any) -> Said:
    """The text of a reply, and its tokens. Raises NotJSON where it has none."""
    try:
        choice, usage = told["choices"][0], told.get("usage") or {}
        text = choice["message"]["content"]
        counts = [min(max(0, int(usage.get(name) or 0)), 10**9) for name in ("prompt_tokens", "completion_tokens")]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise NotJSON("the reply has not the form of a chat completion") from None
    if choice.get("finish_reason") == "length":
        raise NotJSON("it was cut off at `max_tokens`")
    if not isinstance(text, str):
        raise NotJSON("the reply has no text")
    return Said(text.encode("utf-8", "replace").decode(), counts[0], counts[1])


def read_all(kind: type[T], given: Sequence[Mapping[str, Any]], name: str) -> list[T]:
    """Objects from what a rewards file says of them. Raises ValueError, which never tells a value."""
    from pydantic import TypeAdapter, ValidationError

    if not given:
        raise ValueError(f"`{name}` is empty; give at least one")
    try:
        return [TypeAdapter(kind).validate_python(dict(one)) for one in given]
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, (name, *wrong["loc"])))
        raise ValueError(f"{place}: {wrong['msg']}") from None
