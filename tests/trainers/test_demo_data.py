"""A fresh clone makes what the recipes of the demo read."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import vlm_rewards_digits
from vlm_rewards.cli import main
from vlm_rewards_trl import Recipe
from vlm_rewards_trl.methods.method import load_processor

EXAMPLES = Path(__file__).parents[2] / "examples" / "digits"


def test_it_makes_the_data_and_the_base_of_the_recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datasets import load_dataset

    write_data = vlm_rewards_digits.write_data
    monkeypatch.setattr(vlm_rewards_digits, "write_data", lambda to: write_data(to, n_sft=6, n_train=6, n_test=6))
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(main, ["demo-data", "digits"], catch_exceptions=False).stdout.split()
    assert made == ["runs/digits/base", *(f"runs/digits/data/{name}.parquet" for name in ("sft", "train", "test"))]
    start = Recipe.read(EXAMPLES / "sft.yaml")
    assert load_processor(start).image_processor is not None
    for recipe in (start, Recipe.read(EXAMPLES / "grpo.yaml")):
        files = recipe.config.dataset.data_files
        assert len(load_dataset("parquet", data_files=files, split="train")) == 6


def test_it_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    hidden: Any = lambda name: None if name == "sklearn" else find(name)  # noqa: E731
    monkeypatch.setattr("vlm_rewards_trl.cli.find_spec", hidden)
    told = CliRunner().invoke(main, ["demo-data", "digits"])
    assert told.exit_code == 1
    assert "pip install 'vlm-rewards[demo]'" in told.output
