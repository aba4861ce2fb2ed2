"""One model behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar

import vlm_rewards as vr
from vlm_rewards.text.http import NoAnswer, Post, Server
from vlm_rewards.text.json import NotJSON, read_json
from vlm_rewards_judge.panel.request import VERSION, Request

T = TypeVar("T")


class Verdict(NamedTuple):
    """The place of the choice and the reason for each point, and how many tokens they cost."""

    points: list[tuple[int, str]]
    tokens_in: int
    tokens_out: int
    is_new: bool  # whether the judge was asked just now


@dataclass(frozen=True)
class Judge:
    """A model that is asked."""

    server: str  # the address before `/chat/completions`, as `https://host/v1`
    model: str  # its name there
    key: str | None = None  # the variable of the environment that holds the key
    price: tuple[float, float] = (0.0, 0.0)  # of a million tokens that it reads, and that it writes
    together: Annotated[int, vr.Field(gt=0)] = 64  # requests at a time
    seconds: Annotated[float, vr.Field(gt=0, allow_inf_nan=False)] = 60.0  # for each attempt
    per_minute: Annotated[float, vr.Field(gt=0)] = float("inf")  # requests
    tokens_per_minute: Annotated[float, vr.Field(gt=0)] = float("inf")  # read and written
    more: dict[str, Any] = field(default_factory=lambda: {"temperature": 0, "max_tokens": 1024})  # of the body
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        if not self.server.startswith(("http://", "https://")) or any(sign in self.server for sign in "?#@"):
            raise ValueError("`server` is an address like https://host/v1, without a key in it")
        if self.key is not None and not (self.key.isidentifier() and self.key.isupper()):
            raise ValueError("`key` is the name of a variable of the environment, like JUDGE_KEY, and never the key")

    def seat(self, *, offline: bool) -> Server:
        """Where it is asked. Raises ValueError where its key is missing."""
        token = os.environ.get(self.key) if self.key and not offline else None
        if self.key and not (token or offline):
            raise ValueError(f"the variable {self.key}, which holds the key of {self.model}, is not set")
        return Server(
            f"{self.server.rstrip('/')}/chat/completions",
            token,
            together=self.together,
            seconds=self.seconds,
            per_minute=self.per_minute,
            units_per_minute=self.tokens_per_minute,
        )

    async def ask(
        self, server: Server, post: Post | None, request: Request, cache: sqlite3.Connection, number: int
    ) -> Verdict | str:
        """What it says, or why that is not a verdict; without `post` what the cache has for the one of that number."""
        body = json.dumps(request.body(self.model, self.more)).encode()
        asked = hashlib.sha256(b"%d %d " % (VERSION, number) + body).hexdigest()
        try:
            kept = cache.execute("SELECT reply FROM replies WHERE asked = ?", (asked,)).fetchone()
            reply = kept[0] if kept else await _reply(post, body)
            said, read, written = _said(read_json(reply))
            if kept is None:
                server.spend(read + written)
            verdict = Verdict(request.read(said), read, written, kept is None)
            with suppress(sqlite3.Error):  # what was paid for counts where the disk is full
                cache.execute("INSERT OR IGNORE INTO replies VALUES (?, ?)", (asked, reply))
        except (NoAnswer, NotJSON, sqlite3.Error) as wrong:
            return f"{self.model} gave no verdict: {wrong}"
        return verdict


@contextmanager
def opened(path: str | None, *, offline: bool) -> Iterator[sqlite3.Connection]:
    """The replies that are kept, by what was asked: a file that several processes may use, or else memory."""
    address = f"{Path(path or '').absolute().as_uri()}?immutable=1" if offline else path or ":memory:"
    if path is not None and not offline:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    cache = sqlite3.connect(address, timeout=30, isolation_level=None, check_same_thread=False, uri=offline)
    with closing(cache):
        if not offline:
            cache.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
            cache.execute("CREATE TABLE IF NOT EXISTS replies (asked TEXT PRIMARY KEY, reply TEXT)")
        yield cache


async def _reply(post: Post | None, body: bytes) -> str:
    """The text of a new reply. Raises NoAnswer where there is none."""
    if post is None:
        raise NoAnswer("the cache has none, and `offline` asks nobody")
    reply = await post(body)
    if reply.status != 200:
        raise NoAnswer(reply.told)
    return reply.body.decode("utf-8", "replace")


def _said(told: Any) -> tuple[str, int, int]:
    """The text of a reply, and how many tokens were read and written. Raises NotJSON where it has no text."""
    try:
        choice, usage = told["choices"][0], told.get("usage") or {}
        text, is_cut = choice["message"]["content"], choice.get("finish_reason") == "length"
        counts = [min(max(0, int(usage.get(name) or 0)), 10**6) for name in ("prompt_tokens", "completion_tokens")]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise NotJSON("the reply has not the form of a chat completion") from None
    if is_cut or not isinstance(text, str):
        raise NotJSON("it was cut off at `max_tokens`" if is_cut else "the reply has no text")
    return text, counts[0], counts[1]


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
