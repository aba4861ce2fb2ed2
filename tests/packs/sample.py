"""One way to use a shipped reward. Every reward has at least one, in the `samples_<pack>.py` of its pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import vlm_rewards as vr

__all__ = ["REGISTRY", "Sample"]

REGISTRY = vr.Registry(block=())


@dataclass(frozen=True)
class Sample:
    """One way to use a reward: what its columns hold, its options, and an answer that earns the top."""

    use: str
    best: str
    columns: Mapping[str, object] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    context: vr.Context = field(default_factory=vr.Context)

    def __str__(self) -> str:
        options = ",".join(f"{key}={value}" for key, value in {**self.params, **self.columns}.items() if key != "image")
        return f"{self.use}({options})"

    @cached_property
    def scorer(self) -> vr.Scorer:
        config = {"version": 1, "rewards": {"it": {"use": self.use, "params": dict(self.params)}}}
        return vr.load_scorer(config, registry=REGISTRY, context=self.context)

    def score(self, *texts: str, **columns: Any) -> list[vr.RewardOutput]:
        columns = {**self.columns, **columns}
        rows: dict[str, Any] = {name: [value] * len(texts) for name, value in columns.items()}
        scored = self.scorer.score(vr.Batch.of(texts, context=self.context, **rows))
        outputs = [scored.output(row, "it") for row in range(len(texts))]
        assert None not in outputs
        return [output for output in outputs if output is not None]
