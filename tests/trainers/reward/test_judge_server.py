"""A real server of chat completions, `transformers serve`, of a tiny model that sees pictures and knows one verdict."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from transformers import GenerationConfig

import vlm_rewards as vr
from tests.trainers.tiny_models import save_model, tiny_llava
from vlm_rewards_judge.equal import SAME
from vlm_rewards_judge.panel.panel import address_of
from vlm_rewards_judge.panel.request import Request

pytest.importorskip("openai")

ANSWER, SIDE = "It is the Nile.", 28
PICTURE = Image.new("RGB", (56, 56), (0, 0, 255))
_START = "from transformers.cli.transformers import main; main()"
_SECONDS = 120.0


def _build(folder: Path) -> None:
    """Save a model that, whatever it is asked, says the verdict on one answer: each beginning demands what follows."""
    asked = Request([SAME], {"REFERENCE": "Nile", "ANSWER": ANSWER}, [address_of(vr.ImageRef(PICTURE), SIDE)])
    text = json.dumps({"id": asked.id, "points": [{"reason": "So.", "choice": "same"}]})
    processor = save_model(tiny_llava, folder)
    processor.save_pretrained(folder)
    tokens = [*processor.tokenizer.encode(text), processor.tokenizer.eos_token_id]
    config = GenerationConfig.from_pretrained(folder)
    config.sequence_bias = [[tokens[: at + 1], 10.0 * (at + 1)] for at in range(len(tokens))]
    config.save_pretrained(folder)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Its judge, served on loopback for as long as the tests of this module run."""
    model = tmp_path_factory.mktemp("judge")
    _build(model)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", _START, "serve", str(model), "--host", "127.0.0.1", "--port", str(port)]
    with (model / "log.txt").open("wb") as log:
        env = {**os.environ, "HF_HUB_OFFLINE": "1"}
        process = subprocess.Popen([*command, "--device", "cpu"], stdout=log, stderr=log, env=env)
    try:
        end = time.monotonic() + _SECONDS
        while True:
            try:
                httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False)
                break
            except httpx2.HTTPError:
                if process.poll() is not None or time.monotonic() > end:
                    pytest.fail((model / "log.txt").read_text())
                time.sleep(0.1)
        yield {"server": f"http://127.0.0.1:{port}/v1", "model": str(model), "seconds": _SECONDS, "price": [1, 1]}
    finally:
        process.kill()
        process.wait()


def test_a_real_server_sees_a_picture_and_its_verdict_counts_for_that_answer_alone(served: dict[str, object]) -> None:
    config = {"version": 1, "rewards": {"judge": {"use": "judge/equal", "params": {"judges": [served], "side": SIDE}}}}
    rows: list[dict[str, object]] = [
        {"completion": ANSWER, "solution": "Nile", "image": PICTURE},
        {"completion": ANSWER, "solution": "Rhine", "image": PICTURE},
        {"completion": ANSWER, "solution": "Nile"},
    ]
    with vr.load_scorer(config) as scorer:
        scored = scorer.score(vr.Batch.from_rows(rows))
    right, *others = (scored.output(row, "judge") for row in range(3))
    assert right is not None
    assert right.score == 1.0, right.reason
    assert right.details["metrics"]["tokens_in"] > 900
    assert right.details["metrics"]["tokens_out"] > 80
    for output in others:
        assert output is not None
        assert output.status is vr.Status.FAILED
        assert "not a verdict on this request" in str(output.reason)
