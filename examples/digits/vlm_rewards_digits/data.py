"""Data sets of digit images: prompts for reinforcement learning and flawed demonstrations to start from."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vlm_rewards_digits.images import Split, draw_image
from vlm_rewards_digits.tasks import (
    MAIN_SLIP,
    OTHER_SLIPS,
    QUESTIONS,
    TASKS,
    Question,
    Task,
    draw_question,
    write_answer,
    wrong_solution,
)

#: Shares of the demonstrations with a wrong value and with a slip, and of the slips that are of the main kind. Where
#: the main slip is more frequent than the right form, greedy decoding slips as well.
_WRONG, _SLIP, _MAIN = 0.2, 0.6, 0.8

_Fields = Callable[[Question, random.Random], dict[str, Any]]


def write_data(
    folder: str | Path,
    *,
    tasks: Sequence[Task] = TASKS,
    n_sft: int = 19_200,
    n_train: int = 2_000,
    n_test: int = 300,
    seed: int = 0,
) -> dict[str, Path]:
    """Write demonstrations ("sft"), training prompts ("train") and test prompts ("test"); the files by name.

    They are parquet files with the images inside; `datasets.load_dataset("parquet", data_files=...)` restores them. The
    columns are `prompt` (one user turn with the question as plain text; TRL inserts the image), `images` (a list of one
    24 x 24 image), `task`, and of prompts `solution` (a number such as "7", or a JSON box [x1, y1, x2, y2] in pixels),
    of demonstrations `completion` (one turn). No scan is in both training and test images.

    The demonstrations are on purpose not all good ones. A model that learns them knows the tasks but answers in the
    wrong form or with a wrong value part of the time: what reinforcement learning then has to repair.

    Args:
        folder: Folder to write into; made if absent.
        tasks: Kinds of questions; they take turns.
        n_sft: Rows of demonstrations.
        n_train: Rows of training prompts.
        n_test: Rows of test prompts.
        seed: Seed of all three.
    """
    from datasets import Dataset

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "sft": _rows("train", n_sft, tasks, f"demonstrations {seed}", _demonstration),
        "train": _rows("train", n_train, tasks, f"prompts train {seed}", _solution),
        "test": _rows("test", n_test, tasks, f"prompts test {seed}", _solution),
    }
    paths = {name: folder / f"{name}.parquet" for name in made}
    for name, rows in made.items():
        Dataset.from_list(rows).to_parquet(paths[name])
    return paths


def _rows(split: Split, n: int, tasks: Sequence[Task], seed: str, fields: _Fields) -> list[dict[str, Any]]:
    """Rows with further fields. The seed is a text, so that sets of equal seeds do not have the same images."""
    # Tasks take turns instead of being drawn, for equal numbers; trainers shuffle the rows anyway.
    rng = random.Random(seed)
    questions = (draw_question(tasks[index % len(tasks)], rng) for index in range(n))
    return [
        {
            "images": [draw_image(question.digits, question.cells, split, rng)],
            "prompt": [{"role": "user", "content": QUESTIONS[question.task]}],
            "task": question.task,
            **fields(question, rng),
        }
        for question in questions
    ]


def _solution(question: Question, _: random.Random) -> dict[str, Any]:
    return {"solution": question.solution}


def _demonstration(question: Question, rng: random.Random) -> dict[str, Any]:
    """An answer; slips and wrong values are drawn independently."""
    wrong, slip, main = (rng.random() < rate for rate in (_WRONG, _SLIP, _MAIN))
    value = wrong_solution(question, rng) if wrong else question.solution
    form = (MAIN_SLIP if main else rng.choice(OTHER_SLIPS)) if slip else None
    return {"completion": [{"role": "assistant", "content": write_answer(question, value, form)}]}
