from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards.testing import assert_conforms

SERVED = "version: 1\nrewards:\n  answer: {use: math/answer}\n  form: {use: format/boxed, weight: 0.5}\n"
VERSIONS = {"X-VLM-Rewards-API": "1", "X-VLM-Rewards-Version": "0.1.0"}
Served = Callable[..., tuple[str, "subprocess.Popen[str]"]]
Say = Callable[[int, list[Any]], tuple[int, Any, dict[str, str]]]


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLM_REWARDS_ISOLATION", "inline")


def outcomes(server: str, held: list[dict[str, Any]], /, **params: Any) -> list[vr.RewardOutput]:
    term = {"use": "remote/score", "params": {"server": server, **params}}
    with vr.load_scorer({"version": 1, "rewards": {"it": term}}) as scorer:
        scored = scorer.score(vr.Batch.from_rows(held))
    found = [scored.output(row, "it") for row in range(len(held))]
    assert None not in found
    return [output for output in found if output is not None]


# -- a scripted server: what the client makes of faults --------------------------------------------------------------


class Scripted:
    """Answers as it is told to; `say` gets the number of the request and its rows."""

    def __init__(self, say: Say) -> None:
        self.asked: list[list[Any]] = []
        self.headers: list[dict[str, str]] = []

        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                script.asked.append(body["rows"])
                script.headers.append(dict(self.headers))
                status, held, headers = say(len(script.asked), body["rows"])
                data = held if isinstance(held, bytes) else json.dumps(held).encode()
                self.send_response(status)
                for name, value in {**VERSIONS, **headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def scripted() -> Iterator[Callable[[Say], Scripted]]:
    started: list[Scripted] = []

    def start(say: Say) -> Scripted:
        started.append(Scripted(say))
        return started[-1]

    yield start
    for server in started:
        server.server.shutdown()
        server.server.server_close()


def right(rows: list[Any]) -> list[Any]:
    """A total of 1 for each row with a 7, and of 0 for the others."""
    scores = [float("7" in str(row["completion"])) for row in rows]
    return [
        {"row": place, "total": score, "terms": {"it": {"score": score, "reason": "read by the script"}}}
        for place, score in enumerate(scores)
    ]


ROWS = [{"completion": "7", "solution": "7"}, {"completion": "8", "solution": "7"}]


@pytest.mark.slow
def test_it_conforms_to_the_kit(scripted: Callable[[Say], Scripted]) -> None:
    server = scripted(lambda _, rows: (200, right(rows), {}))
    params = {"server": server.address}
    assert_conforms("remote/score", good={"completion": "7"}, bad={"completion": "8"}, params=params, skip=["growth"])


def test_a_fault_that_passes_is_asked_again_and_then_scored(scripted: Callable[[Say], Scripted]) -> None:
    said = {1: (503, "", {}), 2: (429, "", {"Retry-After": "0"})}
    server = scripted(lambda number, rows: said.get(number, (200, right(rows), {})))
    assert [output.score for output in outcomes(server.address, ROWS)] == [1.0, 0.0]
    assert len(server.asked) == 3


def test_the_server_says_when_to_come_again(scripted: Callable[[Say], Scripted]) -> None:
    server = scripted(lambda number, rows: (429, "", {"Retry-After": "60"}))
    start = time.monotonic()
    found = outcomes(server.address, ROWS, deadline=5)
    assert time.monotonic() - start < 4  # there is no use in waiting
    assert {output.status for output in found} == {vr.Status.FAILED}
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "headers", "told"),
    [
        (401, {"detail": "The token is missing or wrong"}, {}, "says 401"),
        (422, {"detail": "column 'solution' is missing"}, {}, "column 'solution' is missing"),
        (302, "", {"Location": "http://127.0.0.1:1/"}, "says 302"),
        (200, b"<html>", {}, "no outcome"),
        (200, b"[" * 100_000, {}, "no outcome"),
        (200, [1, 2], {}, "no outcome"),
        (200, {"row": 1, "total": 1.0}, {}, "no outcome"),
        (200, [{"row": 0, "total": "NaN", "terms": {}}] * 2, {}, "no outcome"),
        (200, [{"row": 0, "total": 1.0, "terms": {}}], {}, "1 outcomes for 2 rows"),
        (
            200,
            [],
            {"X-VLM-Rewards-API": "2", "X-VLM-Rewards-Version": "9.9"},
            "version 2 of the routes (vlm-rewards 9.9)",
        ),
        (200, [], {"X-VLM-Rewards-API": "none"}, "this client 1 (vlm-rewards"),
    ],
)
def test_what_is_no_verdict_is_a_fault_and_no_score(
    scripted: Callable[[Say], Scripted], status: int, body: object, headers: dict[str, str], told: str
) -> None:
    server = scripted(lambda *_: (status, body, headers))
    for output in outcomes(server.address, ROWS):
        assert output.status is vr.Status.FAILED
        assert told in (output.reason or "")
    assert len(server.asked) == 1


