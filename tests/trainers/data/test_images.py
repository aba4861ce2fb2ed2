"""Pictures reach the processor as RGB from wherever they are stored, and one that is missing is named with its row."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Image, List
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
        expected = r"Row 1 of the dataset '.*rows\.jsonl', column 'image': image .*x\.png does not exist \(and 1 more\)"
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
        with pytest.raises(ColumnError, match=r"A row of .*'content': 'two'.*cannot be decoded: OSError"):
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
