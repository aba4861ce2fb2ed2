"""Questions about one term's reward, answered in this process or by a worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from vlm_rewards import describe
from vlm_rewards.registry.decorator import RewardSpec
from vlm_rewards.registry.packs import PackInfo
from vlm_rewards.types.context import Context
from vlm_rewards.workers.questions import ask

_ROWS_AT_A_TIME = 2000


@dataclasses.dataclass(frozen=True, slots=True)
class AskedHere:
    """The reward was imported into this process."""

    spec: RewardSpec
    params: Mapping[str, Any]  # as the rewards file has them

    def options(self, context: Context | None) -> Mapping[str, Any]:
        """What `describe.options` says."""
        return describe.options(self.spec, self.params, context)

    def preflight(self, reading: Mapping[str, Any]) -> Sequence[Any]:
        """What `describe.preflight` says."""
        return describe.preflight(self.spec, reading)

    def strategies(self, reading: Mapping[str, Any]) -> Sequence[Any]:
        """What `describe.strategies` says."""
        return describe.strategies(self.spec, reading)


@dataclasses.dataclass(frozen=True, slots=True)
class AskedThere:
    """The reward's pack stays out of this process: a worker imports it, and is asked. It raises as `ask` does."""

    pack: PackInfo
    reward: str
    params: Mapping[str, Any]
    columns: Mapping[str, str]  # the dataset's names of the columns
    startup: float  # seconds to answer in

    def options(self, context: Context | None) -> Mapping[str, Any]:
        """What `describe.options` says there."""
        facts = None if context is None else dataclasses.asdict(context)
        return dict(self._ask("options", context=facts))

    def references(self, values: Mapping[str, Sequence[Any]]) -> Mapping[str, Sequence[str | None]]:
        """What `describe.references` says there; without an answer nothing is said against a value."""
        try:
            return dict(self._ask("references", values=values, columns=self.columns))
        except RuntimeError:  # what broke the worker breaks the call of the row that has it, and is told there
            return {}

    def preflight(self, reading: Mapping[str, Any]) -> Sequence[Any]:
        """What `describe.preflight` says there, some rows at a time."""
        found: list[Any] = []
        for start in range(0, len(reading["rows"]) or 1, _ROWS_AT_A_TIME):
            part = {**reading, "rows": reading["rows"][start : start + _ROWS_AT_A_TIME]}
            found += self._ask("preflight", reading=part)
        return found

    def strategies(self, reading: Mapping[str, Any]) -> Sequence[Any]:
        """What `describe.strategies` says there."""
        return list(self._ask("strategies", reading=reading))

    def _ask(self, question: str, **facts: Any) -> Any:
        given = {"reward": self.reward, "params": dict(self.params), **facts}
        return ask(question, self.pack, seconds=self.startup, **given)
