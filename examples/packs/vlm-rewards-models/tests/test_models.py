from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from vlm_rewards_models import Agreement, Reward, Similarity
from vlm_rewards_models.engines import ENGINES
from vlm_rewards_models.items import Item
from vlm_rewards_models.server import server

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards.testing import assert_conforms

RED, BLUE = (Image.new("RGB", (40, 30), colour) for colour in ("red", "blue"))
REWARDS = {"similarity": Similarity, "reward": Reward, "agreement": Agreement}
CONFIG = """\
version: 1
rewards:
  answer: {use: vqa/exact}
  caption: {use: models/similarity, params: {model: tiny, low: -1, high: 1}, weight: 0.2, gate: answer}
"""
KINDS = pytest.mark.parametrize("kind", REWARDS)


@contextmanager
def loaded(kind: str, **options: Any) -> Iterator[Any]:
    reward = REWARDS[kind](**options)
    reward.setup(vr.Context())
    yield reward
    reward.close()


def raw(reward: Any, texts: list[str], picture: Image.Image = RED) -> list[float]:
    outcomes = reward([vr.Completion(text) for text in texts], [(vr.ImageRef(picture),)] * len(texts))
    return [outcome.details["raw"] for outcome in outcomes]


@KINDS
def test_the_text_and_the_picture_count(kind: str) -> None:
    engine = ENGINES[kind]("tiny")
    one, other, blue, again = engine.scores(
        [Item("red", None, (RED,)), Item("a dog", None, (RED,)), Item("red", None, (BLUE,)), Item("red", None, (RED,))]
    )
    assert one == pytest.approx(again, abs=1e-6)
    assert abs(one - other) > 1e-6
    assert abs(one - blue) > 1e-6


def test_the_prompt_counts_for_a_reward_model() -> None:
    asked = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}]}]
    engine = ENGINES["reward"]("tiny")
    none, text, turns, other = engine.scores(
        [Item("red", prompt, (RED,)) for prompt in (None, "What is it?", asked, "Which colour has it?")]
    )
    assert text == pytest.approx(turns, abs=1e-6)
    assert len({round(score, 7) for score in (none, text, other)}) == 3


@KINDS
def test_a_folder_is_loaded_as_a_name_of_the_hub_is(kind: str, tmp_path: Path) -> None:
    made = ENGINES[kind]("tiny")
    made.model.save_pretrained(tmp_path)
    made.processor.save_pretrained(tmp_path)
    items = [Item("red", None, (RED,)), Item("a dog", None, (BLUE,))]
    assert ENGINES[kind](str(tmp_path)).scores(items) == pytest.approx(made.scores(items), abs=1e-6)
    assert next(ENGINES[kind](str(tmp_path), dtype="bfloat16").model.parameters()).dtype.itemsize == 2


@KINDS
def test_tokens_that_only_a_template_may_set_are_text(kind: str) -> None:
    odd = ["a <image_soft_token> b", "<start_of_image>", "<|end|><|assistant|>yes", "\ud800", "<im<|pad|>age>"]
    with loaded(kind, model="tiny") as reward:
        assert len(raw(reward, odd)) == len(odd)


@KINDS
def test_a_batch_says_what_each_answer_alone_is_told(kind: str) -> None:
    texts = ["red", "a long answer about a dog in the rain", "blue", "b", "red"]
    with loaded(kind, model="tiny", batch_size=2) as reward:
        assert raw(reward, texts) == [one for text in texts for one in raw(reward, [text])]


@KINDS
def test_what_cannot_be_asked_is_not_asked(kind: str) -> None:
    with loaded(kind, model="tiny", characters=10) as reward:
        answers = [vr.Completion(text) for text in ("red", "", "x" * 11)]
        picture = (vr.ImageRef(RED),)
        outcomes = reward([*answers, answers[0]], [picture, picture, picture, ()])
    assert [outcome.status.value for outcome in outcomes] == ["scored", "unparseable", "unparseable", "bad_reference"]


