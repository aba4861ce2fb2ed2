"""`vlm-rewards evaluate RECIPE`: what models answer on held-out rows, what it earns, and how sure the difference is."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from vlm_rewards.cli.lock import locked_option
from vlm_rewards_trl.checks.loading import BUILDERS
from vlm_rewards_trl.cli import need_trl

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_BUILDERS = BUILDERS | {".jsonl": "json"}


@click.command()
@click.argument("recipe", type=_FILE)
@locked_option
@click.option(
    "--models", metavar="NAME=PATH,...", help="Models to compare; the recipe's and the trained one by default."
)
@click.option("--data", type=_FILE, help="Held-out rows as a parquet, JSON Lines, csv or json file.")
@click.option("--dataset", metavar="NAME", help="Held-out rows as a name on the hub, or a folder.")
@click.option("--dataset-config", metavar="NAME", help="Configuration of --dataset.")
@click.option("--split", help="Split of the held-out rows.")
@click.option("--limit", type=click.IntRange(min=1), help="Use the first rows only.")
@click.option("--k", default=4, show_default=True, type=click.IntRange(min=0), help="Sampled answers per prompt.")
@click.option("--temperature", default=1.0, show_default=True, type=click.FloatRange(min=0, min_open=True))
@click.option("--max-tokens", type=click.IntRange(min=1), help="Where an answer is cut; as in the recipe by default.")
@click.option("--batch-size", default=32, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=0, show_default=True)
@click.option("--success", metavar="TERM[=SCORE]", help="What counts as right for pass@k; all terms by default.")
@click.option("--examples", default=20, show_default=True, help="Prompts whose images the report shows.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Folder of the results.")
def command(
    *, recipe: Path, models: str | None, success: str | None, examples: int, locked: bool, **options: Any
) -> None:
    """Let models answer held-out rows under the rewards of RECIPE, if it names any.

    Writes answers.jsonl, summary.json and report.html into `evaluation` beside the trained model.
    """
    need_trl("Evaluation")
    from vlm_rewards.loading.lock import check_lock
    from vlm_rewards.report import read_answers
    from vlm_rewards.report.console import table_of
    from vlm_rewards_trl.evaluation.compare import Comparison, Settings
    from vlm_rewards_trl.evaluation.evaluate import ANSWERS, REPORT, evaluate, held_out, models_of
    from vlm_rewards_trl.recipe.recipe import Recipe, check_arguments

    read = Recipe.read(recipe)
    if locked:
        check_lock(read.rewards)
    length = {"max_completion_length": read.config.training.get("max_completion_length", 256)}
    read.refuse(check_arguments(length, {"max_completion_length": int | None}, "The recipe", "training"))
    most = options["max_tokens"] or length["max_completion_length"] or 256
    how = {name: options[name] for name in ("temperature", "batch_size", "seed")}
    settings = Settings(most, samples=options["k"], success=_success(success), **how)
    folder = options["output"] or Path(read.config.output_dir) / "evaluation"
    named = models_of(read, models)  # a wrong one is told before rows are loaded
    summary = evaluate(read, named, held_out(read, **_changes(options)), folder, settings, examples=examples)
    console = Console()
    if read.config.rewards is None:
        Comparison(list(read_answers(folder / ANSWERS))).print(console, examples=examples)
    else:
        console.print(table_of(summary))
    click.echo(f"\nReport: {folder / REPORT}")


def _changes(options: dict[str, Any]) -> dict[str, Any]:
    """What the command line replaces in the recipe's dataset."""
    file, name = options["data"], options["dataset"]
    source: dict[str, Any] = {}
    if file is not None and name is not None:
        raise click.UsageError("--data and --dataset are two sources of rows; give one.")
    if file is not None:
        if file.suffix not in _BUILDERS:
            raise click.UsageError(f"--data {file}: the ending tells the kind of file; use {', '.join(_BUILDERS)}.")
        kind = _BUILDERS[file.suffix]
        source = {"path": kind, "name": None, "data_files": str(file), "data_dir": None, "split": "train"}
    elif name is not None:
        source = {"path": name, "name": options["dataset_config"], "data_files": None, "data_dir": None}
    return source | {name: options[name] for name in ("split", "limit") if options[name] is not None}


def _success(text: str | None) -> tuple[str, float | None] | None:
    if text is None:
        return None
    name, equals, least = text.partition("=")
    try:
        return name, float(least) if equals else None
    except ValueError:
        raise click.UsageError(f"--success {text}: '{least}' is not a number; write TERM, or TERM=0.5.") from None
