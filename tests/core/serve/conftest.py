"""A server of its own for each test, in a process or in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

import httpx2

CONFIG = "version: 1\nrewards:\n  answer: {use: math/answer, weight: 2}\n  form: {use: format/boxed}\n"


class Server:
    """A server in a process of its own."""

    def __init__(self, config: Path, *options: object, **environment: str) -> None:
        command = [sys.executable, "-m", "vlm_rewards", "serve", str(config), *map(str, options)]
        if "--port" not in options:
            command += ["--port", "0"]
        environment = {**os.environ, **environment}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert " at http://" in line, line
        self.address = line.split()[-1]

    def ask(self, path: str, body: object = None, **options: Any) -> httpx2.Response:
        method = "GET" if body is None else "POST"
        return httpx2.request(method, self.address + path, json=body, timeout=30, trust_env=False, **options)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "rewards.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def serve(config: Path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(*options: object, **environment: str) -> Server:
        started.append(Server(config, *options, **environment))
        return started[-1]

    yield start
    for server in started:
        server.process.kill()
        server.process.communicate()
