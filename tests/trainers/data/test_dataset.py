"""Datasets become what TRL takes, and what cannot is named before a model is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Features, Image, List, Value
from PIL import Image as Pictures

from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards_trl.data.dataset import load
from vlm_rewards_trl.recipe.recipe import Recipe

Load = Callable[..., Dataset]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def make(columns: dict[str, list[Any]], **options: Any) -> Dataset:
        kinds: dict[str, Any] = {name: Value("string") for name in columns}
        kinds |= {name: Image() for name in columns if name in {"image", "picture"}}
        kinds |= {name: List(Image()) for name in columns if name == "images"}
        kinds |= {"chat": [{"role": Value("string"), "content": Value("string")}]} if "chat" in columns else {}
        path = tmp_path / "data.parquet"
        Dataset.from_dict(columns, features=Features(kinds)).to_parquet(path)
        dataset = {"path": "parquet", "data_files": str(path), **options}
        return load(Recipe.read({"model": "m", "dataset": dataset, "output_dir": "o"}))

    return make


PICTURE = Pictures.new("RGB", (4, 4))


@pytest.mark.parametrize("column", ["prompt", "problem", "question"])
def test_a_text_becomes_one_user_turn_and_other_columns_stay(loaded: Load, column: str) -> None:
    rows = loaded({column: ["<image>3+4?"], "image": [PICTURE], "answer": ["7"]})
    assert rows[0]["prompt"] == [{"role": "user", "content": "3+4?"}]
    assert rows[0]["answer"] == "7"
    assert rows[0]["image"].size == (4, 4)


def test_system_and_suffix_surround_the_prompt(loaded: Load) -> None:
    rows = loaded({"problem": ["3+4?"], "image": [PICTURE]}, system="Think.", suffix=" Box it.")
    assert rows[0]["prompt"] == [{"role": "system", "content": "Think."}, {"role": "user", "content": "3+4? Box it."}]


def test_messages_are_kept_and_renaming_comes_first(loaded: Load) -> None:
    chat = [{"role": "user", "content": "3+4?"}]
    rows = loaded({"chat": [chat], "picture": [PICTURE]}, rename={"chat": "prompt", "picture": "image"})
    assert rows[0]["prompt"] == chat


def test_limit_uses_the_first_rows(loaded: Load) -> None:
    assert len(loaded({"problem": ["a", "b", "c"], "image": [PICTURE] * 3}, limit=2)) == 2


def test_what_is_missing_is_named(loaded: Load, tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match=r"no column 'prompt', 'problem' or 'question', only text, image"):
        loaded({"text": ["a"], "image": [PICTURE]})
    with pytest.raises(ColumnError, match=r"no column 'images' or 'image', only prompt"):
        loaded({"problem": ["a"]})
    with pytest.raises(ConfigError, match=r"dataset.rename.pic: the dataset has no column 'pic'; it has"):
        loaded({"problem": ["a"], "image": [PICTURE]}, rename={"pic": "image"})
    missing = {"path": "parquet", "data_files": str(tmp_path / "none.parquet")}
    with pytest.raises(ConfigError, match=r"dataset: the dataset cannot be loaded: .*none.parquet.* from the working"):
        load(Recipe.read({"model": "m", "dataset": missing, "output_dir": "o"}))
