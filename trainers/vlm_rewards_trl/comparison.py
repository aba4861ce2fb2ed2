"""Models side by side on held-out rows: mean rewards, greedy and sampled, and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vlm_rewards import Batch, Completion, ScoredBatch, Scorer
from vlm_rewards_trl.facts import context_from
from vlm_rewards_trl.sampling import answers

if TYPE_CHECKING:
    from datasets import Dataset
    from rich.console import Console

__all__ = ["Comparison", "compare"]

MODES = {"greedy": 0.0, "sampled": 1.0}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The held-out results of several models.

    Args:
        dataset: The rows.
        answers: Per model and mode, the answer to each row.
        scored: Per model and mode, the answers' rewards.
    """

    dataset: Dataset
    answers: Mapping[tuple[str, str], list[str]]
    scored: Mapping[tuple[str, str], ScoredBatch]

    @property
    def models(self) -> list[str]:
        """Names of the models, in the order given."""
        return list(dict.fromkeys(model for model, _ in self.scored))

    def print(self, console: Console, *, examples: int = 6) -> None:
        """Print the table of mean rewards and some answers side by side.

        Args:
            console: Where to.
            examples: How many rows to show.
        """
        from rich.markup import escape
        from rich.table import Table

        table = Table(title=f"Mean reward on {len(self.dataset)} held-out rows")
        table.add_column("reward")
        for mode in MODES:
            for model in self.models:
                table.add_column(f"{model}\n{mode}", justify="right")
        columns = [self.scored[model, mode] for mode in MODES for model in self.models]
        for name in columns[0].terms:
            table.add_row(name, *(_number(scored.terms[name].mean) for scored in columns))
        table.add_section()
        table.add_row("total", *(f"[bold]{_number(scored.mean)}[/bold]" for scored in columns))
        console.print(table)
        side = Table(title="Answers side by side (greedy)", show_lines=True)
        for heading in ("prompt", "solution", *self.models):
            side.add_column(heading, overflow="fold")
        for row in range(min(examples, len(self.dataset))):
            given = (
                f"{escape(self.answers[model, 'greedy'][row])}\n"
                f"[dim]reward {_number(self.scored[model, 'greedy'].totals[row])}[/dim]"
                for model in self.models
            )
            record = self.dataset[row]
            side.add_row(escape(record["prompt"][-1]["content"]), escape(str(record["solution"])), *given)
        console.print(side)


def compare(
    models: Mapping[str, str | Path], dataset: Dataset, scorer: Scorer, *, max_tokens: int, seed: int = 0
) -> Comparison:
    """Let models answer held-out rows, greedily and at temperature 1, and score the answers.

    Args:
        models: Folder or hub name of each model, by the name to print.
        dataset: Held-out rows with `prompt`, pictures and the columns that the rewards read.
        scorer: The rewards.
        max_tokens: Where an answer is cut, in tokens.
        seed: Seed of the samples.
    """
    from transformers import AutoProcessor

    columns = {name: list(dataset[name]) for name in dataset.column_names if name not in {"images", "image", "prompt"}}
    columns |= {name: list(dataset[name]) for name in ("images", "image") if name in dataset.column_names}
    written: dict[tuple[str, str], list[str]] = {}
    scored: dict[tuple[str, str], ScoredBatch] = {}
    for model, path in models.items():
        context = context_from(AutoProcessor.from_pretrained(path))
        for mode, temperature in MODES.items():
            given = answers(path, dataset, temperature=temperature, max_tokens=max_tokens, seed=seed)
            written[model, mode] = given
            completions = [Completion.of(answer, starts_in_reasoning=context.reasoning_prefilled) for answer in given]
            scored[model, mode] = scorer.score(Batch(completions, columns, context))
    return Comparison(dataset, written, scored)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
