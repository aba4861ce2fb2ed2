"""The benchmark on tables: the split does not leak, pictures keep their shape, and all of it runs on drawn tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.benchmarks import tables, tables_data

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like TabMWP's: twenty drawn tables, each with a number and a choice to answer."""
    folder: Path = tmp_path_factory.mktemp("tabmwp")
    (folder / "images").mkdir()
    problems = {}
    for index in range(40):
        value = index // 2
        picture = Image.new("RGB", (60 + 20 * value, 50), "white")
        ImageDraw.Draw(picture).text((4, 4), f"apples {value}", fill="black")
        picture.save(folder / "images" / f"{index}.png")
        choices = ["more", "fewer"] if index % 2 else None
        problems[str(index)] = {
            "question": "Are there more than ten?" if choices else "How many apples?",
            "choices": choices,
            "answer": ("more" if value > 10 else "fewer") if choices else str(value % 3),
            "unit": None if choices else "apples",
            "table": f"apples | {value}",
            "row_num": 1 + value % 2,
        }
    (folder / tables_data.PROBLEMS).write_text(json.dumps(problems))
    return folder


def test_no_held_out_table_is_learned_from(data: Path) -> None:
    problems = tables_data.read_problems(data)
    train, held_out = tables_data.split(problems, 7, seed=0)
    assert {p["table"] for p in train}.isdisjoint(p["table"] for p in held_out)
    assert sorted(p["id"] for p in [*train, *held_out]) == sorted(p["id"] for p in problems)
    assert len(held_out) == 8  # the table of the seventh has two problems
    assert tables_data.split(problems, 7, seed=0) == (train, held_out)
    assert tables_data.split(problems, 7, seed=1) != (train, held_out)


def test_rows_hold_question_options_and_answer(data: Path) -> None:
    number, rows, box, choice, *_ = tables_data.make_rows(tables_data.read_problems(data)[:2], data / "images", side=64)
    assert number["prompt"] == [{"role": "user", "content": "How many apples? (unit: apples)"}]
    assert number["completion"] == [{"role": "assistant", "content": "<answer>0</answer>"}]
    assert (number["options"], number["task"], number["solution"]) == ([], "number", "0")
    assert choice["prompt"][0]["content"] == "Are there more than ten? (A) more (B) fewer"
    assert (choice["options"], choice["task"], choice["solution"]) == (["more", "fewer"], "choice", "fewer")
    assert (rows["options"], rows["task"], rows["solution"]) == ([], "rows", "1")
    assert (box["options"], box["task"], box["solution"]) == ([], "box", "[0, 0, 60, 50]")
    assert box["completion"][0]["content"] == "<answer>[0, 0, 60, 50]</answer>"
    assert number["images"] == rows["images"] == box["images"]


@pytest.mark.parametrize(("size", "kept"), [((60, 40), (60, 40)), ((200, 50), (100, 25)), ((50, 400), (12, 100))])
def test_pictures_keep_their_shape_and_are_never_enlarged(size: tuple[int, int], kept: tuple[int, int]) -> None:
    square, told = tables_data.on_a_square(Image.new("RGB", size, "black"), 100)
    assert (square.size, told) == ((100, 100), kept)
    inked = square.convert("L").point(lambda grey: 255 - grey).getbbox()
    assert inked == (0, 0, *kept)


def test_white_pictures_show_nothing(data: Path) -> None:
    rows = tables_data.make_rows(tables_data.read_problems(data)[:3], data / "images", side=32)
    for row in tables_data.without_pictures(rows):
        (picture,) = row["images"]
        assert picture.size == (32, 32)
        assert picture.convert("L").getextrema() == (255, 255)


@pytest.mark.slow
def test_both_stages_and_the_curve(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tables, "HELD_OUT", 8)
    arguments = ["--data", str(data), "--minutes", "0.01", "--folder", str(tmp_path)]
    lines = tables.main(arguments)
    printed = capsys.readouterr().out
    by_name: dict[str, Any] = {line["name"]: line for line in lines}
    points = range(1, tables.POINTS + 1)
    assert list(by_name) == [
        "chance",
        "commonest answer",
        "start",
        *(f"sft {step}" for step in points),
        *(f"grpo {step}" for step in points),
        "sft, white pictures",
        "grpo, white pictures",
    ]
    assert all(name in printed for name in by_name)
    chance = {"total": pytest.approx(0.2 + 0.5 / 6), "format": 1.0, "pick": 0.5, "number": 0.0, "rows": 0.0, "box": 0.0}
    assert by_name["chance"]["greedy"] == chance
    assert by_name["commonest answer"]["greedy"]["format"] == 1.0
    assert all(
        (line["loss"] is not None) == (name in {f"sft {step}" for step in points}) for name, line in by_name.items()
    )
    assert tables.main(arguments) == lines  # everything is there already
