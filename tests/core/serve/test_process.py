"""`vlm-rewards serve` as a process: how it starts, refuses to, and stops without losing what it accepted."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from vlm_rewards.cli import main

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

if TYPE_CHECKING:
    from tests.core.serve.conftest import Server

Serve = Callable[..., "Server"]
ROWS = {"rows": [{"completion": "\\boxed{7}", "solution": "7"}]}
SLOW = """
import time
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def slow(completion: vr.Completion) -> float:
    "Takes its time."
    time.sleep(0.2)
    return 1.0
"""


def test_what_was_accepted_is_answered_after_the_signal_and_nothing_more(serve: Serve, config: Path) -> None:
    config.with_name("slow.py").write_text(SLOW)
    config.write_text("version: 1\nrewards:\n  slow: {use: ./slow.py:slow, isolation: inline}\n")
    server = serve()
    answers: list[int] = []
    row = {"rows": [{"completion": "7"}]}
    threads = [
        threading.Thread(target=lambda: answers.append(server.ask("/v1/score", row).status_code)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    while server.ask("/metrics").text.count('route="/v1/score"') == 0:  # the first of them is answered
        time.sleep(0.01)
    server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(30)
    assert answers == [200] * 8
    assert server.process.wait(30) == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(server.address.rpartition(":")[2])), timeout=5)


def test_the_token_comes_from_the_environment_and_is_told_nowhere(serve: Serve) -> None:
    server = serve(VLM_REWARDS_TOKEN="geheim")
    assert server.ask("/v1/score", ROWS).status_code == 401
    answer = server.ask("/v1/score", ROWS, headers={"authorization": "Bearer geheim"})
    assert answer.json()[0]["total"] == 3.0
    assert "geheim" not in server.ask("/health").text


def test_a_large_body_is_refused_before_it_is_read_and_the_reason_arrives(serve: Serve) -> None:
    server = serve("--max-mb", 1)
    answer = server.ask("/v1/score", {"rows": [{"completion": "7" * (8 << 20)}]})
    assert answer.status_code == 413
    assert server.ask("/v1/score", ROWS).status_code == 200


def test_no_picture_is_read_by_path_unless_a_folder_is_given(serve: Serve, config: Path, tmp_path: Path) -> None:
    config.write_text("version: 1\nrewards:\n  box: {use: grounding/box_iou, params: {space: relative}}\n")
    row = {"completion": "[0, 0, 1, 1]", "solution": [0, 0, 9, 9], "images": ["missing.png"]}
    for options, told in (((), "outside of the folder"), (("--images", tmp_path), "does not exist")):
        (answer,) = serve(*options).ask("/v1/score", {"rows": [row]}).json()
        assert told in answer["terms"]["box"]["reason"]


def refused(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["serve", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_server_that_others_can_reach_needs_a_token(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLM_REWARDS_TOKEN", raising=False)
    code, told = refused(config, "--host", "0.0.0.0")
    assert code == 2
    assert "VLM_REWARDS_TOKEN" in told


def test_a_port_in_use_a_wrong_file_and_a_missing_extra_are_told(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vlm_rewards.types.images.ImageRef.root", None)
    with socket.create_server(("127.0.0.1", 0)) as held:
        code, told = refused(config, "--port", held.getsockname()[1])
        assert code == 1
        assert "in use" in told
    config.write_text("version: 1\nrewards:\n  answer: {use: math/nothing}\n")
    code, told = refused(config, "--port", 0)
    assert code == 1
    assert "math/nothing" in told
    monkeypatch.setattr("vlm_rewards.cli.serve.find_spec", lambda name: None)
    code, told = refused(config)
    assert code == 1
    assert "vlm-rewards[serve]" in told
