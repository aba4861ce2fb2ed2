"""Evaluate models of a recipe on held-out rows, and keep what they answered."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards import load_scorer
from vlm_rewards.errors import ConfigError
from vlm_rewards.loading.load import read_marks
from vlm_rewards.report import AnsweredRow, Summary, summarise, write_answer, write_report
from vlm_rewards.text.messages import did_you_mean
from vlm_rewards.types.images import images_of
from vlm_rewards_trl.checks.loading import models_in, read_processor
from vlm_rewards_trl.checks.surroundings import unwritable
from vlm_rewards_trl.data.dataset import load
from vlm_rewards_trl.evaluation.compare import Settings, answered
from vlm_rewards_trl.evaluation.overall import Overall
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe, RecipeConfig
from vlm_rewards_trl.reward.context import context_from
from vlm_rewards_trl.reward.success import Success

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)

#: What an evaluation writes into its folder, beside the images.
ANSWERS, SUMMARY, REPORT = "answers.jsonl", "summary.json", "report.html"


def evaluate(
    recipe: Recipe, models: Mapping[str, str], dataset: Dataset, output: Path, settings: Settings, *, examples: int = 20
) -> Summary:
    """Let models answer held-out rows under the recipe's rewards, and write answers, figures and a report.

    Args:
        recipe: Names the options of the processor and the rewards file; without one, there are answers alone.
        models: Folder or hub name of each model, by its name; the others are compared to the first.
        dataset: Held-out rows.
        output: Folder for `answers.jsonl`, `summary.json`, `report.html` and the images of the report.
        settings: How the models answer.
        examples: Of how many prompts the report shows the images.

    Raises:
        ConfigError: The rewards file is wrong, or a model cannot be found.
        ColumnError: The rows lack a column that a reward reads.
    """
    rewards = None if recipe.config.rewards is None else recipe.rewards
    if rewards is None and settings.success is not None:
        raise ConfigError("--success names a term, and the recipe has no `rewards: FILE`.")
    for path in models.values():  # a wrong name, or a model that the rewards do not fit, shows before any answer
        processor = read_processor(path)
        if rewards is not None:
            load_scorer(rewards, context=context_from(processor, marks=read_marks(rewards))).close()
    if (why := unwritable(output)) is not None:
        raise ConfigError(why)
    rows: list[AnsweredRow] = []
    rule, overall = "", None
    with nullcontext() if rewards is None else load_scorer(rewards) as scorer:
        if scorer is not None:
            rule, overall = Success(scorer, settings.success).rule, Overall(scorer)
            scorer.check_columns(dataset.column_names)
        images = _save_images(dataset, output, examples)
        with (output / ANSWERS).open("w", encoding="utf-8") as file:  # not before: a mistake keeps what was there
            for row in answered(models, dataset, scorer, settings, processor=recipe.config.processor, overall=overall):
                rows.append(row.model_copy(update={"images": images.get(row.row, ())}))
                write_answer(rows[-1], file)
    summary = replace(summarise(rows, seed=settings.seed), overall={} if overall is None else overall.result())
    (output / SUMMARY).write_text(json.dumps(summary.as_json(), indent=2) + "\n", encoding="utf-8")
    title = f"{Path(recipe.document.name or 'The recipe').name}: rewards of {', '.join(models)}"
    write_report(rows, output / REPORT, title=title, note=rule if summary.ks else "", base=output, summary=summary)
    return summary


def held_out(recipe: Recipe, **changes: Any) -> Dataset:
    """The rows to evaluate on.

    Args:
        recipe: Its `eval_dataset` is taken, or else its dataset, with a warning.
        **changes: Replace `path`, `name`, `data_files`, `split` or `limit`; prompts are made as the recipe says.

    Raises:
        ConfigError: The rows cannot be loaded.
        ColumnError: They lack prompts or images.
    """
    config = recipe.config
    source: DatasetConfig = config.eval_dataset or config.dataset
    if config.eval_dataset is None and not changes.keys() & {"path", "data_files", "split"}:
        logger.warning(
            "The recipe has no `eval_dataset`: these are its training rows, and a good result on them says little. "
            "Name held-out rows with --data, --dataset or --split."
        )
    source = source.model_copy(update={"streaming": False, **changes})
    return load(replace(recipe, config=config.model_copy(update={"dataset": source})), answers=False)


def models_of(recipe: Recipe, text: str | None) -> dict[str, str]:
    """The models of a command line: `NAME=PATH`, or a path or hub name alone, with commas between them.

    Without any, the recipe's model is `base` and what it trains is `trained`. A word alone is a folder here, else one
    beside the recipe's `output_dir`, else, if it is `base`, the recipe's model. Raises ConfigError where two models
    have one name, one has none, or a word names no folder.
    """
    config = recipe.config
    if text is None:
        return {"base": config.model, "trained": config.output_dir}
    models: dict[str, str] = {}
    for part in (part.strip() for part in text.split(",")):
        name, equals, path = part.partition("=")
        if not equals:
            path = _place_of(part, config)
            name = part.rstrip("/").rpartition("/")[2]
        if not name or not path:
            raise ConfigError(f"--models {text}: '{part}' names no model; write NAME=PATH,NAME=PATH.")
        if name in models:
            raise ConfigError(f"--models {text}: two models are called '{name}'; write NAME=PATH for each.")
        models[name] = path
    return models


def _place_of(name: str, config: RecipeConfig) -> str:
    """Where the model is that the command line names without a path."""
    if not name or "/" in name or Path(name).exists():
        return name
    siblings = Path(config.output_dir).parent
    if (siblings / name).is_dir():
        return str(siblings / name)
    if name == "base":
        return config.model
    there = models_in(siblings)
    raise ConfigError(
        f"--models: '{name}' is not a folder here, nor in {siblings} beside the recipe's output_dir; models there are "
        f"{', '.join(there) or 'none'}.{did_you_mean(name, there)} Write NAME=PATH, or the hub's OWNER/NAME."
    )


def _save_images(dataset: Dataset, folder: Path, examples: int) -> dict[int, tuple[str, ...]]:
    """Write the images of the first rows; their files per row, from the folder."""
    saved: dict[int, tuple[str, ...]] = {}
    (folder / "images").mkdir(exist_ok=True)
    for number in range(min(examples, len(dataset))):
        row = dataset[number]
        images = images_of(row.get("images", row.get("image")))
        saved[number] = tuple(f"images/{number}-{place}.png" for place in range(len(images)))
        for name, image in zip(saved[number], images, strict=True):
            image.open().save(folder / name)
    return saved
