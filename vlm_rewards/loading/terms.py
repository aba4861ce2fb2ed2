"""From the term of a rewards file and its reward to what a Scorer evaluates; every mistake is kept with its place."""

from __future__ import annotations

import os
from typing import Any

from pydantic import ValidationError

from vlm_rewards.config.document import Problem
from vlm_rewards.config.schema import RewardsConfig, TermConfig
from vlm_rewards.errors import PackError
from vlm_rewards.registry.decorator import RESERVED, Mode
from vlm_rewards.registry.registry import RegisteredReward
from vlm_rewards.scoring.binding import ColumnReader, Instance, validate_params
from vlm_rewards.scoring.output_validator import OutputValidator
from vlm_rewards.scoring.schedule import Schedule
from vlm_rewards.scoring.term import Gate, Isolated, Route, Term
from vlm_rewards.text.messages import did_you_mean, explain, show
from vlm_rewards.types.context import Context

__all__ = ["TermBuilder"]

#: Set to `inline` to run every pack in the scoring process, to debug one.
ISOLATION = "VLM_REWARDS_ISOLATION"

#: The distribution whose packs are linear-time by test, and run in the scoring process.
OWN = "vlm-rewards"
#: Squares of rewards are summed in float32, which ends at 3e38.
MAX_VALUE = 1e15


class TermBuilder:
    """Builds one term and keeps every problem it meets; facts of the run are checked where they are known."""

    def __init__(
        self, name: str, term: TermConfig, found: RegisteredReward, config: RewardsConfig, context: Context | None
    ) -> None:
        self.name, self.term, self.found, self.config, self.context = name, term, found, config, context
        self.problems: list[Problem] = []

    def build(self) -> Term:
        """The term; whether it is sound, `problems` tells."""
        term, spec = self.term, self.found.spec
        self._check_parameters()
        self._check_size()
        if term.concurrency is not None and not spec.is_async:
            self._problem("concurrency", message=f"{self.found} is not `async def`, and its calls do not wait.")
        params = self._params()
        gate, when = term.gate, term.when
        return Term(
            name=self.name,
            full_name=self.found.full_name,
            spec=spec,
            validator=OutputValidator(str(self.found), *spec.range),
            instance=Instance(spec, params or {}),
            columns=self._readers(),
            images=term.columns.get("images"),
            weight=Schedule(tuple(term.weight.schedule), term.weight.kind),
            gate=None if gate is None else Gate(gate.term, gate.at_least),
            when=None if when is None else Route(when.column, when.in_ or when.not_in or [], negated=when.in_ is None),
            clip=term.clip,
            depends=term.depends,
            normalize=term.normalize is not None,
            isolated=self._isolated(),
            memory=self._memory(),
            concurrency=term.concurrency or self.config.workers.concurrency,
            on_abstain=term.on_abstain,
            on_error=self.config.on_error.policy if term.on_error is None else term.on_error,
        )

    def _problem(self, *path: str | int, message: str, at_key: bool = False) -> None:
        self.problems.append(Problem(("rewards", self.name, *path), message, at_key))

    def _check_parameters(self) -> None:
        """Whether `depends` and `columns` name parameters that the reward reads."""
        parameters = [column.name for column in self.found.spec.columns]
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
        numbers = [number for number in (*self.found.spec.range, *policies) if isinstance(number, float)]
        most = max(abs(weight * number) for number in numbers for _, weight in self.term.weight.schedule)
        if most > MAX_VALUE:
            why = f"the term may count {most:g}, and trainers compute in single precision"
            self._problem("weight", message=f"{why}; keep it under {MAX_VALUE:g}.")

    def _params(self) -> dict[str, Any] | None:
        """The validated options; None when they cannot be used."""
        try:
            params = validate_params(self.found.spec, self.term.params)
        except PackError as error:
            self._problem("params", message=str(error))
            return None
        except ValidationError as error:
            known = [parameter.name for parameter in self.found.spec.params]
            for item in error.errors(include_url=False):
                option = str(item["loc"][0]) if item["loc"] else ""
                if item["type"] == "extra_forbidden":
                    message = (
                        f"{self.found} has no parameter '{option}'; it has {', '.join(known) or 'none'}."
                        f"{did_you_mean(option, known)}"
                    )
                elif item["type"] == "missing":
                    message = f"{self.found} needs the parameter '{option}'."
                else:
                    message = f"{self.found}: {item['msg']}, not {show(item['input'])}."
                self._problem("params", *item["loc"], message=message, at_key=item["type"] == "extra_forbidden")
            return None
        self._check_context(params)
        return params

    def _check_context(self, params: dict[str, Any]) -> None:
        check = self.found.spec.check
        if check is None or self.context is None:
            return
        try:
            check(self.context, **params)
        except ValueError as error:
            self._problem("params", message=f"{self.found}: {error}")
        except Exception as error:  # noqa: BLE001 - a broken check is a broken pack, shown like any other mistake
            self._problem("use", message=f"{self.found}: its `check` raised {explain(error)}.")

    def _readers(self) -> tuple[ColumnReader | None, ...]:
        spec = self.found.spec
        readers: list[ColumnReader | None] = []
        for column in spec.columns:
            if column.name in RESERVED:
                readers.append(None)
                continue
            try:
                readers.append(ColumnReader(spec, column, self.term.columns.get(column.name, column.name)))
            except PackError as error:
                self._problem("use", message=str(error))
        return tuple(readers)

    def _isolated(self) -> Isolated | None:
        """How the term runs in a worker; packs of other distributions do so unless the config says otherwise."""
        term, found = self.term, self.found
        is_import = found.spec.mode is Mode.TRL
        default = "inline" if is_import or found.pack.distribution == OWN else os.environ.get(ISOLATION, "process")
        if (term.isolation or default) == "inline":
            if term.timeout is not None:
                self._problem(
                    "timeout", message="a reward that runs inline cannot be stopped; add `isolation: process`."
                )
            return None
        why = "is wrapped from TRL's convention" if is_import else _not_importable(found)
        if why is not None:
            message = (
                f"{found} {why} and cannot be rebuilt in a worker; register it in a pack, as a function of a module "
                f"under `@reward`, or write `isolation: inline`."
            )
            self._problem("isolation" if term.isolation else "use", message=message)
        workers = self.config.workers
        config = {
            "version": 1,
            "rewards": {"term": {"use": found.full_name, "params": dict(term.params), "isolation": "inline"}},
            "packs": {found.pack.namespace: {"distribution": found.pack.distribution}},
            "max_chars": self.config.max_chars,
            "outputs": list(term.depends),
        }
        timeout = term.timeout or workers.timeout
        return Isolated(config, timeout, workers.batch_timeout, workers.startup, self._memory())

    def _memory(self) -> int | None:
        limit = self.config.workers.memory_gib
        return None if limit is None else int(limit * 2**30)


def _not_importable(found: RegisteredReward) -> str | None:
    """Why another process cannot import a reward; None when it can."""
    call = found.spec.call
    if call.__module__ == "__main__":
        return "is defined in the script itself (`__main__`)"
    return "is a lambda" if getattr(call, "__name__", "") == "<lambda>" else None
