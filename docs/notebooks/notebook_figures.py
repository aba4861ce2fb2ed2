"""What the notebooks share: where their files are, and their figures."""

from __future__ import annotations

import json
import os
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import Dataset
    from matplotlib.axes import Axes
    from PIL.Image import Image
    from rich.console import Console

    from vlm_rewards.report import AnsweredRow
    from vlm_rewards_trl import Comparison

__all__ = ["RUNS", "answers", "boxes", "console", "curves", "images", "quiet"]

#: Everything that the notebooks make, seen from their folder; delete it to begin anew.
RUNS = Path("../../runs/notebooks")

# An image of 24 pixels is too small to see, and a box on it too coarse to draw.
_ZOOM = 5


def quiet() -> None:
    """Leave progress bars out of the notebook. Call it before anything imports torch."""
    os.environ.setdefault("TQDM_DISABLE", "1")
    # Threads that wait by spinning make small models many times slower on a machine that does anything else.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    warnings.filterwarnings("ignore", message="IProgress not found")
    # TRL still asks by the old name.
    warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")


def console(width: int = 110) -> Console:
    """Plain text, of a width that fits below a cell."""
    from rich.console import Console

    return Console(width=width, force_jupyter=False, color_system=None)


def curves(run: str, panels: Mapping[str, Sequence[str]]) -> None:
    """Plot what a run logged.

    Args:
        run: Name of the run's folder; the log is in its checkpoint.
        panels: The names of the log that go into each panel, by its title.
    """
    import matplotlib.pyplot as plt

    states = (RUNS / run).glob("checkpoint-*/trainer_state.json")
    last = max(states, key=lambda path: int(path.parent.name.rpartition("-")[2]))
    log = json.loads(last.read_text())["log_history"]
    _, axes = plt.subplots(1, len(panels), figsize=(4.6 * len(panels), 2.8), dpi=80, squeeze=False)
    for axis, (title, names) in zip(axes[0], panels.items(), strict=True):
        for name in names:
            points = [(entry["step"], entry[name]) for entry in log if name in entry]
            axis.plot(*zip(*points, strict=True), label=name)
        axis.set(title=title, xlabel="step")
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    plt.tight_layout()
    plt.show()


def images(dataset: Dataset, titles: Sequence[str]) -> None:
    """Show the first images of a dataset with a title above each."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, len(titles), figsize=(2.4 * len(titles), 2.6), dpi=80)
    for axis, row, title in zip(axes, dataset, titles, strict=False):
        _show(axis, _zoomed(row), title)
    plt.tight_layout()
    plt.show()


def boxes(comparison: Comparison, dataset: Dataset, *, columns: int = 8) -> None:
    """Draw the sampled answers of every model to the first box questions: predicted boxes in orange, reference in blue.

    Args:
        comparison: The models' answers.
        dataset: The rows that they answered.
        columns: How many questions.
    """
    import matplotlib.pyplot as plt

    asked = [place for place, task in enumerate(dataset["task"]) if task == "box"][:columns]
    given = {(row.model, row.row): row for row in comparison.rows if row.mode == "sampled"}
    models = list(dict.fromkeys(row.model for row in comparison.rows))
    _, axes = plt.subplots(len(models), columns, figsize=(1.35 * columns, 1.75 * len(models)), dpi=80, squeeze=False)
    for model, line in zip(models, axes, strict=True):
        for axis, place in zip(line, asked, strict=True):
            answer = given[model, place]
            _show(axis, _drawn(dataset[place], answer), f"{model}: {answer.total or 0:.2f}")
    plt.tight_layout()
    plt.show()


def answers(comparison: Comparison, dataset: Dataset, *, questions: int = 6) -> None:
    """Show the first pictures of a dataset, and beside each the greedy answers of all models to the same question.

    Args:
        comparison: The models' answers; above each column stands the model's mean reward with its 95 % interval.
        dataset: The rows that they answered.
        questions: How many questions.
    """
    import matplotlib.pyplot as plt

    summary = comparison.summary
    given = {(row.model, row.row): row for row in comparison.rows if row.mode == "greedy"}
    size = (1.95 * (len(summary.models) + 1), 1.45 * questions + 0.5)
    _, axes = plt.subplots(questions, len(summary.models) + 1, figsize=size, dpi=80, squeeze=False)
    for place, line in enumerate(axes):
        question = given[summary.models[0], place].prompt or ""
        _show(line[0], _zoomed(dataset[place]), textwrap.fill(question, 24))
        for model, axis in zip(summary.models, line[1:], strict=True):
            answer = given[model, place]
            # An untrained model writes what no font has.
            said = "".join(char if " " <= char <= "~" else "·" for char in answer.completion or "")
            earned = answer.total or 0.0
            axis.axis("off")
            axis.text(0, 1, textwrap.fill(said, 22), fontsize=7, family="monospace", va="top", parse_math=False)
            axis.text(0, 0, f"{earned:.2f}", fontsize=9, weight="bold", color="tab:green" if earned > 1 else "tab:red")
    for model, axis in zip(summary.models, axes[0, 1:], strict=True):
        mean = summary.of(model, "greedy").total
        assert mean is not None
        axis.set_title(f"{model}\n{mean.mean:.2f} [{mean.low:.2f}, {mean.high:.2f}]", fontsize=9, loc="left")
    plt.tight_layout()
    plt.show()


def _drawn(row: Mapping[str, Any], answer: AnsweredRow) -> Image:
    from vlm_rewards_grounding import draw, parse_boxes

    predicted = parse_boxes(answer.completion or "", format="pixels", image_size=row["images"][0].size)
    reference = json.loads(row["solution"])
    zoomed = [tuple(side * _ZOOM for side in box) for box in (reference, *predicted)]
    return draw(_zoomed(row), zoomed[1:], references=zoomed[:1], legend=False)


def _zoomed(row: Mapping[str, Any]) -> Image:
    image: Image = row["images"][0]
    return image.resize((image.width * _ZOOM, image.height * _ZOOM), resample=0)


def _show(axis: Axes, image: Image, title: str) -> None:
    axis.imshow(image)
    axis.set_title(title, fontsize=8)
    axis.axis("off")
