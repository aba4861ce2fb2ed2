"""Tasks on digit images: the question, the solution, and how a demonstration answers, well or badly."""

from __future__ import annotations

import dataclasses
import json
import random
from typing import Literal, get_args

from vlm_rewards_digits.images import CELL_SIDE, CELLS, GRID_SIDE, IMAGE_SIDE, cell_box

#: A kind of question; the solution is a number for "sum" and "count", a box in pixels for "box".
Task = Literal["sum", "count", "box"]

#: All tasks, in the order in which they take turns.
TASKS: tuple[Task, ...] = get_args(Task)

QUESTIONS: dict[Task, str] = {
    "sum": "What is the sum of the two digits?",
    "count": "How many digits are there?",
    "box": "Where is the digit? Give its box in pixels.",
}

_COUNT_MAX = CELLS
_SUM_MAX = 18


@dataclasses.dataclass(frozen=True)
class Question:
    """One question about an image with digits (0..9) in cells (0..8), and the short reasoning to its solution."""

    task: Task
    digits: tuple[int, ...]
    cells: tuple[int, ...]
    reasoning: str
    solution: str  # a number such as "7", or a JSON box in pixels such as "[8, 0, 16, 8]"


def draw_question(task: Task, rng: random.Random) -> Question:
    """A random question of a task. Raises ValueError when there is no such task."""
    if task not in TASKS:
        raise ValueError(f"task is {task!r}, not one of {TASKS}")
    number = {"sum": 2, "count": rng.randint(1, _COUNT_MAX), "box": 1}[task]
    cells = tuple(sorted(rng.sample(range(CELLS), number)))
    digits = tuple(rng.randrange(10) for _ in cells)
    # The reasoning states what has to be seen, digit by digit, and does the arithmetic: without either, a model this
    # small did not learn to read or to add in the minutes that it has.
    if task == "sum":
        solution = str(sum(digits))
        reasoning = f"{digits[0]}+{digits[1]}={solution}"
    elif task == "count":
        seen = {cell: str(digit) for cell, digit in zip(cells, digits, strict=True)}
        solution = str(number)
        reasoning = "".join(seen.get(cell, ".") for cell in range(CELLS)) + f"={solution}"
    else:
        row, column = divmod(cells[0], GRID_SIDE)
        reasoning, solution = f"{digits[0]}: row {row}, column {column}", json.dumps(cell_box(cells[0]))
    return Question(task, digits, cells, reasoning, solution)


def wrong_solution(question: Question, rng: random.Random) -> str:
    """A random wrong answer in the form of a right one: another number, or the box moved by half a cell (IoU 1/3)."""
    if question.task == "box":
        box = json.loads(question.solution)
        half = CELL_SIDE // 2
        moves = [(axis, step) for axis in (0, 1) for step in (-half, half)]
        fitting = [(a, s) for a, s in moves if box[a] + s >= 0 and box[a + 2] + s <= IMAGE_SIDE]
        axis, step = rng.choice(fitting)
        box[axis] += step
        box[axis + 2] += step
        return json.dumps(box)
    low, high = (0, _SUM_MAX) if question.task == "sum" else (1, _COUNT_MAX)
    return str(rng.choice([value for value in range(low, high + 1) if str(value) != question.solution]))


#: The common format slip: the reasoning is never closed.
MAIN_SLIP = "<think>{think}<answer>{answer}</answer>"

#: The rare format slips. They all leave the right form before the main slip does. Were they to leave it later, they
#: would stand with the right form where the main slip leaves it, and greedy decoding of a model that learned the
#: mixture would not slip.
OTHER_SLIPS: tuple[str, ...] = (
    "{think}</think><answer>{answer}</answer>",
    "<answer>{answer}</answer>",
    "Well: <think>{think}</think><answer>{answer}</answer>",
)


def write_answer(question: Question, value: str, form: str | None = None) -> str:
    r"""An answer such as `<think>3+4=7</think><answer>\boxed{7}</answer>`; a form is a slip, None the right one."""
    answer = f'{{"bbox_2d": {value}}}' if question.task == "box" else f"\\boxed{{{value}}}"
    return (form or "<think>{think}</think><answer>{answer}</answer>").format(think=question.reasoning, answer=answer)


def sample_texts() -> list[str]:
    """Questions and right answers that the tokenizer learns its vocabulary from, the same on every call."""
    rng = random.Random(0)
    drawn = [draw_question(task, rng) for task in TASKS for _ in range(100)]
    return [text for q in drawn for text in (QUESTIONS[q.task], write_answer(q, q.solution))]