def test_nobody_there_is_a_fault_within_the_deadline() -> None:
    for output in outcomes("http://127.0.0.1:9", ROWS, deadline=0.5):
        assert output.status is vr.Status.FAILED
        assert "does not answer" in (output.reason or "")


def test_a_server_that_hangs_is_a_fault_within_the_deadline(scripted: Callable[[Say], Scripted]) -> None:
    def hang(_: int, rows: list[Any]) -> tuple[int, Any, dict[str, str]]:
        time.sleep(2)
        return 200, right(rows), {}

    start = time.monotonic()
    (output, _) = outcomes(scripted(hang).address, ROWS, deadline=0.5)
    assert output.status is vr.Status.FAILED
    assert time.monotonic() - start < 1.9


def test_a_body_too_large_is_sent_in_halves(scripted: Callable[[Say], Scripted]) -> None:
    server = scripted(lambda _, rows: (413, "", {}) if len(rows) > 3 else (200, right(rows), {}))
    found = outcomes(server.address, [{"completion": str(number)} for number in range(5, 15)])
    assert [output.score for output in found] == [0.0, 0.0, 1.0, *[0.0] * 7]
    one = scripted(lambda *_: (413, "too large", {}))
    assert outcomes(one.address, ROWS[:1])[0].status is vr.Status.FAILED


def test_after_some_faults_the_server_is_left_alone_and_then_asked_again(scripted: Callable[[Say], Scripted]) -> None:
    server = scripted(lambda number, rows: (503, "", {}) if number < 3 else (200, right(rows), {}))
    params = {"server": server.address, "deadline": 0.1, "faults": 2, "pause": 0.5}
    with vr.load_scorer({"version": 1, "rewards": {"it": {"use": "remote/score", "params": params}}}) as scorer:
        told = [scorer.score(vr.Batch.from_rows(ROWS[:1])).output(0, "it") for _ in range(5)]
        assert [output.status for output in told if output] == [vr.Status.FAILED] * 5
        assert len(server.asked) == 2
        assert "left alone" in str(told[-1])
        time.sleep(0.6)
        assert scorer.score(vr.Batch.from_rows(ROWS[:1])).totals == [1.0]


