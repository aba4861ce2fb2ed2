"""A server that fails, hangs, asks to wait or sends too much is told of, and never waited for in vain."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.packs.judge.server import Asked, Reply, Script, scripted
from vlm_rewards.text import http
from vlm_rewards.text.http import NoAnswer, Server

KEY = "sk-very-secret"
GOOD = Reply(b'{"ok": true}')


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.001)


def ask(script: Script, times: int = 1, *, seconds: float = 20.0, **how: Any) -> tuple[list[Any], int]:
    """What a server answered to some requests, one after the other, and how many came to it."""

    async def every(address: str) -> list[Any]:
        server, found = Server(address, KEY, seconds=seconds, **how), list[Any]()
        async with server.opened() as post:
            for _ in range(times):
                try:
                    found.append((await post(b"{}")).body)
                except NoAnswer as error:
                    found.append(error)
        return found

    with scripted(script) as server:
        found = asyncio.run(every(server.address))
        assert all(headers["authorization"] == f"Bearer {KEY}" for headers in server.headers)
        return found, len(server.asked)


def in_turn(*replies: Reply) -> Script:
    """Each reply once, then the last."""
    left: Iterator[Reply] = iter(replies)
    return lambda _: next(left, replies[-1])


@pytest.mark.parametrize("fault", [Reply(b"busy", status) for status in (408, 429, 500, 502, 503, 504)], ids=str)
def test_faults_that_pass_are_tried_again(fault: Reply) -> None:
    assert ask(in_turn(fault, fault, GOOD)) == ([GOOD.body], 3)


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422, 302])
def test_what_another_attempt_would_not_mend_is_answered_at_once(status: int) -> None:
    elsewhere = (("Location", "http://127.0.0.1:1/elsewhere"),)
    assert ask(lambda _: Reply(b"no", status, elsewhere)) == ([b"no"], 1)


def test_a_hang_and_half_an_answer_are_tried_again_and_told() -> None:
    for fault, told in ((Reply(b"late", seconds=0.3), "TimeoutError"), (Reply(b"x" * 99, cut=True), "Protocol")):
        (error,), count = ask(in_turn(fault), seconds=0.05 if fault.seconds else 20)
        assert isinstance(error, NoAnswer)
        assert told in str(error)
        assert count == 4


def test_too_large_an_answer_is_not_read_to_its_end() -> None:
    (error,), count = ask(lambda _: Reply(b"x" * (5 << 20)))
    assert "over 4 MiB" in str(error)
    assert count == 1


def test_a_server_that_is_not_there_or_has_no_encryption_is_told() -> None:
    async def every(url: str) -> str:
        async with Server(url, KEY, seconds=5).opened() as post:
            with pytest.raises(NoAnswer) as caught:
                await post(b"{}")
        return str(caught.value)

    assert "ConnectError" in asyncio.run(every("http://127.0.0.1:1/v1"))
    with scripted() as server:
        told = asyncio.run(every(server.address.replace("http:", "https:")))
    assert told.startswith("https://127.0.0.1")
    assert "ConnectError" in told


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long was waited, in seconds; nobody really waits."""
    waited: list[float] = []
    sleep = asyncio.sleep

    async def record(seconds: float, *more: Any) -> Any:
        waited.append(seconds)
        return await sleep(0, *more)

    monkeypatch.setattr(asyncio, "sleep", record)
    return waited


def test_every_request_waits_as_long_as_the_server_asks(waits: list[float]) -> None:
    assert ask(in_turn(Reply(b"", 429, (("Retry-After", "7"),)), GOOD)) == ([GOOD.body], 2)
    assert max(waits) == pytest.approx(7, abs=1)
    for asked in ("99999999", "9" * 400):
        (error,), count = ask(in_turn(Reply(b"", 429, (("Retry-After", asked),))))
        assert "asks to wait" in str(error)
        assert count == 1


def test_a_server_that_is_down_is_left_alone_for_a_while_and_then_asked_again() -> None:
    found, count = ask(lambda _: Reply(b"down", 500), times=9, faults=6)
    assert count == 6
    assert all("left alone" in str(error) for error in found[1:])
    found, count = ask(in_turn(*[Reply(b"down", 500)] * 6, GOOD), times=9, faults=6, pause=0.0)
    assert found[-1] == GOOD.body


def test_being_too_busy_is_not_being_down() -> None:
    _, count = ask(lambda _: Reply(b"busy", 429), times=3, faults=2)
    assert count == 12


def test_requests_and_what_they_cost_are_spread_over_the_minute(waits: list[float]) -> None:
    ask(lambda _: GOOD, times=5, per_minute=1)
    assert [round(wait / 60) for wait in waits if wait > 30] == [1, 2, 3, 4]  # nobody really waited for the others

    server = Server("http://127.0.0.1:1", units_per_minute=600)
    server.spend(3000)
    asyncio.run(server._turn(0.0))
    assert waits[-1] == pytest.approx(300, abs=5)


def test_the_token_is_told_nowhere() -> None:
    def echo(_: Asked) -> Reply:
        return Reply(f"your key {KEY} is wrong".encode(), 500)

    (error,), _ = ask(echo)
    assert KEY not in str(error)
    assert "your key [token] is wrong" in str(error)
    ((body,), _) = ask(lambda _: Reply(f"Bearer {KEY}".encode()))
    assert body == b"Bearer [token]"
    assert KEY not in repr(Server("http://x", KEY))


SECRET = "sk-very/secret"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"key": SECRET}),
        json.dumps({"key": SECRET}).replace("/", "\\/"),
        json.dumps({"key": SECRET}).replace("-", "\\u002D"),
        json.dumps({"content": json.dumps({"key": SECRET}).replace("/", "\\/").replace("v", "\\u0076")}),
    ],
)
@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_token_that_is_repeated_in_any_spelling_of_json_is_nowhere(body: str, status: int) -> None:
    async def told(address: str) -> str:
        async with Server(address, SECRET).opened() as post:
            try:
                return repr(await post(b"{}"))
            except NoAnswer as error:
                return str(error)

    with scripted(lambda _: Reply(body.encode(), status)) as server:
        said = asyncio.run(told(server.address))
    assert "[token]" in said
    assert "secret" not in said
    assert "ecret" not in said


def test_other_escapes_stay_as_they_are() -> None:
    body = rb'{"text": "a \\ b \/ c \u00e9 \ud800 \\u12 \u"}'
    assert ask(lambda _: Reply(body)) == ([body], 1)


def test_what_stands_in_for_a_key_is_not_looked_for_in_replies() -> None:
    async def told(address: str) -> bytes:
        async with Server(address, "same").opened() as post:
            return (await post(b"{}")).body

    with scripted(lambda _: Reply(b'{"choice": "same"}')) as server:
        assert asyncio.run(told(server.address)) == b'{"choice": "same"}'


def test_a_token_is_sent_without_the_line_end_of_its_file_and_one_that_is_no_header_is_refused() -> None:
    assert Server("http://h", "sk-1\r\n").token == "sk-1"
    assert Server("http://h", " \n").token is None
    for wrong in ("sk-very\nsecret", "sk secret", "sk-s\u00e9cret", "sk\x00secret"):
        with pytest.raises(ValueError, match="ASCII") as caught:
            Server("http://h", wrong)
        assert "cret" not in str(caught.value)
