"""One way to use a shipped reward. Every reward has at least one, in the `<pack>/samples.py` of its pack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import vlm_rewards as vr
from vlm_rewards.testing import assert_conforms

__all__ = ["REGISTRY", "Sample"]

REGISTRY = vr.Registry(block=())


@dataclass(frozen=True)
class Sample:
    """One way to use a reward: what its columns hold, its options, and an answer that earns the top.

    Args:
        depends: For each parameter that another term fills, that term.
        beside: The other answers to the prompt, for rewards that compare a group.
        token_ids: Gives each answer its tokens, for rewards that count them.
        bad: An answer that earns less.
        broken: Answers that cannot be scored.
    """

    use: str
    best: str
    columns: Mapping[str, object] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    context: vr.Context = field(default_factory=vr.Context)
    depends: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    beside: Sequence[str] = ()
    token_ids: Callable[[str], Sequence[int]] | None = None
    bad: str = ""
    broken: Sequence[str] = ("",)

    def __str__(self) -> str:
        options = ",".join(f"{key}={value}" for key, value in {**self.params, **self.columns}.items() if key != "image")
        return f"{self.use}({options})"

    @cached_property
    def scorer(self) -> vr.Scorer:
        it = {"use": self.use, "params": dict(self.params), "depends": {name: name for name in self.depends}}
        config = {"version": 1, "rewards": {**self.depends, "it": it}}
        return vr.load_scorer(config, registry=REGISTRY, context=self.context)

    def score(self, *texts: str, **columns: Any) -> list[vr.RewardOutput]:
        columns = {**self.columns, **columns, **({"group_id": 0} if self.beside else {})}
        rows: dict[str, Any] = {name: [value] * (len(texts) + len(self.beside)) for name, value in columns.items()}
        answers = [self._answer(text) for text in (*texts, *self.beside)]
        scored = self.scorer.score(vr.Batch.of(answers, context=self.context, **rows))
        outputs = [scored.output(row, "it") for row in range(len(texts))]
        assert None not in outputs
        return [output for output in outputs if output is not None]

    def check(self, **how: Any) -> None:
        """Raise AssertionError unless the reward conforms, also where the reference has a form that nobody uses."""
        broken: list[Any] = [{"completion": self._answer(text)} for text in self.broken]
        if "solution" in self.columns and self.use != "vqa/json_fields":  # which reads any form
            broken.append({"completion": self._answer(self.best), "solution": {"no": {"such": "thing"}}})
        assert_conforms(
            self.use,
            good={"completion": self._answer(self.best)},
            bad={"completion": self._answer(self.bad)},
            broken=broken,
            params=self.params,
            context=self.context,
            depends=self.depends,
            beside=[self._answer(text) for text in self.beside],
            complete=None if self.token_ids is None else self._answer,
            **{**self.columns, **how},
        )

    def _answer(self, text: str) -> str | vr.Completion:
        return text if self.token_ids is None else vr.Completion(text, token_ids=self.token_ids(text))
