"""Sampled and scored completions on disk, shard by shard: what was done once is not done again.

The name of a shard's folder holds a hash of everything that its content depends on, so a run that is started again
finds its own work and nobody else's. Processes of one run take turns with the shards and need not talk to each other.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards_trl.generation import Sampler
from vlm_rewards_trl.recipe.provenance import Provenance
from vlm_rewards_trl.recipe.recipe import PreferencesConfig, Recipe
from vlm_rewards_trl.reward.function import RewardFunction
from vlm_rewards_trl.reward.success import Success

if TYPE_CHECKING:
    from datasets import Dataset

# What the completions depend on; `batch_size` only in which of equally likely ones are drawn.
_SAMPLING = ("k", "temperature", "top_p", "max_new_tokens", "shard_rows", "seed")


@dataclass
class Shards:
    """The completions of a dataset's prompts, sampled and scored as far as files say."""

    recipe: Recipe
    settings: PreferencesConfig
    dataset: Dataset
    processor: Any
    rewards: RewardFunction
    provenance: Provenance

    @property
    def count(self) -> int:
        """How many shards there are."""
        return -(-len(self.dataset) // self.settings.shard_rows)

    def assigned(self) -> list[int]:
        """The shards that this process works on."""
        return list(range(int(os.environ.get("RANK", "0")), self.count, int(os.environ.get("WORLD_SIZE", "1"))))

    def done(self) -> list[int]:
        """The shards that are sampled and scored."""
        return [number for number in range(self.count) if self._scores(number).exists()]

    def process(self, number: int) -> None:
        """Sample and score one shard, unless that was done before."""
        if self._scores(number).exists():
            return
        rows = range(number * self.settings.shard_rows, min((number + 1) * self.settings.shard_rows, len(self.dataset)))
        if not self._samples(number).exists():
            _write(self._samples(number), self._sample(number, rows))
        samples = _read(self._samples(number))
        _write(self._scores(number), self._score(rows, samples))

    def results(self, number: int) -> Iterator[dict[str, Any]]:
        """The rows of a finished shard: `row`, `completions`, `rewards`, `right` and a list of values per term."""
        for sampled, scored in zip(_read(self._samples(number)), _read(self._scores(number)), strict=True):
            yield {**sampled, **scored}

    def _sample(self, number: int, rows: range) -> list[dict[str, Any]]:
        asked, settings = [self.dataset[row] for row in rows], self.settings
        how = settings.model_dump(include={"k", "temperature", "top_p"})
        batches = self._sampler.write(asked, max_tokens=settings.max_new_tokens, seed=settings.seed + number, **how)
        answers = [answer for batch in batches for answer in batch]
        groups = [answers[start : start + settings.k] for start in range(0, len(answers), settings.k)]
        return [
            {"row": row, "completions": [one.text for one in group], "token_ids": [one.token_ids for one in group]}
            for row, group in zip(rows, groups, strict=True)
        ]

    def _score(self, rows: range, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        k = self.settings.k
        records = [self.dataset[row] for row in rows]
        names = [name for name in records[0] if name not in {"prompt", "completion", "chosen", "rejected"}]
        scored = self.rewards.score(
            [record["prompt"] for record in records for _ in range(k)],
            [[{"role": "assistant", "content": text}] for sample in samples for text in sample["completions"]],
            [ids for sample in samples for ids in sample["token_ids"]],
            **{name: [record[name] for record in records for _ in range(k)] for name in names},
        )
        right = Success(self.rewards.scorer)
        judged = {"rewards": scored.totals, "right": [right.of(row) for row in scored.rows()]}
        lists = judged | {f"term_{name}": term.values for name, term in scored.terms.items()}
        return [
            {name: list(values[place * k : (place + 1) * k]) for name, values in lists.items()}
            for place in range(len(rows))
        ]

    @cached_property
    def _sampler(self) -> Sampler:
        return Sampler(self.recipe.config.model, processor=self.processor, batch_size=self.settings.batch_size)

    @cached_property
    def _key(self) -> str:
        config, data = self.recipe.config, self.recipe.config.dataset
        files = [data.data_files] if isinstance(data.data_files, str) else data.data_files or []
        return _hash(
            config.model,
            config.processor,
            data.model_dump(),
            [_stamps(name) for name in (config.model, data.path, data.data_dir, *files) if name],
            {name: getattr(self.settings, name) for name in _SAMPLING},
        )

    def _samples(self, number: int, kind: str = "samples", *more: str) -> Path:
        return Path(self.recipe.config.output_dir, "shards", "-".join((kind, self._key, *more)), f"{number:05}.jsonl")

    def _scores(self, number: int) -> Path:
        return self._samples(number, "scores", _hash(self.provenance.digest, "right"))


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a whole file or none, also when another process writes the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    beside.replace(path)


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]


def _stamps(name: str) -> list[tuple[str, int, int]]:
    """Size and time of a local file, or of the files of a folder: a model that was trained again has new ones."""
    path = Path(name)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [(file.name, stat.st_size, stat.st_mtime_ns) for file in files if file.is_file() and (stat := file.stat())]
