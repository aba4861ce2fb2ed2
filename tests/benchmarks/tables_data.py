"""Problems of TabMWP as rows for training: the picture of the table, the question as text, answer, options.

Beside its problem every picture gets two questions about what can be seen without reading: how many rows the table has,
and where it is on the square.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import Dataset
    from PIL.Image import Image

#: A problem as the file has it, and its `id`.
Problem = Mapping[str, Any]

PROBLEMS = "problems_dev1k.json"
LETTERS = "ABCDEFGH"


def read_problems(data: Path) -> list[Problem]:
    """Every problem of a folder with the file of problems and `images/ID.png`."""
    problems = json.loads((data / PROBLEMS).read_text())
    return [{"id": name, **problem} for name, problem in problems.items()]


def split(problems: Sequence[Problem], held_out: int, seed: int) -> tuple[list[Problem], list[Problem]]:
    """Problems to learn from, and about `held_out` others, none of them about a table that is learned from."""
    tables = sorted({problem["table"] for problem in problems})
    random.Random(seed).shuffle(tables)
    order = {table: place for place, table in enumerate(tables)}
    ordered = sorted(problems, key=lambda problem: order[problem["table"]])
    first = order[ordered[-held_out]["table"]]
    train = [problem for problem in ordered if order[problem["table"]] < first]
    return train, ordered[len(train) :]


def make_rows(problems: Sequence[Problem], images: Path, side: int) -> Dataset:
    """Demonstrations, prompts and references in one dataset: every trainer takes the columns that it knows.

    Args:
        problems: The problems.
        images: Folder of the pictures.
        side: Side of the square that pictures are put on, in pixels.
    """
    from datasets import Dataset, Features, List, Value
    from datasets import Image as ImageFeature

    turns = List({"role": Value("string"), "content": Value("string")})
    features = Features(
        {
            "prompt": turns,
            "completion": turns,
            "images": List(ImageFeature()),
            "solution": Value("string"),
            "options": List(Value("string")),
            "task": Value("string"),
        }
    )
    rows = [row for problem in problems for row in _rows(problem, images, side)]
    return Dataset.from_list(rows, features=features)


def question_of(problem: Problem) -> str:
    """The question, with its unit or its options."""
    options = " ".join(f"({LETTERS[at]}) {option}" for at, option in enumerate(problem["choices"] or ()))
    unit = f"(unit: {problem['unit']})" if problem["unit"] else ""
    return " ".join(part for part in (problem["question"], unit, options) if part)


def write_answer(answer: str) -> str:
    """An answer in the form that earns the format reward."""
    return f"<answer>{answer}</answer>"


def on_a_square(picture: Image, side: int) -> tuple[Image, tuple[int, int]]:
    """A picture in the top left of a white square, shrunk only where it is larger: text keeps its size and shape.

    Returns:
        The square, and width and height of the picture on it, in pixels.
    """
    from PIL import Image

    square = Image.new("RGB", (side, side), "white")
    small = picture.convert("RGB")
    small.thumbnail((side, side))
    square.paste(small, (0, 0))
    return square, small.size


def without_pictures(rows: Dataset) -> Dataset:
    """The same rows with white pictures: what a model answers without looking."""
    from PIL import Image

    def whiten(row: dict[str, Any]) -> dict[str, Any]:
        return {"images": [Image.new("RGB", picture.size, "white") for picture in row["images"]]}

    return rows.map(whiten, desc="white pictures")


def _rows(problem: Problem, images: Path, side: int) -> list[dict[str, Any]]:
    from PIL import Image

    with Image.open(images / f"{problem['id']}.png") as picture:
        square, (width, height) = on_a_square(picture, side)
    task = "choice" if problem["choices"] else "number"
    return [
        _row(task, question_of(problem), problem["answer"], square, problem["choices"]),
        _row("rows", "How many rows does the table have?", str(problem["row_num"]), square),
        _row("box", "Where is the table?", json.dumps([0, 0, width, height]), square),
    ]


def _row(task: str, question: str, answer: str, picture: Image, options: Sequence[str] | None = None) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": question}],
        "completion": [{"role": "assistant", "content": write_answer(answer)}],
        "images": [picture],
        "solution": answer,
        "options": list(options or ()),
        "task": task,
    }
