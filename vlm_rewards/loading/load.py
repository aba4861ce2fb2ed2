"""From a rewards file and the registry to a Scorer; every mistake of the file is reported at once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from vlm_rewards.answers.marks import AnswerMarks
from vlm_rewards.config.document import Document, Problem
from vlm_rewards.config.schema import NodeConfig, RewardsConfig
from vlm_rewards.errors import PackError, UnknownRewardError
from vlm_rewards.loading.compositions import Compositions
from vlm_rewards.loading.terms import TermBuilder
from vlm_rewards.registry.registry import TRL_PREFIX, RegisteredReward, Registry, is_file
from vlm_rewards.scoring.combine import WEIGHTED, Node, Op
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.scoring.term import Gate, Term
from vlm_rewards.text.messages import did_you_mean
from vlm_rewards.types.context import Context
from vlm_rewards.workers.protocol import in_worker


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
    registry = Registry() if registry is None else registry
    registry.startup = parsed.workers.startup
    compositions = Compositions(parsed, registry, problems)
    parsed = compositions.expand()
    watching = _watching(parsed, registry, problems)
    found: dict[str, RegisteredReward] = {}
    terms: dict[str, Term] = {}
    for name in parsed.rewards:
        problems += _unknown_terms(name, parsed)
        reward = _find(name, parsed, registry, document.folder, problems)
        if reward is not None:
            found[name] = reward
            if reward.info.goes_in and not in_worker():  # it is said by the process that asked for it
                warnings.warn(f"{reward} is deprecated and goes in {reward.info.goes_in}.", FutureWarning, stacklevel=2)
            builder = TermBuilder(name, reward, parsed, context)
            terms[name] = builder.build()
            problems += builder.problems
    ordered = _ordered(terms, problems)
    combine = _Tree(parsed, found, problems).build()
    if problems:
        raise document.error(map(compositions.located, problems))
    for reward in found.values():
        if reward.observers:
            watching.setdefault(reward.pack.namespace, reward.imported is not None)
    return Scorer(
        terms=ordered,
        order=tuple(parsed.rewards),
        combine=combine,
        max_chars=parsed.max_chars,
        hook=registry.hook,
        watching=watching,
        marks=parsed.answers.marks if parsed.answers.model_fields_set else None,
    )


def read_marks(config: str | Path | Mapping[str, Any] | Document) -> AnswerMarks:
    """The marks that a rewards file sets, before it is composed. Raises ConfigError where it cannot be read at all."""
    return Document.read(config, what="rewards file").salvage(RewardsConfig)[0].answers.marks


def _watching(config: RewardsConfig, registry: Registry, problems: list[Problem]) -> dict[str, bool]:
    """Import the packs that may watch; those that were are True."""
    for index, namespace in enumerate(config.observers):
        pin = config.packs.get(namespace)
        try:
            registry.load(namespace, distribution=pin.distribution if pin else None, isolation="inline")
        except (UnknownRewardError, PackError) as error:
            problems.append(Problem(("observers", index), str(error)))
    return dict.fromkeys(config.observers, True)


def _find(
    name: str, config: RewardsConfig, registry: Registry, folder: Path, problems: list[Problem]
) -> RegisteredReward | None:
    """The reward of a term; None when there is none, which is a problem."""
    term = config.rewards[name]
    is_trl = term.use.startswith(TRL_PREFIX)
    if term.range is not None and not is_trl:
        message = f"'{term.use}' declares its own range; only `trl:` functions need one."
        problems.append(Problem(("rewards", name, "range"), message))
    try:
        if is_trl and not config.allow_imports:
            message = f"'{term.use}' imports code; set `allow_imports: true` at the top to permit it."
        elif is_trl and term.range is None:
            message = f"'{term.use}' declares no range; add `range: [0, 1]` to the term."
        elif is_trl or is_file(term.use):
            bounds = term.range if is_trl else None
            return registry.named(term.use, folder=folder, isolation=term.isolation, range_=bounds)
        else:
            pin = config.packs.get(term.use.partition("/")[0])
            return registry.get(term.use, distribution=pin.distribution if pin else None, isolation=term.isolation)
    except (UnknownRewardError, PackError) as error:
        message = str(error)
    problems.append(Problem(("rewards", name, "use"), message))
    return None


def _unknown_terms(name: str, config: RewardsConfig) -> list[Problem]:
    """What is wrong with the names of other terms in a term (`gate`, `depends`)."""
    term = config.rewards[name]
    others = [other for other in config.rewards if other != name]
    named: dict[tuple[str, ...], str] = {("depends", parameter): other for parameter, other in term.depends.items()}
    if term.gate is not None:
        named["gate",] = term.gate.term
    problems = []
    for place, other in named.items():
        if other not in others:
            wrong = "is this term itself" if other == name else "is not a term"
            known = f"the others are {', '.join(others) or 'none'}.{did_you_mean(other, others)}"
            problems.append(Problem(("rewards", name, *place), f"'{other}' {wrong}; {known}"))
    return problems


def _ordered(terms: Mapping[str, Term], problems: list[Problem]) -> list[Term]:
    """The terms, each after those it depends on (`gate`, `depends`); a circle is a problem."""
    graph = {
        name: [other for other in term.dependencies() if other in terms and other != name]
        for name, term in terms.items()
    }
    try:
        ordered = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        keys = "gates" if all(terms[name].gate and not terms[name].depends for name in circle) else "terms"
        place = ("rewards", circle[0], "gate" if terms[circle[0]].gate else "depends")
        problems.append(Problem(place, f"the {keys} go in a circle: {' -> '.join(circle)}; remove one."))
        return list(terms.values())
    return [_with_bounds(terms[name], terms, problems) for name in ordered]


def _with_bounds(term: Term, terms: Mapping[str, Term], problems: list[Problem]) -> Term:
    """A gate without bounds opens at the top of the other term's range, and one with bounds has to open somewhere."""
    if term.gate is None or term.gate.term not in terms:
        return term
    gate, (low, top) = term.gate, terms[term.gate.term].info.range
    least = gate.at_least if gate.at_least is not None else top if gate.at_most is None else low
    most = top if gate.at_most is None else gate.at_most
    if max(least, low) > min(most, top):
        key = "at_least" if least > top else "at_most"
        message = f"'{gate.term}' scores {low:g} to {top:g}, so that this gate never opens; write other bounds."
        problems.append(Problem(("rewards", term.name, "gate", key), message))
    return replace(term, gate=Gate(gate.term, least, most))


