"""Videos reach TRL's trainers as their frames, and what is no list of frames is named."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Features, Image, IterableDataset, List, Value, Video
from PIL import Image as Pictures

from tests.trainers.tiny_families import build_family
from vlm_rewards.errors import ColumnError
from vlm_rewards_trl import Recipe, grpo, sft
from vlm_rewards_trl.data.dataset import load
from vlm_rewards_trl.data.images import with_frames
from vlm_rewards_trl.methods import offline, online
from vlm_rewards_trl.recipe.recipe import DatasetConfig

SIDES = {"a": 28, "b": 56, "c": 84}  # of frames, by which they are told apart


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    for name, side in SIDES.items():
        Pictures.new("L", (side, side)).save(tmp_path / f"{name}.png")
    return tmp_path


def write(folder: Path, *videos: Any, **columns: Any) -> Path:
    """A file of rows with these videos."""
    path = folder / "rows.jsonl"
    made = [{"prompt": "When?", "videos": one, **columns} for one in videos]
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    return path


def loaded(path: Path, **options: Any) -> Any:
    builder = {".jsonl": "json", ".parquet": "parquet"}[path.suffix]
    dataset = {"path": builder, "data_files": str(path), **options}
    return load(Recipe.read({"model": "m", "dataset": dataset, "output_dir": "o"}))


def widths(rows: Any) -> list[list[int]]:
    return [[frame.size[0] for frame in row["images"]] for row in rows]


@pytest.mark.parametrize("streaming", [False, True])
def test_frames_of_all_videos_are_the_images_of_the_row(frames: Path, *, streaming: bool) -> None:
    path = write(frames, [["a.png", "b.png"]], [["c.png"], [], ["a.png"]])
    rows = list(loaded(path, streaming=streaming))
    assert widths(rows) == [[28, 56], [84, 28]]
    assert rows[0]["images"][0].mode == "RGB"


@pytest.mark.parametrize("streaming", [False, True])
def test_a_row_may_be_without_videos(frames: Path, *, streaming: bool) -> None:
    rows = loaded(write(frames, [["a.png"]], [], None), streaming=streaming)
    assert widths(rows) == [[28], [], []]


@pytest.mark.parametrize("streaming", [False, True])
def test_encoded_frames_stay_encoded_until_they_are_read(frames: Path, *, streaming: bool) -> None:
    held = [[[{"bytes": (frames / f"{name}.png").read_bytes(), "path": None} for name in "ab"]]]
    features = Features({"clip": List(List(Image())), "prompt": Value("string")})
    Dataset.from_dict({"clip": held, "prompt": ["When?"]}, features=features).to_parquet(frames / "rows.parquet")
    rows = loaded(frames / "rows.parquet", rename={"clip": "videos"}, streaming=streaming, max_pixels=400)
    assert widths(rows) == [[20, 20]]
    if not streaming:
        stored = rows.with_format("arrow")[:].column("images")[0].as_py()
        assert stored[1]["bytes"] == (frames / "b.png").read_bytes()


def test_places_in_a_prompt_are_counted_against_frames(frames: Path) -> None:
    timed = [{"type": "text", "text": "0 s"}, {"type": "image"}, {"type": "text", "text": "2 s"}, {"type": "image"}]
    prompt = [{"role": "user", "content": timed}]
    (row,) = loaded(write(frames, [["a.png", "b.png"]], prompt=prompt))
    assert [block["type"] for block in row["prompt"][0]["content"]] == ["text", "image"] * 2
    with pytest.raises(ColumnError, match="places for images: 2 in its prompt, but 1 in column 'images'"):
        loaded(write(frames, [["a.png"]], prompt=prompt))


@pytest.mark.parametrize(
    ("videos", "more", "streaming", "told"),
    [
        (["clip.mp4"], {}, False, "it holds List"),
        ("clip.mp4", {}, False, "it holds Value"),
        (["clip.mp4"], {}, True, "it holds List"),
        ([["a.png"]], {"images": ["a.png"]}, False, "there is a column 'images' too"),
        ([["a.png"]], {"image": "a.png"}, True, "there is a column 'image' too"),
    ],
)
def test_what_is_no_list_of_frames_is_named(
    frames: Path, videos: Any, more: dict[str, Any], told: str, *, streaming: bool
) -> None:
    with pytest.raises(ColumnError) as raised:
        list(loaded(write(frames, videos, **more), streaming=streaming))
    assert f"column 'videos': {told}" in str(raised.value)
    assert "write the frames of a file as images first" in str(raised.value)


@pytest.mark.parametrize("videos", [["clip.mp4"], "clip.mp4", {"path": "clip.mp4"}])
def test_a_stream_that_does_not_know_its_columns_names_the_row(videos: Any) -> None:
    dataset = IterableDataset.from_generator(lambda: iter([{"videos": [["a.png"]]}, {"videos": videos}]))
    with pytest.raises(ColumnError, match="column 'videos': row 1 has"):
        list(with_frames(dataset, ["videos"], DatasetConfig(path="json")))


def test_a_column_of_video_files_is_named(frames: Path) -> None:
    held = {"videos": [[{"bytes": None, "path": "clip.mp4"}]], "prompt": ["When?"]}
    features = Features({"videos": List(Video(decode=False)), "prompt": Value("string")})
    Dataset.from_dict(held, features=features).to_parquet(frames / "rows.parquet")
    with pytest.raises(ColumnError, match="column 'videos': it holds List"):
        loaded(frames / "rows.parquet")


def test_a_frame_that_is_not_there_is_named_with_its_row(frames: Path) -> None:
    with pytest.raises(ColumnError, match=r"Row 1 of the dataset .* column 'images': .*nowhere\.png"):
        loaded(write(frames, [["a.png"]], [["b.png", "nowhere.png"]]))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("method", [sft, grpo], ids=["sft", "grpo"])
def test_a_model_learns_when_from_videos(
    method: Any, frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = build_family("qwen2_5_vl", tmp_path / "model")
    for module in (offline, online):
        monkeypatch.setattr(module, "load_processor", lambda _: processor)
    answers = {"completion": "<answer>[1, 3]</answer>"} if method is sft else {"solution": [1, 3]}
    path = write(frames, *[[["a.png", "b.png"], ["a.png"]]] * 4, **answers)
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards:\n  when: {use: grounding/temporal_iou}\n")
    training = {"max_steps": 2, "per_device_train_batch_size": 4, "save_strategy": "no", "report_to": "none"}
    training |= {"logging_steps": 1, "disable_tqdm": True, "learning_rate": 0.01}
    online_only = {"num_generations": 2, "max_completion_length": 4} if method is grpo else {}
    recipe = {
        "model": str(tmp_path / "model"),
        "dataset": {"path": "json", "data_files": str(path), "suffix": " The frames are 1 s apart."},
        "rewards": str(tmp_path / "rewards.yaml"),
        "output_dir": str(tmp_path / "out"),
        "training": training | online_only,
    }
    trainer = method(Recipe.read(recipe))
    seen: list[list[int]] = []
    forward = trainer.model.forward

    @functools.wraps(forward)
    def watched(*args: Any, image_grid_thw: Any = None, **kwargs: Any) -> Any:
        seen.append([] if image_grid_thw is None else image_grid_thw.prod(dim=-1).tolist())
        return forward(*args, image_grid_thw=image_grid_thw, **kwargs)

    monkeypatch.setattr(trainer.model, "forward", watched)
    trainer.train()
    logs = trainer.state.log_history
    assert trainer.state.global_step == 2
    assert seen[-1] == [4, 16, 4] * 4  # patches of 14 pixels
    if method is grpo:
        assert [log["rewards/when/mean"] for log in logs[:2]] == [0.0, 0.0]  # noise says no time
        (score,) = trainer.reward_funcs
        said = [[{"role": "assistant", "content": f"<answer>{times}</answer>"}] for times in ("1 s to 3 s", "[0, 2]")]
        row = {name: [held] * 2 for name, held in trainer.train_dataset[0].items() if name != "prompt"}
        assert score(["When?"] * 2, said, completion_ids=[[1], [1]], **row) == pytest.approx([1, 1 / 3])
    else:
        assert logs[1]["loss"] < logs[0]["loss"]
