"""Models side by side on held-out rows: greedy and sampled answers, their rewards, and how sure the difference is."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards import Batch, ScoredRow, Scorer
from vlm_rewards.data.scored import last_turn
from vlm_rewards.report import AnsweredRow, Summary, summarise
from vlm_rewards.report.console import cell, table_of
from vlm_rewards.types.batch import read_completions
from vlm_rewards_trl.evaluation.overall import Overall
from vlm_rewards_trl.generation import Sampler
from vlm_rewards_trl.reward.context import context_from
from vlm_rewards_trl.reward.success import Success

if TYPE_CHECKING:
    from datasets import Dataset
    from rich.console import Console

#: Schedules count with their last weight.
_LAST_STEP = sys.maxsize

#: What an answer earns where there are no rewards.
_UNSCORED = ScoredRow(row=0, total=None, terms={})


@dataclass(frozen=True, slots=True)
class Settings:
    """How the models answer.

    Args:
        max_tokens: Where an answer is cut, in tokens.
        samples: Sampled answers per prompt, beside the greedy one.
        temperature: Of the samples.
        batch_size: Answers that are written at a time.
        seed: Seed of the samples.
        success: The term whose answers count as right, and from which score on; the whole total by default.
    """

    max_tokens: int
    samples: int = 1
    temperature: float = 1.0
    batch_size: int = 64
    seed: int = 0
    success: tuple[str, float | None] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The held-out results of several models.

    Args:
        rows: Every answer of every model.
        seed: Seed of the intervals.
    """

    rows: Sequence[AnsweredRow]
    seed: int = 0

    @property
    def summary(self) -> Summary:
        """Means, intervals, pass@k and differences to the first model."""
        return summarise(self.rows, seed=self.seed)

    def print(self, console: Console, *, examples: int = 6) -> None:
        """Print the table of mean rewards and some greedy answers side by side.

        Args:
            console: Where to.
            examples: How many prompts to show.
        """
        from rich.table import Table

        summary = self.summary
        prompts = len({row.row for row in self.rows})
        if any(row.total is not None for row in self.rows):  # else there were no rewards
            console.print(f"\n[bold]Mean rewards on {prompts} held-out rows[/bold], with 95 % intervals\n")
            console.print(table_of(summary))
        side = Table(title="Answers side by side (greedy)", show_lines=True)
        for heading in ("prompt", "solution", *map(cell, summary.models)):
            side.add_column(heading, overflow="fold")
        greedy = {(row.row, row.model): row for row in self.rows if row.mode == "greedy"}
        for number in sorted({row for row, _ in greedy})[:examples]:
            given = [greedy[number, model] for model in summary.models]
            cells = (f"{cell(row.completion or '')}{_reward(row)}" for row in given)
            side.add_row(cell(given[0].prompt or ""), cell(str(given[0].solution)), *cells)
        console.print(side)


def compare(
    models: Mapping[str, str | Path], dataset: Dataset, scorer: Scorer, *, max_tokens: int, seed: int = 0
) -> Comparison:
    """Let models answer held-out rows, greedily and at temperature 1, and score the answers.

    Args:
        models: Folder or hub name of each model, by the name to print.
        dataset: Held-out rows with `prompt`, images and the columns that the rewards read.
        scorer: The rewards.
        max_tokens: Where an answer is cut, in tokens.
        seed: Seed of the samples.
    """
    return Comparison(list(answered(models, dataset, scorer, Settings(max_tokens=max_tokens, seed=seed))), seed)


def answered(
    models: Mapping[str, str | Path],
    dataset: Dataset,
    scorer: Scorer | None,
    settings: Settings,
    *,
    processor: Mapping[str, Any] | None = None,
    overall: Overall | None = None,
) -> Iterator[AnsweredRow]:
    """Every answer of every model as soon as it is there, with its rewards if any; greedy ones go to `overall` too."""
    from tqdm.auto import tqdm
    from transformers import AutoProcessor

    right = None if scorer is None else Success(scorer, settings.success)
    for model, path in models.items():
        read = AutoProcessor.from_pretrained(path, padding_side="left", **(processor or {}))
        sampler = Sampler(path, processor=read, batch_size=settings.batch_size)
        context = replace(
            context_from(read, marks=None if scorer is None else scorer.marks),
            step=_LAST_STEP,
            max_completion_tokens=settings.max_tokens,
        )
        for start in tqdm(range(0, len(dataset), settings.batch_size), desc=model, unit="batch"):
            rows = [dataset[index] for index in range(start, min(start + settings.batch_size, len(dataset)))]
            for mode, k, temperature in (("greedy", 1, 0.0), ("sampled", settings.samples, settings.temperature)):
                if k == 0:
                    continue
                repeated = [row for row in rows for _ in range(k)]
                columns = {name: [row[name] for row in repeated] for name in rows[0]}
                how = {"max_tokens": settings.max_tokens, "temperature": temperature, "seed": settings.seed + start}
                answers = [answer for batch in sampler.write(rows, k=k, **how) for answer in batch]
                written = read_completions(
                    [answer.text for answer in answers],
                    (),
                    context,
                    ids=[answer.token_ids for answer in answers],
                    decode=lambda ids, read=read: str(read.decode(ids, skip_special_tokens=False)),
                )
                batch = Batch(written, columns, replace(context, group_size=k))
                scored = None if scorer is None else scorer.score(batch)
                terms = {} if scored is None else scored.terms
                if overall is not None and mode == "greedy":
                    overall.add(model, batch)
                for place, row in enumerate([_UNSCORED] * len(written) if scored is None else scored.rows()):
                    yield AnsweredRow(
                        row=start + place // k,
                        total=row.total,
                        terms=row.terms,
                        model=model,
                        mode=mode,
                        sample=place % k,
                        prompt=last_turn(repeated[place]["prompt"]),
                        solution=repeated[place].get("solution"),
                        completion=written[place].text,
                        values={name: term.values[place] for name, term in terms.items()},
                        success=right and right.of(row),
                    )


def _reward(row: AnsweredRow) -> str:
    if not row.terms:  # there were no rewards
        return ""
    return f"\n[dim]reward {'none' if row.total is None else f'{row.total:.3f}'}[/dim]"
