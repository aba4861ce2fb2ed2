"""From the term of a rewards file and its reward to what a Scorer evaluates; every mistake is kept with its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from vlm_rewards import describe
from vlm_rewards.config.document import Problem
from vlm_rewards.config.schema import RewardsConfig, TermConfig
from vlm_rewards.errors import PackError
from vlm_rewards.registry.decorator import RESERVED, Mode
from vlm_rewards.registry.registry import RegisteredReward
from vlm_rewards.scoring.binding import ColumnReader, Instance
from vlm_rewards.scoring.combine import Schedule
from vlm_rewards.scoring.output_validator import OutputValidator
from vlm_rewards.scoring.raw import RawColumn, References
from vlm_rewards.scoring.term import Gate, Isolated, Route, Term
from vlm_rewards.text.messages import did_you_mean
from vlm_rewards.types.context import Context
from vlm_rewards.workers.pool import ask

_ROWS_AT_A_TIME = 2000
#: Squares of rewards are summed in float32, which ends at 3e38.
MAX_VALUE = 1e15


class TermBuilder:
    """Builds one term and keeps every problem it meets; facts of the run are checked where they are known."""

    def __init__(self, name: str, found: RegisteredReward, config: RewardsConfig, context: Context | None) -> None:
        self.name, self.found, self.config, self.context = name, found, config, context
        self.term: TermConfig = config.rewards[name]
        self.problems: list[Problem] = []

    def build(self) -> Term:
        """The term; whether it is sound, `problems` tells."""
        term, found = self.term, self.found
        self._check_parameters()
        self._check_size()
        if term.concurrency is not None and not found.info.is_async:
            self._problem("concurrency", message=f"{found} is not `async def`, and its calls do not wait.")
        asked = Asked(found, term.params, term.columns, self.config.workers.startup)
        params = self._params(asked)
        gate, when = term.gate, term.when
        abstained = "drop" if found.info.mode is Mode.TRL else "low"  # None of TRL's convention counts nothing
        return Term(
            name=self.name,
            full_name=found.full_name,
            info=found.info,
            validator=OutputValidator(str(found), *found.info.range),
            instance=None if found.imported is None else Instance(found.imported, params),
            asked=asked,
            params=params,
            columns=self._readers(),
            images=term.columns.get("images"),
            weight=Schedule(tuple(term.weight.schedule), term.weight.kind),
            gate=None if gate is None else Gate(gate.term, gate.at_least, gate.at_most),
            when=None if when is None else Route(when.column, when.in_ or when.not_in or [], negated=when.in_ is None),
            clip=term.clip,
            depends=term.depends,
            normalize=term.normalize is not None,
            isolated=self._isolated(asked),
            memory=self._memory(),
            concurrency=term.concurrency or self.config.workers.concurrency,
            on_abstain=abstained if term.on_abstain is None else term.on_abstain,
            on_error=self.config.on_error.policy if term.on_error is None else term.on_error,
        )

    def _problem(self, *path: str | int, message: str, at_key: bool = False) -> None:
        self.problems.append(Problem(("rewards", self.name, *path), message, at_key))

    def _check_parameters(self) -> None:
        """Whether `depends` and `columns` name parameters that the reward reads."""
        parameters = [column.name for column in self.found.info.columns]
        for key, given, not_theirs in (
            ("depends", self.term.depends, RESERVED),
            ("columns", self.term.columns, {"row", "context"}),
        ):
            readable = [name for name in parameters if name not in not_theirs]
            for parameter in (name for name in given if name not in readable):
                message = (
                    f"{self.found} reads nothing as '{parameter}'; it reads {', '.join(readable) or 'nothing'}."
                    f"{did_you_mean(parameter, readable)}"
                )
                self._problem(key, parameter, message=message, at_key=True)

    def _check_size(self) -> None:
        policies = (self.term.on_abstain, self.term.on_error)
        numbers = [number for number in (*self.found.info.range, *policies) if isinstance(number, float)]
        most = max(abs(weight * number) for number in numbers for _, weight in self.term.weight.schedule)
        if most > MAX_VALUE:
            why = f"the term may count {most:g}, and trainers compute in single precision"
            self._problem("weight", message=f"{why}; keep it under {MAX_VALUE:g}.")

    def _params(self, asked: Asked) -> dict[str, Any]:
        """The validated options; empty when they cannot be used."""
        try:
            told = asked.options(self.context)
        except RuntimeError as error:
            self._problem("use", message=f"{self.found} cannot be asked about its options: {error}.")
            return {}
        for place, text, at_key in told.get("problems", ()):
            self._problem(*place, message=f"{self.found}{text}", at_key=at_key)
        if "refused" in told:
            self._problem("params", message=f"{self.found}: {told['refused']}")
        if "broken" in told:
            self._problem("use", message=f"{self.found}: its `check` raised {told['broken']}.")
        return dict(told.get("params", {}))

    def _readers(self) -> tuple[ColumnReader | RawColumn | None, ...]:
        names = self.term.columns
        if self.found.imported is None:
            return tuple(
                None if column.name in RESERVED else RawColumn(column, names.get(column.name, column.name))
                for column in self.found.info.columns
            )
        try:
            return describe.readers(self.found.imported, names)
        except PackError as error:
            self._problem("use", message=f"{self.found}: {error}")
            return ()

    def _isolated(self, asked: Asked) -> Isolated | None:
        """How the term runs in a worker; None where its reward was imported into this process."""
        term, found, workers = self.term, self.found, self.config.workers
        if found.imported is not None:
            if term.timeout is not None:
                self._problem(
                    "timeout", message="a reward that runs inline cannot be stopped; add `isolation: process`."
                )
            return None
        pack = found.pack
        own = {"use": found.use, "params": dict(term.params), "range": pack.range, "isolation": "inline"}
        config = {
            "version": 1,
            "rewards": {"term": own},
            "packs": {pack.namespace: {"distribution": pack.distribution}} if pack.kind == "pack" else {},
            "allow_imports": True,  # it was asked for when the term was found
            "max_chars": self.config.max_chars,
            "outputs": list(term.depends),
            "of": pack.version,  # a file that was written since is another target
        }
        timeout, references = term.timeout or workers.timeout, References(asked.references)
        return Isolated(config, timeout, workers.batch_timeout, workers.startup, self._memory(), references)

    def _memory(self) -> int | None:
        limit = self.config.workers.memory_gib
        return None if limit is None else int(limit * 2**30)


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """Asks about one term's reward: in this process where it was imported, else in a worker, and raising as `ask`."""

    found: RegisteredReward
    params: Mapping[str, Any]  # as the rewards file has them
    columns: Mapping[str, str]  # the dataset's names of the columns
    startup: float  # seconds for a worker to answer in

    def options(self, context: Context | None) -> Mapping[str, Any]:
        """What `describe.options` says."""
        if self.found.imported is not None:
            return describe.options(self.found.imported, self.params, context)
        return dict(self._ask("options", context=None if context is None else dataclasses.asdict(context)))

    def references(self, values: Mapping[str, Sequence[Any]]) -> Mapping[str, Sequence[str | None]]:
        """What `describe.references` says in a worker; without an answer nothing is said against a value."""
        try:
            return dict(self._ask("references", values=values, columns=self.columns))
        except RuntimeError:  # what broke the worker breaks the call of the row that has it, and is told there
            return {}

    def preflight(self, reading: Mapping[str, Any]) -> Sequence[Any]:
        """What `describe.preflight` says, in a worker of some rows at a time."""
        if self.found.imported is not None:
            return describe.preflight(self.found.imported, reading)
        found: list[Any] = []
        for start in range(0, len(reading["rows"]) or 1, _ROWS_AT_A_TIME):
            part = {**reading, "rows": reading["rows"][start : start + _ROWS_AT_A_TIME]}
            found += self._ask("preflight", reading=part)
        return found

    def strategies(self, reading: Mapping[str, Any]) -> Sequence[Any]:
        """What `describe.strategies` says."""
        if self.found.imported is not None:
            return describe.strategies(self.found.imported, reading)
        return list(self._ask("strategies", reading=reading))

    def _ask(self, question: str, **facts: Any) -> Any:
        given = {"reward": self.found.info.name, "params": dict(self.params), **facts}
        return ask(question, self.found.pack, seconds=self.startup, **given)
