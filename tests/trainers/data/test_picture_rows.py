"""Rows of pictures: each kind is read as its author sees it, or is named by `check` and before a model is loaded."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from vlm_rewards.cli import main
from vlm_rewards_trl.data.dataset import load
from vlm_rewards_trl.methods.method import Method
from vlm_rewards_trl.recipe.recipe import Recipe

pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.filterwarnings("ignore:Image size:PIL.Image.DecompressionBombWarning"),
]

Make = Callable[..., dict[str, Any]]

FOLDER = Path(__file__).parents[2] / "fixtures/rows/pictures"

# What is said of the third row of each file.
SAID = {
    "pipe": "pipe.png cannot be read: it is a folder, a pipe or a device, and no file",
    "device": "/dev/zero cannot be read: it is a folder, a pipe or a device, and no file",
    "folder": "folder cannot be read: it is a folder, a pipe or a device, and no file",
    "bomb": "of 13000 x 13000 pixels is too large to be decoded",
    "gone": "gone.png does not exist",
    "empty_file": "cannot be read: UnidentifiedImageError",
    "text_file": "cannot be read: UnidentifiedImageError",
    "path_too_long": "File name too long",
    "damaged_base64": "is damaged base64",
    "address_without_base64": "is not in base64; write `data:image/png;base64,...`, or a path",
    "base64_of_no_picture": "cannot be read: UnidentifiedImageError",
    "address_of_the_net": "'https://example.org/a.png' is an address of the net; save it, and give its path",
    "numbers_of_five_colours": "has the shape (3, 4, 5)",
    "numbers_of_unequal_rows": "is not a rectangle of numbers",
    "struct_of_nothing": "gone.png does not exist",
}
# The grey of the first pixels of those that are read: of what is transparent white, of ramps all shades.
GREY = {
    "transparent": [0, 255],
    "transparent_palette": [0, 255],
    "transparent_colour": [0, 255],
    "transparent_webp": [0, 255],
    "sixteen_bits": [0, 128, 255],
    "thirty_two_bits": [0, 128, 255],
    "floats": [0, 128, 255],
    "base64": [255],
    "address": [255],
    "numbers": [0, 9, 76, 255],
    "numbers_of_floats": [0, 64, 128, 255],
    "struct": [0, 255],
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all pictures that the rows name."""
    folder = tmp_path_factory.mktemp("pictures")
    line = np.zeros((4, 4, 4), np.uint8)
    line[0, :, 3] = 255
    indices = np.zeros((4, 4), np.uint8)
    indices[0] = 1
    palette = Image.fromarray(indices).convert("P")
    palette.putpalette([0] * 768)
    ramp = np.array([[0, 32768, 65535]])
    Image.new("RGB", (28, 28)).save(folder / "a.png")
    Image.fromarray(line).save(folder / "clear.png")
    Image.fromarray(line).save(folder / "clear.webp", lossless=True)
    palette.save(folder / "palette.png", transparency=0)
    Image.fromarray(np.where(line[..., 3:] > 0, [0, 0, 0], [0, 0, 1]).astype(np.uint8)).save(
        folder / "colour.png", transparency=(0, 0, 1)
    )
    Image.fromarray(ramp.astype(np.uint16)).save(folder / "ramp16.png")
    Image.fromarray(ramp.astype(np.int32)).save(folder / "ramp32.tiff")
    Image.fromarray((ramp / 65535).astype(np.float32)).save(folder / "floats.tiff")
    Image.new("1", (13_000, 13_000)).save(folder / "bomb.png")
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("no picture")
    (folder / "folder").mkdir()
    return folder


@pytest.fixture
def rows(pictures: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A function that puts a file of rows beside the pictures that it names."""
    shutil.copytree(pictures, tmp_path, dirs_exist_ok=True)
    os.mkfifo(tmp_path / "pipe.png")

    def put(name: str) -> Path:
        return Path(shutil.copy(FOLDER / f"{name}.jsonl", tmp_path / "rows.jsonl"))

    return put


def verb(*arguments: str | Path) -> Result:
    result = CliRunner(env={"COLUMNS": "600"}).invoke(main, [*map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def config(data: Path, **options: Any) -> dict[str, Any]:
    return {"path": "json", "data_files": str(data), **options}


def test_every_file_has_what_is_said_of_it() -> None:
    for folder, said in ((FOLDER, SAID), (FOLDER / "good", GREY)):
        assert sorted(said) == sorted(path.stem for path in folder.glob("*.jsonl"))


@pytest.mark.parametrize("name", SAID)
def test_a_picture_that_cannot_be_used_is_named(
    recipe: Make, rows: Callable[[str], Path], tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Method, "build", lambda *_, **__: pytest.fail("a model was loaded"))
    data = rows(name)
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe(dataset=config(data))))
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {answer: {use: math/answer}}\n")
    trained = verb("train", "grpo", tmp_path / "recipe.yaml")
    assert trained.exit_code == 1
    assert f"Error: Row 2 of the dataset '{data}', column 'image': " in trained.output
    checked = verb("check", tmp_path / "rewards.yaml", "--data", data)
    assert "column image 1 of 3 rows (2): a run stops there, e.g. at row 2: " in checked.output
    assert all(SAID[name] in " ".join(result.output.split()) for result in (trained, checked))
    assert len(trained.output) < 1000


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("name", GREY)
def test_a_picture_is_read_as_its_author_sees_it(
    rows: Callable[[str], Path], tmp_path: Path, name: str, *, streaming: bool
) -> None:
    data = rows(f"good/{name}")
    made = {"model": "m", "dataset": config(data, streaming=streaming), "output_dir": "o"}
    for row in load(Recipe.read(made)):
        assert row["image"].mode == "RGB"
        assert np.unique(np.asarray(row["image"].convert("L"))).tolist() == GREY[name]
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {answer: {use: math/answer}}\n")
    checked = verb("check", tmp_path / "rewards.yaml", "--data", data)
    assert checked.output.startswith("OK: ")