def test_rows_of_a_group_go_together_and_the_order_stays(scripted: Callable[[Say], Scripted]) -> None:
    server = scripted(lambda _, rows: (200, right(rows), {}))
    rows = [{"completion": str(6 + place % 2), "group_id": place // 5} for place in range(20)]
    found = outcomes(server.address, rows, rows=3)
    assert [output.score for output in found] == [0.0, 1.0] * 10
    assert sorted(len(part) for part in server.asked) == [5, 5, 5, 5]
    assert all(len({row["group_id"] for row in part}) == 1 for part in server.asked)


def test_the_token_is_sent_and_never_told(scripted: Callable[[Say], Scripted], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_TOKEN", "geheim")
    server = scripted(lambda *_: (401, "no", {}))
    found = outcomes(server.address, ROWS, token="OTHER_TOKEN")
    assert {name.lower(): value for name, value in server.headers[0].items()}["authorization"] == "Bearer geheim"
    assert "geheim" not in str(found)


def test_a_row_that_cannot_be_sent_costs_itself_alone(scripted: Callable[[Say], Scripted], tmp_path: Path) -> None:
    server = scripted(lambda _, rows: (200, right(rows), {}))
    missing = {"completion": "7", "images": [str(tmp_path / "missing.png")]}
    found = outcomes(server.address, [ROWS[0], missing, {"completion": "7", "solution": object()}])
    assert [str(output.status) for output in found] == ["scored", "bad_reference", "bad_reference"]


def test_a_term_may_count_instead_of_the_total_and_bounds_are_scaled(scripted: Callable[[Say], Scripted]) -> None:
    terms = {"half": {"score": 0.5}, "out": {"score": None, "status": "abstained", "reason": "no box in it"}}
    server = scripted(lambda _, rows: (200, [{"row": 0, "total": 3.0, "terms": terms}] * len(rows), {}))
    assert outcomes(server.address, ROWS[:1], term="half")[0].score == 0.5
    assert outcomes(server.address, ROWS[:1], term="out")[0].reason == "no box in it"
    assert outcomes(server.address, ROWS[:1], term="other")[0].status is vr.Status.ABSTAINED
    assert outcomes(server.address, ROWS[:1], low=-1, high=3)[0].score == 1.0
    assert outcomes(server.address, ROWS[:1])[0].status is vr.Status.FAILED  # a total beyond the bounds


@pytest.mark.parametrize("status", ["failed", "bad_reference", "unparseable", "abstained"])
def test_a_row_without_a_total_has_the_status_that_is_to_blame(
    scripted: Callable[[Say], Scripted], status: str
) -> None:
    terms = {"a": {"status": "abstained"}, "b": {"status": status, "reason": "why it is so"}}
    server = scripted(lambda _, rows: (200, [{"row": 0, "total": None, "terms": terms}] * len(rows), {}))
    assert outcomes(server.address, ROWS[:1])[0].status == status


@pytest.mark.parametrize("params", [{"server": "127.0.0.1:1"}, {"server": "http://x", "low": 1, "high": 0}, {}])
def test_options_that_cannot_be_used_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        vr.load_scorer({"version": 1, "rewards": {"it": {"use": "remote/score", "params": params}}})


# -- the real server -------------------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    if find_spec("fastapi") is None:
        pytest.skip("the extra `serve` is not installed")
    started: list[subprocess.Popen[str]] = []

    def start(config: str = SERVED, *options: str) -> tuple[str, subprocess.Popen[str]]:
        (tmp_path / "served.yaml").write_text(config)
        command = [sys.executable, "-m", "vlm_rewards", "serve", str(tmp_path / "served.yaml"), "--port", "0", *options]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)))
        line = started[-1].stdout.readline() if started[-1].stdout else ""
        assert " at http://" in line
        return line.split()[-1], started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_totals_are_those_of_the_file_to_the_last_digit(served: Served) -> None:
    address, _ = served()
    rows: list[dict[str, Any]] = [
        {"completion": f"\\boxed{{{number}}}" if number % 3 else f"{number}", "solution": "7"} for number in range(30)
    ]
    rows += [{"completion": [{"role": "assistant", "content": "\\boxed{7}"}], "solution": None}]
    terms = {"answer": {"use": "math/answer"}, "form": {"use": "format/boxed", "weight": 0.5}}
    direct = vr.load_scorer({"version": 1, "rewards": terms})
    totals = direct.score(vr.Batch.from_rows(rows)).totals
    found = outcomes(address, rows, rows=7, high=1.5)
    assert [output.score for output in found] == [None if total is None else total / 1.5 for total in totals]
    assert found[-1].status is vr.Status.BAD_REFERENCE


def test_pictures_travel_whole_or_by_their_paths(served: Served, tmp_path: Path) -> None:
    Image.new("RGB", (10, 10)).save(tmp_path / "ten.png")
    config = "version: 1\nrewards:\n  box: {use: grounding/box_iou, params: {space: relative}}\n"
    address, _ = served(config, "--images", str(tmp_path))
    row = {"completion": "[0, 0, 0.5, 0.5]", "solution": [0, 0, 5, 5]}
    whole = [{**row, "images": [picture]} for picture in (str(tmp_path / "ten.png"), Image.new("RGB", (10, 10)))]
    assert [output.score for output in outcomes(address, whole)] == [1.0, 1.0]
    paths = [{**row, "images": [path]} for path in ("ten.png", "../ten.png")]
    found = outcomes(address, paths, pictures="paths")
    assert [str(output.status) for output in found] == ["scored", "bad_reference"]


def test_a_server_that_is_killed_costs_faults_and_no_scores(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLM_REWARDS_ISOLATION")
    address, process = served()
    rows = [{"completion": f"\\boxed{{{number % 2 + 7}}}", "solution": "7"} for number in range(64)]
    term = {"use": "remote/score", "params": {"server": address, "high": 1.5, "deadline": 1.0}}
    with vr.load_scorer({"version": 1, "rewards": {"it": term}}) as scorer:
        assert scorer.terms[0].isolated is not None
        batches = []
        for number in range(6):
            if number == 2:
                process.send_signal(signal.SIGKILL)
            batches.append(scorer.score(vr.Batch.from_rows(rows)))
    right = [[1.0, 0.5 / 1.5][number % 2] for number in range(64)]
    assert [batch.totals for batch in batches[:2]] == [right] * 2
    assert all(batch.totals == [None] * 64 for batch in batches[3:])
    assert {status for batch in batches[3:] for status in batch.terms["it"].counts} == {vr.Status.FAILED}
    assert all(total in (None, expected) for total, expected in zip(batches[2].totals, right, strict=True))
