"""Data sets of digit images: prompts for reinforcement learning and flawed demonstrations to start from."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards_trl.digits.images import Split, draw_image
from vlm_rewards_trl.digits.tasks import (
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

if TYPE_CHECKING:
    from datasets import Dataset


__all__ = ["make_demonstrations", "make_prompts", "write_data"]


def make_prompts(split: Split, n: int, *, tasks: Sequence[Task] = TASKS, seed: int = 0) -> Dataset:
    """Prompts with solutions, as TRL's online trainers take them.

    The columns are `prompt` (one user turn with the question as plain text; TRL inserts the image), `images` (a list of
    one 24 x 24 image), `solution` (a number such as "7", or a JSON box [x1, y1, x2, y2] in pixels) and `task`.

    Args:
        split: "train" or "test"; no scan is in both.
        n: Number of rows; the tasks take turns.
        tasks: Kinds of questions.
        seed: Seed of the questions and the images.
    """
    return _make_rows(
        split,
        n,
        tasks,
        f"prompts {split} {seed}",
        extra={"solution": "string"},
        fields=lambda question, _: {"solution": question.solution},
    )


def make_demonstrations(
    n: int,
    *,
    tasks: Sequence[Task] = TASKS,
    slip_rate: float = 0.6,
    slip_main: float = 0.8,
    wrong_rate: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Demonstrations for supervised fine-tuning, on purpose not all good ones.

    A model that learns them knows the tasks but answers in the wrong form or with a wrong value part of the time:
    what reinforcement learning then has to repair. Slips and wrong values are drawn independently. The columns are
    `prompt` and `completion` (conversational, one turn each), `images` (a list of one 24 x 24 image) and `task`.

    Args:
        n: Number of rows; the tasks take turns. Images are of the training split.
        tasks: Kinds of questions.
        slip_rate: Share of the rows with a format slip, 0..1.
        slip_main: Share of the slips that are of the main kind, 0..1. Where the main slip is more frequent than the
            right form, greedy decoding slips as well.
        wrong_rate: Share of the rows with a wrong value, 0..1.
        seed: Seed of everything.
    """

    def fields(question: Question, rng: random.Random) -> dict[str, Any]:
        wrong, slip, main = (rng.random() < rate for rate in (wrong_rate, slip_rate, slip_main))
        value = wrong_solution(question, rng) if wrong else question.solution
        form = (MAIN_SLIP if main else rng.choice(OTHER_SLIPS)) if slip else None
        return {"completion": [{"role": "assistant", "content": write_answer(question, value, form)}]}

    turns = [{"role": "string", "content": "string"}]
    return _make_rows("train", n, tasks, f"demonstrations {seed}", extra={"completion": turns}, fields=fields)


def write_data(
    folder: str | Path,
    *,
    tasks: Sequence[Task] = TASKS,
    n_sft: int = 19_200,
    n_train: int = 2_000,
    n_test: int = 300,
    slip_rate: float = 0.6,
    slip_main: float = 0.8,
    wrong_rate: float = 0.2,
    seed: int = 0,
) -> dict[str, Path]:
    """Write demonstrations ("sft"), training prompts ("train") and test prompts ("test"); the files by name.

    They are parquet files with the images inside; `datasets.load_dataset("parquet", data_files=...)` restores them.

    Args:
        folder: Folder to write into; made if absent.
        tasks: Kinds of questions.
        n_sft: Rows of demonstrations.
        n_train: Rows of training prompts.
        n_test: Rows of test prompts.
        slip_rate: See `make_demonstrations`.
        slip_main: See `make_demonstrations`.
        wrong_rate: See `make_demonstrations`.
        seed: Seed of all three.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rates = {"slip_rate": slip_rate, "slip_main": slip_main, "wrong_rate": wrong_rate}
    made = {
        "sft": make_demonstrations(n_sft, tasks=tasks, seed=seed, **rates),
        "train": make_prompts("train", n_train, tasks=tasks, seed=seed),
        "test": make_prompts("test", n_test, tasks=tasks, seed=seed),
    }
    paths = {name: folder / f"{name}.parquet" for name in made}
    for name, dataset in made.items():
        dataset.to_parquet(paths[name])
    return paths


def _make_rows(
    split: Split,
    n: int,
    tasks: Sequence[Task],
    seed: str,
    *,
    extra: dict[str, Any],
    fields: Callable[[Question, random.Random], dict[str, Any]],
) -> Dataset:
    """Rows with `prompt`, `images`, `task` and further columns.

    Args:
        split: Split of the scans.
        n: Number of rows.
        tasks: Kinds of questions, taking turns.
        seed: Seed; a text, so that equal seeds of different data sets do not give the same images.
        extra: Types of the further columns: a dtype, or a nesting of dtypes.
        fields: Gives the further columns of one row.
    """
    from datasets import Dataset, Features, Image, List, Value

    def feature(kind: Any) -> Any:
        if isinstance(kind, list):
            return List(feature(kind[0]))
        return {key: feature(k) for key, k in kind.items()} if isinstance(kind, dict) else Value(kind)

    # Tasks take turns instead of being drawn, for equal numbers; trainers shuffle the rows anyway.
    rng = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for index in range(n):
        question = draw_question(tasks[index % len(tasks)], rng)
        rows.append(
            {
                "prompt": [{"role": "user", "content": QUESTIONS[question.task]}],
                "images": [draw_image(question.digits, question.cells, split, rng)],
                "task": question.task,
                **fields(question, rng),
            }
        )
    kinds = {"prompt": [{"role": "string", "content": "string"}], "task": "string", **extra}
    features = Features({"images": List(Image()), **{name: feature(kind) for name, kind in kinds.items()}})
    return Dataset.from_dict({name: [row[name] for row in rows] for name in features}, features=features)
