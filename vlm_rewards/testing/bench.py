"""A reward on the bench: it scores rows here or in a worker, through a Scorer, as in a run."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

import vlm_rewards as vr
from vlm_rewards.registry.decorator import Mode, spec_of, unwrap
from vlm_rewards.registry.info import RewardInfo
from vlm_rewards.registry.packs import PackInfo
from vlm_rewards.registry.registry import RegisteredReward
from vlm_rewards.text.messages import show
from vlm_rewards.types.batch import GROUP_ID

Row = Mapping[str, Any]
Outcome = tuple[Row, vr.RewardOutput]


class Shelf(vr.Registry):
    """The installed packs, and rewards of this process that were put beside them."""

    _added: Mapping[str, RegisteredReward] = {}

    def add(self, reward: object) -> str:
        """Put a reward beside the packs; its name in rewards files. Raises TypeError for what is no reward."""
        spec = spec_of(reward)
        if spec is None:
            raise TypeError(f"{show(reward)} is not a reward; put `@vlm_rewards.reward(range=...)` on it.")
        found = RegisteredReward(RewardInfo.of(spec), PackInfo("test", "test"), spec)
        self._added = {**self._added, found.full_name: found}
        return found.full_name

    def get(self, full_name: str, *, distribution: str | None = None, isolation: str | None = None) -> RegisteredReward:
        """The reward of a full name; as `Registry.get`."""
        return self._added.get(full_name) or super().get(full_name, distribution=distribution, isolation=isolation)


@dataclass
class Bench:
    """One reward with its options, and the terms and answers that its rows need beside them."""

    reward: object
    params: Row
    context: vr.Context
    depends: Mapping[str, Row]
    beside: Sequence[object]

    def __post_init__(self) -> None:
        self.shelf = Shelf(block=())
        self.name = self.reward if isinstance(self.reward, str) else self.shelf.add(self.reward)
        self.spec = self.shelf.get(self.name, isolation="inline").spec
        self.module: Any = sys.modules.get(getattr(unwrap(self.spec.call), "__module__", None) or "")
        self.file = getattr(self.module, "__file__", None)
        self.use = self._use()

    def _use(self) -> str | None:
        """What a rewards file calls the reward, for another process to find; None where none can."""
        held = inspect.getmembers_static(self.module, lambda value: spec_of(value) is self.spec)
        package = getattr(self.module, "__name__", "").partition(".")[0]
        for name in self.shelf.namespaces():
            if package in {pack.value.partition(".")[0] for pack in self.shelf.packs(name)}:
                found = self.shelf.load(name, isolation="inline").get(self.spec.name)
                if found is not None and found.spec is self.spec:
                    return found.full_name
        return f"{self.file}:{held[0][0]}" if held and self.file else None

    def scorer(self, isolation: str = "inline") -> vr.Scorer:
        """A new Scorer of the reward, in this process or in a worker."""
        own = {"use": self.name if isolation == "inline" else self.use, "params": dict(self.params)}
        terms = {**self.depends, "it": {**own, "depends": {name: name for name in self.depends}}}
        rewards = {name: {**term, "isolation": isolation} for name, term in terms.items()}
        config = {"version": 1, "rewards": rewards, "workers": {"timeout": 5}}
        return vr.load_scorer(config, registry=self.shelf, context=self.context)

    def batch(self, rows: Sequence[Row], beside: Sequence[object] = ()) -> vr.Batch:
        """Rows as a batch; for a group reward each in a group with the answers beside it."""
        others = beside if self.spec.mode is Mode.GROUP else ()
        groups = [[row, *({**row, "completion": other} for other in others)] for row in rows]
        numbered = [{GROUP_ID: index, **row} for index, group in enumerate(groups) for row in group]
        return vr.Batch.from_rows(numbered, context=self.context)

    def score(self, rows: Sequence[Row], scorer: vr.Scorer, beside: Sequence[object] | None = None) -> list[Outcome]:
        """Rows with their outcomes, all in one batch."""
        batch = self.batch(rows, self.beside if beside is None else beside)
        scored = scorer.score(batch)
        outputs = (scored.output(index, "it") for index in range(0, len(batch), len(batch) // max(len(rows), 1) or 1))
        return [(row, output) for row, output in zip(rows, outputs, strict=True) if output is not None]

    def alone(self, rows: Sequence[Row], scorer: vr.Scorer, seconds: float = inf) -> list[Outcome]:
        """Rows with their outcomes, each in a batch of its own; after some seconds no more are scored."""
        until = monotonic() + seconds
        return [outcome for row in rows if monotonic() < until for outcome in self.score([row], scorer)]
