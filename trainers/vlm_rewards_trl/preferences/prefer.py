"""Run a recipe for `prefer`: sample, score, and write the sets that DPO, MPO and SFT train on."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from vlm_rewards import load_scorer
from vlm_rewards_trl.checks.lengths import check_lengths
from vlm_rewards_trl.checks.rewards import check_rewards
from vlm_rewards_trl.checks.surroundings import check_folder
from vlm_rewards_trl.data.dataset import load
from vlm_rewards_trl.data.images import decoding
from vlm_rewards_trl.methods.method import load_processor
from vlm_rewards_trl.preferences.pairs import Sample, accepted, best_of, distinct, pairs_of
from vlm_rewards_trl.preferences.shards import Shards
from vlm_rewards_trl.recipe.provenance import Provenance
from vlm_rewards_trl.recipe.recipe import PreferencesConfig, Recipe, in_section
from vlm_rewards_trl.reward.factory import reward_function

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)

_ANSWERS = ("completion", "chosen", "rejected")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What `prefer` made.

    Args:
        files: The sets by name: `preferences`, `best_of_n`, `prompts` and, on the recipe's wish, `rejection_sampling`.
        rows: Rows of each set.
        prompts: Prompts that were sampled.
        completions: Completions that were scored.
        left_out: Completions without a reward (a bad reference, a fault of a grader).
        unpaired: Prompts without a pair: no two of their rewards differ by the margin, or `ties` skipped them.
        waiting: Shards that other processes still work on; the last process to finish writes the sets.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    prompts: int = 0
    completions: int = 0
    left_out: int = 0
    unpaired: int = 0
    waiting: int = 0


def prefer(recipe: str | Path | Mapping[str, Any], **overrides: Any) -> Preferences:
    """Sample completions of the recipe's prompts, score them with its rewards, and write preferences.

    The sets are parquet files in `output_dir`, in TRL's conversational formats, images inside and every other column
    kept, and with the share of a prompt's answers that are right as `right_share`. A run that is started again goes on
    where it stopped; one with other pair settings samples nothing anew.

    Args:
        recipe: The recipe file, or the same as a dict.
        **overrides: Values in the place of the recipe's: those of `preferences` by their names, other values by the
            path to them (`output_dir`, `dataset.limit`).

    Raises:
        ConfigError: The recipe or the rewards file is wrong.
        ColumnError: The dataset lacks what a reward reads.
        ScoringError: The error budget of the rewards file is spent.
    """
    from tqdm.auto import tqdm

    read = Recipe.read(recipe, **in_section(overrides, "preferences"))
    settings = read.config.preferences
    load_scorer(read.rewards, context=None)  # mistakes of the file come before the dataset's download
    check_folder(read)
    if read.config.dataset.streaming:
        message = "`prefer` comes back to the rows of a prompt; leave `streaming` out, and use `limit` for a part."
        raise read.error(("dataset", "streaming"), message)
    dataset = load(read, answers=False)
    processor = load_processor(read)
    args = SimpleNamespace(num_generations=settings.k, max_completion_length=settings.max_new_tokens, world_size=1)
    rewards = reward_function(read.rewards, processing_class=processor, args=args)
    rewards.scorer.check_columns(dataset.column_names)
    check_rewards(rewards.scorer, dataset, processor, read)
    check_lengths(dataset, processor, read, room=settings.max_new_tokens)
    shards = Shards(read, settings, dataset, processor, rewards, Provenance.of(read, "prefer"))
    for number in tqdm(shards.assigned(), desc="sample and score", unit="shard"):
        shards.process(number)
    waiting = shards.count - len(shards.done())
    return Preferences(waiting=waiting) if waiting else _write(shards)


def _write(shards: Shards) -> Preferences:
    """Make the sets of finished shards and write them."""
    asked = [name for name in _WHY if name != "rejection_sampling" or shards.settings.accept is not None]
    sets: dict[str, list[dict[str, Any]]] = {name: [] for name in asked}
    counts: Counter[str] = Counter()
    for number in range(shards.count):
        for record in shards.results(number):
            counts["prompts"] += 1
            counts["completions"] += len(record["completions"])
            scored = zip(record["completions"], record["rewards"], strict=True)
            samples = [Sample(text, reward) for text, reward in scored if reward is not None]
            counts["left_out"] += len(record["completions"]) - len(samples)
            made = _rows(samples, shards.settings)
            counts["unpaired"] += "preferences" not in dict(made)
            told = [right for right in record["right"] if right is not None]
            share = {"row": record["row"], "right_share": sum(told) / len(told) if told else None}
            for name, row in [*made, *([("prompts", {})] if told else [])]:
                sets[name].append({**share, **row})
    folder = Path(shards.recipe.config.output_dir)
    shards.provenance.write(folder)
    files = {name: folder / f"{name}.parquet" for name in _WHY}
    for name, file in files.items():
        if rows := sets.get(name):
            _save(shards.dataset, rows, file)
            continue
        file.unlink(missing_ok=True)  # an earlier run's would look like this one's
        if name in sets:
            logger.warning("The set %s is empty and was not written: %s", name, _WHY[name])
    written = {name: files[name] for name, rows in sets.items() if rows}
    return Preferences(written, {name: len(rows) for name, rows in sets.items()}, **counts)


_WHY = {
    "preferences": "no prompt has two completions whose rewards differ by the margin; raise `k` or `temperature`.",
    "best_of_n": "no completion has a reward.",
    "prompts": "no completion can be told right or wrong.",
    "rejection_sampling": "no completion earns the reward `accept`; lower it.",
}


def _rows(samples: list[Sample], config: PreferencesConfig) -> list[tuple[str, dict[str, Any]]]:
    """The rows that the completions of one prompt add to each set."""
    if config.dedup:
        samples = distinct(samples)
    rows = []
    for chosen, rejected in pairs_of(samples, config):
        answers = {"chosen": _turn(chosen), "rejected": _turn(rejected)}
        rewards = {"chosen_reward": chosen.reward, "rejected_reward": rejected.reward}
        rows.append(("preferences", {**answers, **rewards}))
    best = best_of(samples, config)
    good = [("best_of_n", best)] if best is not None else []
    good += [("rejection_sampling", sample) for sample in accepted(samples, config)]
    return rows + [(name, {"completion": _turn(sample), "reward": sample.reward}) for name, sample in good]


def _turn(sample: Sample) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": sample.text}]


def _save(dataset: Dataset, rows: list[dict[str, Any]], path: Path) -> None:
    """Write the rows with the columns of the prompts that they belong to, images inside."""
    import datasets

    made = datasets.Dataset.from_list(rows)
    taken = [name for name in dataset.column_names if name in {*_ANSWERS, *made.column_names}]
    prompts = dataset.with_format(None).remove_columns(taken).select(made["row"])
    joined = datasets.concatenate_datasets([prompts, made.remove_columns("row")], axis=1)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    decoding(joined, ("images", "image"), decode=True).to_parquet(beside)
    beside.replace(path)
