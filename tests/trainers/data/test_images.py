"""Pictures reach the processor as RGB from wherever they are stored, and one that is missing is named with its row."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Array3D, Dataset, Features, Image, IterableDataset, List, Value
from datasets.utils import file_utils
from PIL import Image as Pictures

from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards_trl import grpo, sft
from vlm_rewards_trl.data.dataset import column_names, load
from vlm_rewards_trl.recipe.recipe import Recipe

GREY = Pictures.new("L", (40, 20))


def encoded(picture: Pictures.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def loaded(path: str | Path, **options: Any) -> Any:
    files = {"data_files": str(path)} if Path(path).is_file() else {}
    builder = {".jsonl": "json", ".parquet": "parquet"}.get(Path(path).suffix, str(path))
    return load(Recipe.read({"model": "m", "dataset": {"path": builder, **files, **options}, "output_dir": "o"}))


def jsonl(folder: Path, *rows: dict[str, Any]) -> Path:
    (folder / "pictures").mkdir(exist_ok=True)
    GREY.save(folder / "pictures" / "a.png")
    Pictures.new("RGBA", (9, 9)).save(folder / "pictures" / "b.png")
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("streaming", [False, True])
class TestEveryStore:
    def test_relative_paths_start_from_the_file(self, tmp_path: Path, *, streaming: bool) -> None:
        rows = [{"problem": "?", "image": f"pictures/{name}.png", "solution": name} for name in "ab"]
        one, other = loaded(jsonl(tmp_path, *rows), streaming=streaming)
        assert (one["image"].size, one["image"].mode) == ((40, 20), "RGB")
        assert (other["image"].size, other["image"].mode) == ((9, 9), "RGB")
        assert [one["solution"], other["solution"]] == ["a", "b"]

    def test_paths_start_from_another_folder_when_asked(self, tmp_path: Path, *, streaming: bool) -> None:
        path = jsonl(tmp_path, {"problem": "?", "image": "a.png"})
        (row,) = loaded(path, streaming=streaming, image_root=str(tmp_path / "pictures"))
        assert row["image"].size == (40, 20)

    def test_several_pictures_of_a_row(self, tmp_path: Path, *, streaming: bool) -> None:
        path = jsonl(tmp_path, {"problem": "?", "images": ["pictures/a.png", "pictures/b.png"]})
        (row,) = loaded(path, streaming=streaming)
        assert [(picture.size, picture.mode) for picture in row["images"]] == [((40, 20), "RGB"), ((9, 9), "RGB")]

    def test_bytes(self, tmp_path: Path, *, streaming: bool) -> None:
        path = tmp_path / "rows.parquet"
        Dataset.from_dict({"problem": ["?"], "images": [[encoded(GREY)]]}).to_parquet(path)
        (row,) = loaded(path, streaming=streaming)
        assert [(picture.size, picture.mode) for picture in row["images"]] == [((40, 20), "RGB")]

    @pytest.mark.parametrize("column", ["image", "images"])
    @pytest.mark.parametrize("kind", ["path", "struct", "base64", "address", "struct_of_base64", "pixels"])
    def test_what_a_table_can_hold(self, tmp_path: Path, kind: str, column: str, *, streaming: bool) -> None:
        noise = Pictures.effect_noise((8, 6), 80).convert("RGB")
        text = base64.b64encode(encoded(noise)).decode()
        values: dict[str, Any] = {
            "path": "noise.png",
            "struct": {"path": "noise.png"},
            "base64": text,
            "address": f"data:image/png;base64,{text}",
            "struct_of_base64": {"bytes": text, "path": None},
            "pixels": np.asarray(noise).tolist(),
        }
        value = [values[kind], values[kind]] if column == "images" else values[kind]
        path = jsonl(tmp_path, {"problem": "?", column: value}, {"problem": "?", column: value})
        noise.save(tmp_path / "noise.png")
        rows = list(loaded(path, streaming=streaming))
        for row in rows:
            found = row[column] if column == "images" else [row[column]]
            assert [one.tobytes() for one in found] == [noise.tobytes()] * (2 if column == "images" else 1)
            assert {one.mode for one in found} == {"RGB"}
        assert len(rows) == 2

    def test_features_of_numbers(self, tmp_path: Path, *, streaming: bool) -> None:
        noise = np.asarray(Pictures.effect_noise((8, 6), 80).convert("RGB"))
        path = tmp_path / "rows.parquet"
        made = Dataset.from_dict({"problem": ["?"], "image": [noise.tolist()]})
        made.cast_column("image", Array3D((6, 8, 3), "uint8")).to_parquet(path)
        (row,) = loaded(path, streaming=streaming)
        assert (np.asarray(row["image"]) == noise).all()

    def test_a_relative_path_in_a_feature_of_datasets(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, streaming: bool
    ) -> None:
        path = jsonl(tmp_path, {"problem": "?"})
        features = Features({"problem": Value("string"), "image": Image()})
        stored = [{"bytes": None, "path": "pictures/a.png"}, {"bytes": encoded(GREY), "path": "kept/elsewhere.png"}]
        made = Dataset.from_dict({"problem": ["?", "?"], "image": stored}, features=features)
        given = IterableDataset.from_generator(made.cast_column("image", Image(decode=False)).__iter__)
        monkeypatch.setattr("datasets.load_dataset", lambda **_: given if streaming else made)
        assert [row["image"].size for row in loaded(path, streaming=streaming)] == [(40, 20)] * 2

    def test_what_lies_on_nothing_lies_on_white(self, tmp_path: Path, *, streaming: bool) -> None:
        path = jsonl(tmp_path, {"problem": "?", "image": "pictures/b.png"})
        (row,) = loaded(path, streaming=streaming)
        assert row["image"].getextrema() == ((255, 255),) * 3

    def test_sixteen_bits_keep_their_shades(self, tmp_path: Path, *, streaming: bool) -> None:
        path = jsonl(tmp_path, {"problem": "?", "image": "ramp.png"})
        Pictures.fromarray(np.arange(65536, dtype=np.uint16).reshape(256, 256)).save(tmp_path / "ramp.png")
        (row,) = loaded(path, streaming=streaming)
        assert len(row["image"].convert("L").getcolors()) == 256

    def test_pictures_of_datasets(self, tmp_path: Path, *, streaming: bool) -> None:
        path = tmp_path / "rows.parquet"
        made = Dataset.from_dict({"problem": ["?", "?"], "image": [GREY, None], "images": [[GREY], []]})
        made = made.cast_column("image", Image()).cast_column("images", List(Image()))
        made.remove_columns("images").to_parquet(path)
        one, other = loaded(path, streaming=streaming)
        assert (one["image"].mode, other["image"]) == ("RGB", None)
        made.remove_columns("image").to_parquet(path)
        one, other = loaded(path, streaming=streaming)
        assert ([picture.mode for picture in one["images"]], other["images"]) == (["RGB"], [])

    def test_a_folder_of_pictures(self, tmp_path: Path, *, streaming: bool) -> None:
        GREY.save(tmp_path / "a.png")
        (tmp_path / "metadata.jsonl").write_text('{"file_name": "a.png", "question": "?", "solution": "7"}\n')
        (row,) = loaded(tmp_path, streaming=streaming)
        assert row["image"].mode == "RGB"
        assert row["prompt"] == [{"role": "user", "content": "?"}]
        assert row["solution"] == "7"

    def test_large_pictures_shrink_in_proportion(self, tmp_path: Path, *, streaming: bool) -> None:
        rows = [{"problem": "?", "images": [f"pictures/{name}.png"]} for name in "ab"]
        one, other = loaded(jsonl(tmp_path, *rows), streaming=streaming, max_pixels=200)
        assert one["images"][0].size == (20, 10)
        assert other["images"][0].size == (9, 9)


class TestWhatIsMissing:
    def test_a_file_is_named_with_its_row(self, tmp_path: Path) -> None:
        rows = [{"problem": "?", "image": f"pictures/{name}.png"} for name in "axy"]
        path = jsonl(tmp_path, *rows)
        expected = r"Row 1 of the dataset '.*rows\.jsonl', column 'image': .*x\.png does not exist; .* \(1 more like it"
        with pytest.raises(ColumnError, match=expected):
            loaded(path)
        stream = iter(loaded(path, streaming=True))
        next(stream)
        with pytest.raises(ColumnError, match=r"Row 1 of the dataset .*x\.png does not exist"):
            next(stream)

    def test_a_prompt_with_a_place_for_a_picture_that_is_not_there(self, tmp_path: Path) -> None:
        blocks = [{"type": "image"}, {"type": "text", "text": "?"}]
        chat = [{"role": "user", "content": blocks}]
        with pytest.raises(ColumnError, match=r"Row 1 .*places for images: 1 in its prompt, but 0 in column 'images'"):
            loaded(jsonl(tmp_path, *({"prompt": chat, "images": names} for names in (["pictures/a.png"], []))))
        with pytest.raises(ColumnError, match=r"no column 'images' .*; the prompt of row 0 has a place for an image"):
            loaded(jsonl(tmp_path, {"prompt": chat, "solution": "7"}))
        with pytest.raises(ColumnError, match=r"Row 0 .* places for images: 2 in its prompt, but 1 in column 'image'"):
            loaded(jsonl(tmp_path, {"problem": "<image> or <image>?", "image": "pictures/a.png"}))

    def test_more_pictures_than_marks_in_a_text_are_put_before_it(self, tmp_path: Path) -> None:
        (row,) = loaded(jsonl(tmp_path, {"problem": "<image>?", "images": ["pictures/a.png", "pictures/b.png"]}))
        assert len(row["images"]) == 2
        assert row["prompt"][0]["content"] == "?"

    def test_what_is_no_picture(self, tmp_path: Path) -> None:
        with pytest.raises(
            ColumnError, match=r"Column 'image' of the dataset '.*rows\.jsonl' holds .*, which are not images"
        ):
            loaded(jsonl(tmp_path, {"problem": "?", "image": 7}))
        (tmp_path / "bad.png").write_text("no picture")
        with pytest.raises(
            ColumnError, match=r"Row 0 of the dataset '.*rows\.jsonl', column 'image': .*cannot be read"
        ):
            loaded(jsonl(tmp_path, {"problem": "?", "image": "bad.png"}))

    @pytest.mark.parametrize("streaming", [False, True])
    @pytest.mark.parametrize(
        ("column", "value", "message"),
        [
            ("image", "pipe.png", "pipe.png cannot be read: it is a folder, a pipe or a device"),
            ("image", "bomb.png", "of 13000 x 13000 pixels is too large to be decoded"),
            ("image", ["pictures/a.png", "pictures/a.png"], "2 images where TRL reads one; write `rename: {image: im"),
            ("image", "iVBORw0KGgoAAAANSUhEUgAAADIAAAAo!!", "is damaged base64"),
            ("image", "x" * 9000, "File name too long"),
            ("image", [[[0] * 5] * 4] * 3, "has the shape (3, 4, 5) and the type int64"),
            ("image", [[1, 2], [3]], "is not a rectangle of numbers"),
            ("images", [{"path": "gone.png"}], "gone.png does not exist"),
        ],
    )
    @pytest.mark.filterwarnings("ignore:Image size:PIL.Image.DecompressionBombWarning")
    def test_every_other_fault_is_a_short_error_with_its_row(
        self, tmp_path: Path, column: str, value: object, message: str, *, streaming: bool
    ) -> None:
        path = jsonl(tmp_path, {"problem": "?", column: value})
        os.mkfifo(tmp_path / "pipe.png")
        if value == "bomb.png":
            Pictures.new("1", (13_000, 13_000)).save(tmp_path / "bomb.png")
        with pytest.raises(ColumnError) as caught:
            list(loaded(path, streaming=streaming))
        told = str(caught.value)
        assert told.startswith(f"Row 0 of the dataset '{path}', column '{column}': ")
        assert message in told
        assert len(told) < 700


def test_a_stream_opens_addresses_and_names_the_row_of_one_that_fails(tmp_path: Path) -> None:
    file_utils.fsspec.filesystem("memory").pipe("/there.png", encoded(GREY))
    path = jsonl(tmp_path, *({"problem": "?", "image": f"memory://{name}.png"} for name in ("there", "gone")))
    stream = iter(loaded(path, streaming=True))
    assert next(stream)["image"].size == (40, 20)
    with pytest.raises(ColumnError, match=r"Row 1 of .*: Image 'memory://gone\.png' cannot be read: FileNotFoundError"):
        next(stream)
    with pytest.raises(ColumnError, match=r"Row 0 of .*: Image 'memory://there\.png' is an address of the net"):
        loaded(path)


class TestBroken:
    @pytest.fixture
    def broken(self, tmp_path: Path) -> dict[str, bytes]:
        whole = encoded(Pictures.effect_noise((40, 20), 50))
        return {"empty": b"", "text": b"no picture", "cut": whole[: len(whole) // 2]}

    @pytest.mark.parametrize("kind", ["empty", "text"])
    @pytest.mark.parametrize("row", [0, 5])
    def test_a_file_that_is_no_picture_is_named_before_a_run(
        self, tmp_path: Path, broken: dict[str, bytes], kind: str, row: int
    ) -> None:
        rows = [{"problem": "?", "image": "bad.png" if place == row else "pictures/a.png"} for place in range(8)]
        path = jsonl(tmp_path, *rows)
        (tmp_path / "bad.png").write_bytes(broken[kind])
        with pytest.raises(ColumnError, match=rf"Row {row} of the dataset '.*', column 'image': .*bad\.png.*cannot be"):
            loaded(path)

    @pytest.mark.parametrize("several", [False, True])
    def test_a_picture_that_was_cut_off_is_told_by_its_prompt_when_it_is_read(
        self, tmp_path: Path, broken: dict[str, bytes], *, several: bool
    ) -> None:
        stored = [{"bytes": encoded(GREY), "path": None}, {"bytes": broken["cut"], "path": None}]
        made = Dataset.from_dict({"problem": ["one", "two"], "image": stored}).cast_column("image", Image())
        if several:
            made = Dataset.from_dict({"problem": ["one", "two"], "images": [[picture] for picture in stored]})
            made = made.cast_column("images", List(Image()))
        made.to_parquet(tmp_path / "rows.parquet")
        dataset = loaded(tmp_path / "rows.parquet")
        assert dataset[0]["prompt"][0]["content"] == "one"
        with pytest.raises(ColumnError, match=r"A row .*'content': 'two'.*cannot be decoded: OSError"):
            dataset[1]


@pytest.mark.parametrize("streaming", [False, True])
def test_pictures_stand_upright(tmp_path: Path, *, streaming: bool) -> None:
    turned = Pictures.Exif()
    turned[0x0112] = 6  # to be turned by a quarter
    path = jsonl(tmp_path, {"problem": "?", "image": "turned.jpg"})
    GREY.save(tmp_path / "turned.jpg", exif=turned)
    (row,) = loaded(path, streaming=streaming)
    assert row["image"].size == (20, 40)


class TestAnswers:
    def test_texts_become_turns(self, tmp_path: Path) -> None:
        row = {"question": "?", "image": "pictures/a.png", "chosen": "7", "rejected": "8", "completion": "9"}
        (made,) = loaded(jsonl(tmp_path, row))
        for name, text in (("chosen", "7"), ("rejected", "8"), ("completion", "9")):
            assert made[name] == [{"role": "assistant", "content": text}]
        assert made["prompt"] == [{"role": "user", "content": "?"}]

    def test_pairs_of_whole_conversations_share_their_prompt(self, tmp_path: Path) -> None:
        asked = {"role": "user", "content": "?"}
        pair = {name: [asked, {"role": "assistant", "content": name}] for name in ("chosen", "rejected")}
        (made,) = loaded(jsonl(tmp_path, {**pair, "image": "pictures/a.png"}))
        assert made["prompt"] == [asked]
        assert made["rejected"] == [{"role": "assistant", "content": "rejected"}]
        assert made["image"].mode == "RGB"

    def test_conversations_of_demonstrations_are_kept(self, tmp_path: Path) -> None:
        chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "7"}]
        (made,) = loaded(jsonl(tmp_path, {"messages": chat, "image": "pictures/a.png"}))
        assert made["messages"] == chat

    def test_what_is_no_answer_is_named(self, tmp_path: Path) -> None:
        row = {"question": "?", "image": "pictures/a.png", "chosen": 7, "rejected": 8}
        with pytest.raises(
            ColumnError,
            match=r"Row 0 of the dataset '.*rows\.jsonl', column 'chosen': 7 is no text and no list of turns",
        ):
            loaded(jsonl(tmp_path, row))
        rows = [{"question": text, "image": "pictures/a.png"} for text in ("?", None)]
        with pytest.raises(
            ColumnError, match=r"Row 1 of the dataset '.*rows\.jsonl', column 'prompt': None is no text and no list"
        ):
            loaded(jsonl(tmp_path, *rows))

    def test_a_row_without_a_picture_is_named_where_trl_would_fail(self, tmp_path: Path) -> None:
        path = jsonl(tmp_path, {"question": "?", "image": None, "completion": "7"})
        dataset = {"path": "json", "data_files": str(path)}
        with pytest.raises(ColumnError, match=r"Row 0 .* has no image, which TRL takes only as an empty list"):
            sft(Recipe.read({"model": "m", "dataset": dataset, "output_dir": str(tmp_path)}))


def test_a_dataset_without_a_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    Dataset.from_dict({"problem": [], "image": []}).to_parquet(path)
    with pytest.raises(ConfigError, match=r"the dataset cannot be loaded: .*no data"):
        loaded(path)
    with pytest.raises(ColumnError, match=r"rows\.parquet' has no row"):
        loaded(path, streaming=True)


@pytest.mark.filterwarnings("default")
def test_a_stream_trains(recipe: Callable[..., dict[str, Any]]) -> None:
    made = recipe()
    made["dataset"] |= {"streaming": True, "limit": 16}
    trainer = grpo(Recipe.read(made))
    assert "solution" in column_names(trainer.train_dataset)
    trainer.train()
    assert trainer.state.global_step == 2
