"""Prompts with tool calls: their arguments reach the trainer and the rewards as they were written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from PIL import Image

from vlm_rewards_trl import grpo
from vlm_rewards_trl.data.dataset import load
from vlm_rewards_trl.recipe.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]

ASK = {"role": "user", "content": "Press it."}
TEMPLATE = """\
{%- for message in messages -%}
{{- '<|' + ('user' if message['role'] == 'tool' else message['role']) + '|>' -}}
{%- if message['content'] is string -%}{{- message['content'] -}}
{%- else -%}
{%- for part in message['content'] or [] -%}
{%- if part['type'] == 'image' -%}<image>{%- else -%}{{- part['text'] -}}{%- endif -%}
{%- endfor -%}
{%- endif -%}
{%- for call in message['tool_calls'] or [] -%}{{- call['function'] | tojson -}}{%- endfor -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}
"""


def called(arguments: Any) -> dict[str, Any]:
    call = {"type": "function", "function": {"name": "press", "arguments": arguments}}
    return {"role": "assistant", "content": "", "tool_calls": [call]}


def table(folder: Path, rows: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The `dataset` of a recipe for rows in a file of this kind; a parquet file gives all calls the same keys."""
    Image.new("RGB", (28, 28)).save(folder / "a.png")
    path = folder / f"rows.{kind}"
    if kind == "parquet":
        Dataset.from_list(rows).to_parquet(path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {"path": kind, "data_files": str(path)}


def rows_of(arguments: list[Any]) -> list[dict[str, Any]]:
    answer = {"role": "tool", "content": "ok"}
    prompts = [*([ASK, called(given), answer, ASK] for given in arguments), [ASK]]
    return [{"prompt": prompt, "images": ["a.png"], "solution": "7"} for prompt in prompts]


def arguments_in(prompt: list[dict[str, Any]]) -> list[Any]:
    return [call["function"]["arguments"] for turn in prompt for call in turn.get("tool_calls") or ()]


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("json", [{}]),
        ("json", ["{}"]),
        ("json", [{}, {"key": "enter"}, {"at": [3, 4]}]),
        ("json", ['{"key": "enter"}', {"key": "enter"}]),
        ("json", [{"key": None}]),
        ("json", [{"at": {}}, {"at": {"x": 3}}]),
        ("parquet", ["{}"]),
        ("parquet", [{}, {"key": "enter"}, {"at": [3, 4]}]),
        ("parquet", [{"at": {}}, {"at": {"x": 3}}]),
    ],
)
def test_arguments_are_what_was_written(tmp_path: Path, kind: str, arguments: list[Any], *, streaming: bool) -> None:
    config = table(tmp_path, rows_of(arguments), kind)
    made = {"model": "m", "dataset": {**config, "streaming": streaming}, "output_dir": "o"}
    prompts = [row["prompt"] for row in load(Recipe.read(made))]
    assert [arguments_in(prompt) for prompt in prompts] == [*([given] for given in arguments), []]
    assert [turn["content"] for turn in prompts[0]] == ["Press it.", "", "ok", "Press it."]


@pytest.mark.parametrize("kind", ["json", "parquet"])
def test_they_reach_the_rewards(recipe: Make, tmp_path: Path, digits: dict[str, Path], kind: str) -> None:
    from transformers import AutoProcessor

    seen: list[list[Any]] = []

    def watch(prompts: list[Any], **_: Any) -> list[float]:
        seen.extend(map(arguments_in, prompts))
        return [0.0] * len(prompts)

    given: list[Any] = [{}, {"key": "enter"}]
    made = recipe(dataset=table(tmp_path, rows_of(given)[:2], kind))
    made["training"] |= {"max_steps": 1}
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {answer: {use: math/answer}}\n")
    trainer = grpo(Recipe.read(made))
    trainer.processing_class = AutoProcessor.from_pretrained(digits["model"], padding_side="left")
    trainer.processing_class.chat_template = trainer.chat_template = TEMPLATE
    trainer.reward_funcs = [watch]
    trainer.train()
    assert sorted(map(json.dumps, seen)) == ['[{"key": "enter"}]'] * 4 + ["[{}]"] * 4
