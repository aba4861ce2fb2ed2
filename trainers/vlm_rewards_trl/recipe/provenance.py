"""Under which rewards a model was trained: the rewards file, the packs' versions, and one hash over both."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from vlm_rewards.config.document import Document
from vlm_rewards.config.schema import RewardsConfig
from vlm_rewards.errors import ConfigError
from vlm_rewards.loading.lock import sources
from vlm_rewards.registry.registry import TRL_PREFIX, Registry
from vlm_rewards.text.messages import show
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.trl_compat import CARD

#: The record and the rewards file, in every checkpoint and in the folder of the trained model.
RECORD, REWARDS = "vlm_rewards.json", "vlm_rewards.yaml"

_MARK = "<!-- vlm-rewards -->"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a model was trained by."""

    method: str
    recipe: Mapping[str, Any]  # as it was validated
    rewards: Mapping[str, Any] | None = None  # the file that scored answers or made the dataset, if one did
    packs: Mapping[str, str] = field(default_factory=dict)  # distribution and version, by namespace
    versions: Mapping[str, str] = field(default_factory=dict)  # of the packages that compose and train

    @classmethod
    def of(cls, recipe: Recipe, method: str) -> Self:
        """The record of a run that starts, with rewards of its own or of its `prefer`; ConfigError for a wrong file."""
        config = recipe.config.model_dump(mode="json", exclude_unset=True)
        versions = {name: version(name) for name in ("vlm-rewards", "trl", "transformers")}
        if recipe.config.rewards is None:
            files = recipe.config.dataset.data_files
            made = (cls.read(Path(files).parent) if isinstance(files, str) else None) or cls("", {})
            return cls(method, config, made.rewards, made.packs, versions)
        document = Document.read(recipe.rewards, what="rewards file")
        packs = dict(_packs(document.validate(RewardsConfig), document.folder))
        return cls(method, config, document.data, packs, versions)

    @property
    def digest(self) -> str:
        """SHA-256 over the rewards and the packs' versions."""
        content = json.dumps([self.rewards, self.packs], sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()

    def write(self, folder: Path) -> None:
        """Write the record into a folder, and the rewards as a file that can be used again."""
        record = {**asdict(self), "digest": self.digest}
        (folder / RECORD).write_text(json.dumps(record, indent=2, default=str) + "\n", encoding="utf-8")
        if self.rewards is not None:
            (folder / REWARDS).write_text(_yaml(self.rewards), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The record of a folder; None where there is none. Raises ConfigError for one that cannot be read."""
        path = folder / RECORD
        if not path.exists():
            return None
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{name: value for name, value in record.items() if name != "digest"})
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ConfigError(f"{path}: the record cannot be read: {error}. Delete it to go on without it.") from error

    def changes(self, now: Provenance) -> list[str]:
        """What is different now in rewards and packs, each as `where: before -> now`."""
        # Through JSON, as this record may have gone: tuples are lists there.
        before, after = (
            json.loads(json.dumps({**(one.rewards or {}), "packs installed": one.packs}, default=str))
            for one in (self, now)
        )
        return list(_differences(before, after, ""))

    def update_model_card(self, card: Path) -> None:
        """Put base, image and rewards into a model card, in place of what an earlier call put there."""
        text = card.read_text(encoding="utf-8") if card.exists() else ""
        kept = text.partition(_MARK)[0].rstrip()
        for old, new in CARD.items():
            kept = kept.replace(old, new % {"base": self.recipe.get("model"), "here": card.parent})
        card.write_text(f"{kept}\n\n{_MARK}\n{self._section()}".lstrip(), encoding="utf-8")

    def _section(self) -> str:
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        lines = ["## Rewards", "", f"Trained by `{self.method}` with {versions}."]
        if self.rewards is not None:
            packs = ", ".join(f"`{namespace}` of {pack}" for namespace, pack in self.packs.items()) or "none"
            lines.append(f"Packs: {packs}. SHA-256 of the rewards and the packs' versions: `{self.digest}`.")
            lines += ["", "```yaml", _yaml(self.rewards).rstrip(), "```"]
        return "\n".join(lines) + "\n"


def _yaml(data: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    text = io.StringIO()
    YAML().dump(dict(data), text)
    return text.getvalue()


def _packs(config: RewardsConfig, folder: Path) -> Iterator[tuple[str, str]]:
    """What each namespace was taken from, and a hash of each file; a module by its dotted path has no version."""
    registry = Registry()
    for source in sorted(sources(config)):
        if source.endswith(".py"):
            yield source, f"sha256 {hashlib.sha256((folder / source).read_bytes()).hexdigest()}"
        elif not source.startswith(TRL_PREFIX):
            pin = config.packs.get(source)
            yield source, str(registry.find(source, distribution=None if pin is None else pin.distribution))


def _differences(before: Any, now: Any, place: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*before, *now]):
            where = f"{place}.{key}" if place else str(key)
            if key not in now:
                yield f"{where}: {show(before[key])} was removed"
            elif key not in before:
                yield f"{where}: {show(now[key])} is new"
            else:
                yield from _differences(before[key], now[key], where)
    elif before != now:
        yield f"{place}: {show(before)} -> {show(now)}"
