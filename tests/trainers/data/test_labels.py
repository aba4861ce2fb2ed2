"""Columns of classes: rewards compare names, which answers are made of, and not the numbers that are stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datasets import ClassLabel, Dataset, Features, Image, List, Value, load_dataset
from PIL import Image as Pictures

from vlm_rewards.cli import main
from vlm_rewards_trl import METHODS
from vlm_rewards_trl.data.dataset import load
from vlm_rewards_trl.data.mixed import with_names
from vlm_rewards_trl.recipe.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("default")

ANIMALS = ClassLabel(names=["cat", "dog"])
BOX = List(Value("int64"))

COLUMNS: dict[str, tuple[Any, list[Any], list[Any]]] = {
    "alone": (ANIMALS, [0, 1], ["cat", "dog"]),
    "missing": (ANIMALS, [None, -1], [None, None]),
    "list": (List(ANIMALS), [[1, 0], []], [["dog", "cat"], []]),
    "objects": (
        {"bbox": List(BOX), "category": List(ANIMALS)},
        [{"bbox": [[1, 2, 3, 4]], "category": [1]}] * 2,
        [{"bbox": [[1, 2, 3, 4]], "category": ["dog"]}] * 2,
    ),
    "structs": (
        List({"bbox": BOX, "label": ANIMALS}),
        [[{"bbox": [1, 2, 3, 4], "label": 0}], None],
        [[{"bbox": [1, 2, 3, 4], "label": "cat"}], None],
    ),
    "number": (Value("int64"), [0, 1], [0, 1]),
}


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("name", COLUMNS)
def test_names_stand_where_numbers_stood(tmp_path: Path, name: str, *, streaming: bool) -> None:
    kind, stored, read = COLUMNS[name]
    made = Dataset.from_dict({name: stored, "id": [7, 8]}, features=Features({name: kind, "id": Value("int64")}))
    made.to_parquet(tmp_path / "rows.parquet")
    files = str(tmp_path / "rows.parquet")
    rows = list(with_names(load_dataset("parquet", data_files=files, split="train", streaming=streaming)))
    assert [row[name] for row in rows] == read
    assert [row["id"] for row in rows] == [7, 8]


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[str], Path]:
    """A function that writes rows whose solution is a class, of a problem whose picture is one of them."""

    def write(names: str) -> Path:
        columns = {"prompt": ["Which?"] * 8, "solution": [1] * 8, "image": [Pictures.new("RGB", (28, 28))] * 8}
        kinds = {"prompt": Value("string"), "solution": ClassLabel(names=names.split()), "image": Image()}
        Dataset.from_dict(columns, features=Features(kinds)).to_parquet(tmp_path / "rows.parquet")
        return tmp_path / "rows.parquet"

    return write


@pytest.mark.parametrize(
    ("use", "names", "right"),
    [("vqa/exact", "cat dog", "dog"), ("vqa/yes_no", "no yes", "yes"), ("math/answer", "40 17", "17")],
)
def test_a_run_pays_for_the_name(
    recipe: Callable[..., Any], rows: Callable[[str], Path], tmp_path: Path, *, use: str, names: str, right: str
) -> None:
    made = recipe(dataset={"path": "parquet", "data_files": str(rows(names))})
    (tmp_path / "rewards.yaml").write_text(f"version: 1\nrewards: {{answer: {{use: {use}}}}}\n")
    trainer: Any = METHODS["grpo"](Recipe.read(made))
    row = load(Recipe.read(made))[0]
    answers = [[{"role": "assistant", "content": f"<answer>{text}</answer>"}] for text in (right, "1")]
    (function,) = trainer.reward_funcs
    assert function([row["prompt"]] * 2, answers, solution=[row["solution"]] * 2) == [1.0, 0.0]


def test_check_says_which_columns_are_compared_by_name(
    rows: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    path = tmp_path / "rewards.yaml"
    path.write_text("version: 1\nrewards: {yes: {use: vqa/yes_no}, free: {use: format/tag_count}}\n")
    result = CliRunner().invoke(main, ["check", str(path), "--data", str(rows("no yes"))])
    assert result.exit_code == 0
    assert "rewards.yes column 'solution' holds numbers of classes" in result.stdout
    assert "rewards.free" not in result.stdout
    unread = CliRunner().invoke(main, ["check", str(path), "--data", str(rows("maybe perhaps"))])
    assert unread.exit_code == 1
    assert "8 of 8 rows (0, 1, 2, 3, 4, 5, 6, 7): vqa/yes_no cannot use their values" in unread.stdout