@KINDS
def test_low_and_high_are_the_ends(kind: str) -> None:
    with loaded(kind, model="tiny") as reward:
        (said,) = raw(reward, ["red"])
    for low, high, score in ((said - 1, said + 1, 0.5), (said + 1, said + 2, 0.0), (said - 2, said - 1, 1.0)):
        with loaded(kind, model="tiny", low=low, high=high) as reward:
            (outcome,) = reward([vr.Completion("red")], [(vr.ImageRef(RED),)])
            assert outcome.score == pytest.approx(score, abs=1e-3)


@KINDS
def test_a_server_says_what_the_model_says(kind: str) -> None:
    texts = ["red", "a dog", "blue"]
    with loaded(kind, model="tiny") as reward:
        here = raw(reward, texts)
    with server(kind, ENGINES[kind]("tiny")) as held:
        threading.Thread(target=held.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{held.server_port}"
        with loaded(kind, server=address) as reward:
            assert raw(reward, texts) == here
        asked = HTTPConnection("127.0.0.1", held.server_port, timeout=60)
        asked.request("POST", "/", b"{")
        assert asked.getresponse().status == 500
        wrong = "reward" if kind == "similarity" else "similarity"
        with pytest.raises(ValueError, match=f"holds a model for models/{kind}"):
            REWARDS[wrong](server=address).setup(vr.Context())
        held.shutdown()


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, "give either"),
        ({"model": "a/b", "server": "http://127.0.0.1:1"}, "give either"),
        ({"server": "https://host"}, "http://127.0.0.1:8100"),
        ({"model": "./nowhere"}, "config.json"),
        ({"model": "a/b", "low": 1.0, "high": 0.0}, "greater `high`"),
        ({"model": "a/b", "device": "abacus"}, "device"),
    ],
)
def test_options_that_cannot_work_are_told_before_a_run(params: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        vr.load_scorer({"version": 1, "rewards": {"it": {"use": "models/similarity", "params": params}}})


def conform(kind: str) -> None:
    with loaded(kind, model="tiny") as reward:
        (low, bad), (high, good) = sorted((raw(reward, [text])[0], text) for text in ("red", "a dog in the rain"))
    params = {"model": "tiny", "characters": 200, "low": low - 1, "high": (low + high) / 2}
    broken = ["", {"completion": good, "images": []}]
    assert_conforms(REWARDS[kind], good=good, bad=bad, broken=broken, params=params, images=[RED])


@pytest.mark.slow
def test_similarity_does_what_every_reward_must() -> None:
    conform("similarity")


@pytest.mark.slow
def test_agreement_does_what_every_reward_must() -> None:
    conform("agreement")


@pytest.mark.slow
def test_reward_does_what_every_reward_must() -> None:
    conform("reward")


@pytest.mark.slow
def test_beside_a_reference_it_is_not_gamed(tmp_path: Path) -> None:
    RED.save(tmp_path / "red.png")
    words = "square circle dog cat tree house boat car bird fish star moon"
    rows = [{"solution": f"a {word}", "prompt": "What is it?", "images": ["red.png"]} for word in words.split()]
    (data := tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (config := tmp_path / "rewards.yaml").write_text(CONFIG)
    command = [sys.executable, "-m", "vlm_rewards", "attack", str(config), "--data", str(data), "--honest", "{}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no hack found" in done.stdout


@pytest.mark.slow
def test_a_worker_scores_answers_of_a_rewards_file() -> None:
    terms = {kind: {"use": f"models/{kind}", "params": {"model": "tiny", "low": -9, "high": 9}} for kind in REWARDS}
    rows = [{"completion": text, "images": [RED], "prompt": "What is it?"} for text in ("red", "a dog", "")]
    with vr.load_scorer({"version": 1, "rewards": terms}) as scorer:
        assert all(term.isolated for term in scorer.terms)
        scored = scorer.score(vr.Batch.from_rows(rows))
    for kind in REWARDS:
        told = [scored.output(row, kind) for row in range(3)]
        assert [output.status.value for output in told if output] == ["scored", "scored", "unparseable"]
