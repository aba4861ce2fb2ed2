"""What a preflight loads: columns with their pictures as they are stored, and what a tokenizer drops."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards.types.images import images_of
from vlm_rewards_trl.checks.loading import drops, read_dataset, read_file, read_processor


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    import datasets
    from PIL import Image

    pictures = [Image.new("RGB", (30 + i, 20)) for i in range(3)]
    rows = {"image": pictures, "images": [[picture] for picture in pictures], "solution": ["1", "2", None]}
    made = datasets.Dataset.from_dict(rows)
    made = made.cast_column("image", datasets.Image()).cast_column("images", datasets.List(datasets.Image()))
    made.to_parquet(tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize("column", ["image", "images"])
def test_pictures_are_not_decoded_but_have_their_size(parquet: Path, column: str) -> None:
    columns = read_file(parquet)
    assert len(columns[column]) == 3
    (picture,) = images_of(columns[column][1])
    assert set(picture.source) == {"bytes", "path"}  # type: ignore[call-overload]
    assert picture.size == (31, 20)
    assert columns["solution"] == ["1", "2", None]


def test_the_first_rows_only(parquet: Path) -> None:
    columns = read_file(parquet, limit=2)
    assert {len(values) for values in columns.values()} == {2}


def test_rows_of_json_lines_may_have_different_keys(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"b": [2, "x"]}\n')
    assert read_file(path) == {"a": [1, None], "b": [None, [2, "x"]]}


def test_a_table_of_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("solution,task\nx,sum\ny,box\n")
    assert read_file(path) == {"solution": ["x", "y"], "task": ["sum", "box"]}


def test_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_text("no parquet")
    with pytest.raises(ColumnError, match=r"rows\.parquet' cannot be loaded"):
        read_file(tmp_path / "rows.parquet")
    with pytest.raises(ColumnError, match=r"nowhere' cannot be loaded"):
        read_dataset(str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match=r"nowhere' cannot be loaded.*Check the name"):
        read_processor(str(tmp_path / "nowhere"))


def test_the_embedded_model_drops_its_roles_and_no_tag(digits: dict[str, Path]) -> None:
    processor = read_processor(str(digits["model"]))
    assert drops(processor, "<|assistant|>")
    assert not any(drops(processor, tag) for tag in ("<think>", "</answer>", "<box>", "◁think▷"))


def test_what_a_vocabulary_cannot_write_is_not_dropped() -> None:
    def decode(ids: list[int], *, skip_special_tokens: bool) -> str:
        return "" if skip_special_tokens else "<unk>"

    tokenizer: Any = SimpleNamespace(encode=lambda text, add_special_tokens: [0], decode=decode)
    assert not drops(tokenizer, "◁think▷")
    assert drops(tokenizer, "<unk>")


def test_a_folder_of_save_to_disk_is_read(tmp_path: Path) -> None:
    import datasets

    datasets.Dataset.from_list([{"prompt": "q", "solution": "7"}]).save_to_disk(tmp_path / "saved")
    assert dict(read_dataset(str(tmp_path / "saved"))) == {"prompt": ["q"], "solution": ["7"]}