@dataclass(frozen=True, slots=True)
class _Tree:
    """Builds the tree of a config, given the rewards that were found by term, and keeps every problem it meets."""

    config: RewardsConfig
    found: Mapping[str, RegisteredReward]
    problems: list[Problem]

    def build(self) -> Node:
        terms, config = self.config.rewards, self.config.combine
        place = ("combine", "terms")
        root = self._node(config.op, config.terms or list(terms), config.clip, place)
        used = root.terms()
        for name in dict.fromkeys(used):
            if used.count(name) > 1:
                self._problem(place, f"the term '{name}' stands in two places; leave it in one.")
        for name in terms:
            if name not in used:
                self._problem(place, f"the term '{name}' is not combined; name it here, or give it `weight: 0`.")
        return root

    def _node(
        self,
        op: Op,
        children: Sequence[str | NodeConfig],
        clip: tuple[float, float] | None,
        place: tuple[str | int, ...],
        **more: Any,
    ) -> Node:
        known = self.config.rewards
        made: list[str | Node] = []
        for index, child in enumerate(children):
            here = (*place, index)
            if isinstance(child, str):
                if child not in known:
                    names = ", ".join(known)
                    self._problem(here, f"'{child}' is not a term; the terms are {names}.{did_you_mean(child, known)}")
                    continue
                self._check_weight(op, child, known[child].weight.schedule)
                self._check_product(op, child, ("rewards", child, "use"))
                made.append(child)
            else:
                self._check_weight(op, child.name, [(0, child.weight)])
                self._check_product(op, child, here)
                inner = (*here, "terms")
                made.append(self._node(child.op, child.terms, child.clip, inner, weight=child.weight, name=child.name))
        return Node(op, tuple(made), clip, **more)

    def _check_weight(self, op: Op, child: str, schedule: Sequence[tuple[int, float]]) -> None:
        """Weights have a meaning in sums and means only; a constant 0 (scored, not counted) has one everywhere."""
        weights = {weight for _, weight in schedule}
        if op not in WEIGHTED and weights not in ({0.0}, {1.0}):
            self._problem(
                ("rewards", child, "weight"),
                f"'{child}' is combined by `{op}`, where a weight has no meaning; leave it out, or use sum or mean.",
            )

    def _check_product(self, op: Op, child: str | NodeConfig, place: tuple[str | int, ...]) -> None:
        if op == "product" and self._can_be_negative(child):
            who = self.found[child] if isinstance(child, str) else f"'{child.name}'"
            self._problem(
                place,
                f"{who} can score below 0, where a product turns bad into good; combine it by sum, or clip it at 0.",
            )

    def _can_be_negative(self, child: str | NodeConfig) -> bool:
        """Whether a term or a node can count less than 0: by its range, its policies or what is below."""
        if not isinstance(child, str):
            return (child.clip is None or child.clip[0] < 0) and any(map(self._can_be_negative, child.terms))
        found = self.found.get(child)
        if found is None:  # a problem of its own
            return False
        term = self.config.rewards[child]
        policies = (term.on_abstain, self.config.on_error.policy if term.on_error is None else term.on_error)
        low = min([found.info.range[0], *(number for number in policies if isinstance(number, float | int))])
        # Normalised scores have mean 0, and are normalised after they are clipped.
        return term.normalize is not None or (low if term.clip is None else max(low, term.clip[0])) < 0

    def _problem(self, path: tuple[str | int, ...], message: str) -> None:
        self.problems.append(Problem(path, message))
