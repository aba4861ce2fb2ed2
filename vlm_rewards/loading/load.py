"""From a rewards file and the registry to a Scorer; every mistake of the file is reported at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vlm_rewards.config.document import Document, Problem
from vlm_rewards.config.schema import RewardsConfig, TermConfig
from vlm_rewards.errors import PackError, UnknownRewardError
from vlm_rewards.loading.combine import Tree
from vlm_rewards.registry.decorator import RESERVED, Mode
from vlm_rewards.registry.registry import RegisteredReward, Registry, imported
from vlm_rewards.scoring.binding import ColumnReader, Instance, validate_params
from vlm_rewards.scoring.output_validator import OutputValidator
from vlm_rewards.scoring.schedule import Schedule
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.scoring.term import Gate, Isolated, Route, Term
from vlm_rewards.text.messages import did_you_mean, explain, show
from vlm_rewards.types.context import Context

__all__ = ["load_scorer"]

TRL_PREFIX = "trl:"

#: Set to `inline` to run every pack in the scoring process, to debug one.
ISOLATION = "VLM_REWARDS_ISOLATION"

#: The distribution whose packs are linear-time by test, and run in the scoring process.
OWN = "vlm-rewards"
#: Squares of rewards are summed in float32, which ends at 3e38.
MAX_VALUE = 1e15


def load_scorer(
    config: str | Path | Mapping[str, Any] | Document,
    *,
    registry: Registry | None = None,
    context: Context | None = Context(),  # noqa: B008 - frozen
) -> Scorer:
    """Make a Scorer.

    Args:
        config: A rewards file, or the same as a dict.
        registry: Where rewards are found; the installed packs by default.
        context: Facts of the run, checked against what the rewards need; None when they are not known yet.

    Raises:
        ConfigError: With every mistake at once, each in its place.
    """
    document = Document.read(config, what="rewards file")
    parsed, problems = document.salvage(RewardsConfig)
    composer = _Composer(parsed, Registry() if registry is None else registry, context)
    terms = {name: composer.term(name, term) for name, term in parsed.rewards.items()}
    ordered = composer.order({name: term for name, term in terms.items() if term is not None})
    tree = Tree(parsed, composer.found)
    combine = tree.build()
    problems += composer.problems + tree.problems
    if problems:
        raise document.error(problems)
    return Scorer(
        terms=ordered,
        order=tuple(parsed.rewards),
        combine=combine,
        max_chars=parsed.max_chars,
        hook=composer.registry.hook,
    )


class _Composer:
    """Builds terms and keeps every problem it meets."""

    def __init__(self, config: RewardsConfig, registry: Registry, context: Context | None) -> None:
        self.config, self.registry, self.context = config, registry, context
        self.problems: list[Problem] = []
        self.found: dict[str, RegisteredReward] = {}

    def term(self, name: str, term: TermConfig) -> Term | None:
        """One term, or None when something is wrong with it."""
        found = self._find(name, term)
        gate = self._gate(name, term)
        self._depends(name, term, found)
        if found is None:
            return None
        self.found[name] = found
        spec, who = found.spec, str(found)
        params = self._params(name, term, found)
        readers, pictures = self._columns(name, term, found)
        if params is not None:
            self._check_context(name, found, params)
        self._check_size(name, term, found)
        when = term.when
        return Term(
            name=name,
            full_name=found.full_name,
            spec=spec,
            validator=OutputValidator(who, *spec.range),
            instance=Instance(spec, params or {}),
            columns=readers,
            images=pictures,
            weight=Schedule(tuple(term.weight.schedule), term.weight.kind),
            gate=gate,
            when=None if when is None else Route(when.column, when.in_ or when.not_in or [], negated=when.in_ is None),
            clip=term.clip,
            depends=term.depends,
            normalize=term.normalize is not None,
            isolated=self._isolated(name, term, found),
            memory=self._memory(),
            concurrency=self.config.workers.concurrency,
            on_abstain=term.on_abstain,
            on_error=self.config.on_error.policy if term.on_error is None else term.on_error,
        )

    def order(self, terms: Mapping[str, Term]) -> list[Term]:
        """The terms, each after those it looks at (`gate`, `depends`); a circle is a problem."""
        looks_at = {name: [other for other in term.dependencies() if other in terms] for name, term in terms.items()}
        try:
            ordered = list(TopologicalSorter(looks_at).static_order())
        except CycleError as error:
            circle: list[str] = error.args[1]
            keys = "gates" if all(terms[name].gate and not terms[name].depends for name in circle) else "terms"
            place = ("rewards", circle[0], "gate" if terms[circle[0]].gate else "depends")
            self._problem(place, f"the {keys} go in a circle: {' -> '.join(circle)}; remove one.")
            return list(terms.values())
        return [self._with_top_gate(terms[name], terms) for name in ordered]

    def _with_top_gate(self, term: Term, terms: Mapping[str, Term]) -> Term:
        """A gate without `at_least` opens at the top of the other term's range; one above it never would."""
        if term.gate is None or term.gate.term not in terms:
            return term
        top = terms[term.gate.term].spec.range[1]
        if term.gate.at_least is None:
            return replace(term, gate=Gate(term.gate.term, top))
        if term.gate.at_least > top:
            self._problem(
                ("rewards", term.name, "gate", "at_least"),
                f"'{term.gate.term}' scores {top:g} at most, so that this gate never opens; "
                f"write a number up to {top:g}.",
            )
        return term

    def _depends(self, name: str, term: TermConfig, found: RegisteredReward | None) -> None:
        others = [other for other in self.config.rewards if other != name]
        columns = () if found is None else found.spec.columns
        readable = [column.name for column in columns if column.name not in RESERVED]
        for parameter, other in term.depends.items():
            path = ("rewards", name, "depends", parameter)
            if other not in others:
                names = ", ".join(others) or "none"
                self._problem(path, f"'{other}' is no other term; these are {names}.{did_you_mean(other, others)}")
            if found is not None and parameter not in readable:
                self._problem(
                    path,
                    f"{found} reads nothing as '{parameter}'; it reads {', '.join(readable) or 'nothing'}."
                    f"{did_you_mean(parameter, readable)}",
                    at_key=True,
                )

    def _isolated(self, name: str, term: TermConfig, found: RegisteredReward) -> Isolated | None:
        """How a term runs in a worker; packs of other distributions do so unless the config says otherwise."""
        is_import = found.spec.mode is Mode.TRL
        default = "inline" if is_import or found.pack.distribution == OWN else os.environ.get(ISOLATION, "process")
        mode = term.isolation or default
        if mode == "inline":
            if term.timeout is not None:
                place = ("rewards", name, "timeout")
                self._problem(place, "a reward that runs inline cannot be stopped; add `isolation: process`.")
            return None
        why = "is wrapped from TRL's convention" if is_import else _not_importable(found)
        if why is not None:
            self._problem(
                ("rewards", name, "isolation" if term.isolation else "use"),
                f"{found} {why} and cannot be rebuilt in a worker; register it in a pack, as a function of a module "
                f"under `@reward`, or write `isolation: inline`.",
            )
        workers = self.config.workers
        config = {
            "version": 1,
            "rewards": {"term": {"use": found.full_name, "params": dict(term.params), "isolation": "inline"}},
            "packs": {found.pack.namespace: {"distribution": found.pack.distribution}},
            "max_chars": self.config.max_chars,
            "outputs": list(term.depends),
        }
        return Isolated(config, term.timeout or workers.timeout, workers.batch_timeout, self._memory())

    def _memory(self) -> int | None:
        limit = self.config.workers.memory_gib
        return None if limit is None else int(limit * 2**30)

    def _problem(self, path: tuple[str | int, ...], message: str, *, at_key: bool = False) -> None:
        self.problems.append(Problem(path, message, at_key))

    def _find(self, name: str, term: TermConfig) -> RegisteredReward | None:
        place = ("rewards", name, "use")
        if term.use.startswith(TRL_PREFIX):
            return self._import(name, term)
        if term.range is not None:
            self._problem(
                ("rewards", name, "range"), f"'{term.use}' declares its own range; only `trl:` functions need one."
            )
        pin = self.config.packs.get(term.use.partition("/")[0])
        try:
            return self.registry.get(term.use, distribution=pin.distribution if pin else None)
        except (UnknownRewardError, PackError) as error:
            self._problem(place, str(error))
        return None

    def _import(self, name: str, term: TermConfig) -> RegisteredReward | None:
        place = ("rewards", name, "use")
        dotted = term.use.removeprefix(TRL_PREFIX)
        if not self.config.allow_imports:
            self._problem(place, f"'{term.use}' imports code; set `allow_imports: true` at the top to permit it.")
        elif term.range is None:
            self._problem(place, f"'{term.use}' declares no range; add `range: [0, 1]` to the term.")
        else:
            try:
                return imported(dotted, range_=term.range)
            except PackError as error:
                self._problem(place, str(error))
        return None

    def _gate(self, name: str, term: TermConfig) -> Gate | None:
        if term.gate is None:
            return None
        path = ("rewards", name, "gate")
        others = [other for other in self.config.rewards if other != name]
        if term.gate.term not in others:
            wrong = "is this term itself" if term.gate.term == name else "is no term"
            self._problem(
                path,
                f"'{term.gate.term}' {wrong}; the others are {', '.join(others) or 'none'}."
                f"{did_you_mean(term.gate.term, others)}",
            )
            return None
        return Gate(term.gate.term, term.gate.at_least)

    def _params(self, name: str, term: TermConfig, found: RegisteredReward) -> dict[str, Any] | None:
        place = ("rewards", name, "params")
        try:
            return validate_params(found.spec, term.params)
        except PackError as error:
            self._problem(place, str(error))
        except ValidationError as error:
            known = [parameter.name for parameter in found.spec.params]
            for item in error.errors(include_url=False):
                path = (*place, *item["loc"])
                if item["type"] == "extra_forbidden":
                    option = str(item["loc"][0])
                    message = (
                        f"{found} has no parameter '{option}'; it has {', '.join(known) or 'none'}."
                        f"{did_you_mean(option, known)}"
                    )
                elif item["type"] == "missing":
                    message = f"{found} needs the parameter '{item['loc'][0]}'."
                else:
                    message = f"{found}: {item['msg']}, not {show(item['input'])}."
                self._problem(path, message, at_key=item["type"] == "extra_forbidden")
        return None

    def _columns(
        self, name: str, term: TermConfig, found: RegisteredReward
    ) -> tuple[tuple[ColumnReader | None, ...], str | None]:
        spec = found.spec
        known = [column.name for column in spec.columns if column.name not in {"row", "context"}]
        for parameter in term.columns:
            if parameter not in known:
                self._problem(
                    ("rewards", name, "columns", parameter),
                    f"{found} reads no column as '{parameter}'; it reads {', '.join(known) or 'none'}."
                    f"{did_you_mean(parameter, known)}",
                    at_key=True,
                )
        readers: list[ColumnReader | None] = []
        for column in spec.columns:
            if column.name in RESERVED:
                readers.append(None)
                continue
            try:
                readers.append(ColumnReader(spec, column, term.columns.get(column.name, column.name)))
            except PackError as error:
                self._problem(("rewards", name, "use"), str(error))
        return tuple(readers), term.columns.get("images")

    def _check_context(self, name: str, found: RegisteredReward, params: Mapping[str, Any]) -> None:
        if found.spec.check is None or self.context is None:
            return
        try:
            found.spec.check(self.context, **params)
        except ValueError as error:
            self._problem(("rewards", name, "params"), f"{found}: {error}")
        except Exception as error:  # noqa: BLE001 - a broken check is a broken pack, shown like any other mistake
            self._problem(("rewards", name, "use"), f"{found}: its `check` raised {explain(error)}.")

    def _check_size(self, name: str, term: TermConfig, found: RegisteredReward) -> None:
        numbers = [bound for bound in (*found.spec.range, term.on_abstain, term.on_error) if isinstance(bound, float)]
        most = max(abs(weight * number) for number in numbers for _, weight in term.weight.schedule)
        if most > MAX_VALUE:
            self._problem(
                ("rewards", name, "weight"),
                f"the term may count {most:g}, and trainers compute in single precision; keep it under {MAX_VALUE:g}.",
            )


def _not_importable(found: RegisteredReward) -> str | None:
    """Why another process cannot import a reward; None when it can."""
    call = found.spec.call
    if call.__module__ == "__main__":
        return "is defined in the script itself (`__main__`)"
    return "is a lambda" if getattr(call, "__name__", "") == "<lambda>" else None
