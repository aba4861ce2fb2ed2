"""The page of the service: what is asked there is answered as shown, and every option and route it names is there."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import vlm_rewards as vr
from vlm_rewards.cli.serve import command

PAGE = (Path(__file__).parents[2] / "docs" / "serve.md").read_text(encoding="utf-8")


def test_what_is_asked_is_answered_as_shown() -> None:
    pytest.importorskip("fastapi", reason="the extra `serve` is not installed")
    import httpx2

    from vlm_rewards.serve.app import Service

    (config,), (shown,) = (
        re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL),
        re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL),
    )
    (route, body), *_ = re.findall(r"curl http://127.0.0.1:8200(\S+) .*?-d '(.*?)'", PAGE, re.DOTALL)
    app = Service(vr.load_scorer(YAML(typ="safe").load(config))).app()

    async def ask() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
            return await client.post(route, content=body, headers={"content-type": "application/json"})

    assert asyncio.run(ask()).json() == json.loads(shown)
    paths = {f"{method} {path}" for path, found in app.openapi()["paths"].items() for method in map(str.upper, found)}
    named = re.findall(r"`(POST|GET) (/\S+)`(?:, `(/\S+)`)?", PAGE)
    assert {f"{method} {path}" for method, *both in named for path in both if path} == paths


def test_every_option_is_described_and_no_other() -> None:
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    assert set(re.findall(r"`(--(?!reward)[a-z-]+)", PAGE)) | {"--port"} == options
