"""`vlm-rewards check CONFIG`: find what would make a run fail, or learn the wrong thing, before it starts."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding

from vlm_rewards import load_scorer
from vlm_rewards.loading.load import read_marks
from vlm_rewards.preflight import Finding, Severity, check_groups, check_layout, check_observers, check_options, examine
from vlm_rewards.report.console import cell
from vlm_rewards_trl.checks.dataset import check_rows
from vlm_rewards_trl.checks.loading import Columns, check_classes, check_model, read_dataset, read_file, read_processor
from vlm_rewards_trl.reward.context import context_from

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COUNT = click.IntRange(min=1)
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


@click.command()
@click.argument("config", type=_FILE)
@click.option("--data", type=_FILE, help="The dataset as a JSON Lines (.jsonl), parquet, csv or json file.")
@click.option("--dataset", metavar="NAME", help="The dataset as a name on the hub, or a folder.")
@click.option("--dataset-config", metavar="NAME", help="Configuration of --dataset.")
@click.option("--split", default="train", show_default=True, help="Split of --dataset.")
@click.option("--model", metavar="NAME_OR_PATH", help="The model to train; only its processor is loaded.")
@click.option("--num-generations", type=_COUNT, help="Completions per prompt.")
@click.option("--rows-per-rank", type=_COUNT, help="Completions that one process scores at once.")
@click.option("--limit", type=_COUNT, help="Look at the first rows only.")
def command(*, config: Path, **options: Any) -> None:
    """Check the rewards file CONFIG alone, against a dataset, and against a model.

    Rows are counted from 0. The exit code is 1 when there is an error.
    """
    asked = SimpleNamespace(**options)
    if asked.data is not None and asked.dataset is not None:
        raise click.UsageError("--data and --dataset are two sources of rows; give one.")
    if asked.rows_per_rank is not None and asked.num_generations is None:
        raise click.UsageError("--rows-per-rank needs --num-generations.")
    try:
        findings = list(_findings(config, asked))
    except ImportError as error:
        raise click.ClickException(f"{error}. This check needs the extra: pip install 'vlm-rewards[trl]'.") from error
    console = Console()
    _tell(findings, console)
    counts = Counter(finding.severity for finding in findings)
    told = [(counts[severity], severity) for severity in (Severity.ERROR, Severity.WARNING)]
    if faults := [f"{count} {noun}" + ("" if count == 1 else "s") for count, noun in told if count]:
        console.print(", ".join(faults), highlight=False)
    else:
        checked = ", ".join(str(part) for part in (config, asked.data or asked.dataset, asked.model) if part)
        console.print(f"OK: {checked}", markup=False, highlight=False, soft_wrap=True)
    if counts[Severity.ERROR]:
        raise SystemExit(1)


def _findings(config: Path, asked: SimpleNamespace) -> Iterator[Finding]:
    processor = None if asked.model is None else read_processor(asked.model)
    context = None if processor is None else context_from(processor, marks=read_marks(config))
    with load_scorer(config, context=context) as scorer:
        yield from check_observers(scorer.watching)
        if context is None:
            yield from check_options(scorer.terms)
        columns = _columns(asked)
        if columns is not None:
            base = asked.data and asked.data.parent
            yield from check_classes(scorer.terms, columns)
            yield from examine(scorer, columns, context=context, base=base, is_whole=asked.limit is None)
            yield from check_rows(columns, base)
        if columns and asked.num_generations is None:
            yield from check_groups(scorer.terms, columns)
        if asked.rows_per_rank is not None:
            sizes = {"num_generations": asked.num_generations, "rows_per_rank": asked.rows_per_rank}
            yield from check_layout(scorer.terms, **sizes)
        if context is not None:
            yield from check_model(scorer.terms, processor, context)


def _columns(asked: SimpleNamespace) -> Columns | None:
    if asked.data is not None:
        return read_file(asked.data, limit=asked.limit)
    if asked.dataset is None:
        return None
    return read_dataset(asked.dataset, asked.dataset_config, split=asked.split, limit=asked.limit)


def _tell(findings: list[Finding], console: Console) -> None:
    for finding in sorted(findings, key=lambda finding: list(Severity).index(finding.severity)):
        severity = f"[{_STYLES[finding.severity]}]{finding.severity}[/{_STYLES[finding.severity]}]"
        console.print(severity, f"[bold]{cell(finding.where)}[/bold]", cell(finding.what), highlight=False)
        console.print(Padding(cell(finding.fix), (0, 0, 1, 4)), highlight=False)
