"""Compositions that packs ship: a term with `use: config:pack/name` becomes the terms and the node of a whole file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from vlm_rewards.config.document import Problem
from vlm_rewards.config.schema import NodeConfig, RewardsConfig, RouteConfig, TermConfig
from vlm_rewards.errors import PackError, UnknownRewardError
from vlm_rewards.registry.registry import Registry
from vlm_rewards.text.messages import did_you_mean, show

COMPOSITION_PREFIX = "config:"

#: What a term may say of a composition, and a composition of itself.
_OF_TERM, _OF_FILE = {"use", "weight", "when", "clip"}, {"version", "rewards", "combine"}


@dataclass(slots=True)
class Compositions:
    """Replaces terms that stand for compositions, and keeps every problem it meets."""

    config: RewardsConfig
    registry: Registry
    problems: list[Problem] = field(default_factory=list)
    _origin: dict[str, tuple[str, str]] = field(default_factory=dict)  # the outer and the inner name of a new term

    def expand(self) -> RewardsConfig:
        """The config with plain terms only; those of a composition are named after its term, `geometry_iou`."""
        terms: dict[str, TermConfig] = {}
        nodes: dict[str, NodeConfig] = {}
        for name, term in self.config.rewards.items():
            if not term.use.startswith(COMPOSITION_PREFIX):
                terms[name] = term
            elif (made := self._read(name, term)) is not None:
                for inner, own in made.rewards.items():
                    terms[f"{name}_{inner}"] = _renamed(own, name, term.when)
                    self._origin[f"{name}_{inner}"] = (name, inner)
                nodes[name] = self._node(name, term, made)
        if not nodes:
            return self.config.model_copy(update={"rewards": terms})
        combine = self.config.combine
        children = [_placed(child, nodes) for child in combine.terms or list(self.config.rewards)]
        update = {"rewards": terms, "combine": combine.model_copy(update={"terms": children})}
        return self.config.model_copy(update=update)

    def located(self, problem: Problem) -> Problem:
        """A problem inside a composition, at the term that uses it."""
        outer, inner = self._origin.get(str(problem.path[1]) if len(problem.path) > 1 else "", ("", ""))
        if not outer or problem.path[0] != "rewards":
            return problem
        place = ".".join(map(str, ("rewards", inner, *problem.path[2:])))
        use = self.config.rewards[outer].use
        return replace(problem, path=("rewards", outer, "use"), message=f"in '{use}', {place}: {problem.message}")

    def _read(self, name: str, term: TermConfig) -> RewardsConfig | None:
        """The composition of a term; None when there is none."""
        for key in sorted(term.model_fields_set - _OF_TERM):
            message = f"'{term.use}' is a composition, which takes {', '.join(sorted(_OF_TERM))} only."
            self.problems.append(Problem(("rewards", name, key), message, at_key=True))
        try:
            content = self._content(term.use)
        except (PackError, UnknownRewardError) as error:
            message = str(error)
        else:
            made, fault = _validated(content)
            if made is not None:
                return made
            message = f"'{term.use}' cannot be used: {fault}."
        self.problems.append(Problem(("rewards", name, "use"), message))
        return None

    def _content(self, use: str) -> Any:
        namespace, _, name = use.removeprefix(COMPOSITION_PREFIX).partition("/")
        pin = self.config.packs.get(namespace)
        pack = self.registry.find(namespace, distribution=None if pin is None else pin.distribution)
        known = self.registry.describe(pack).compositions
        if name not in known:
            hint = did_you_mean(name, known)
            raise UnknownRewardError(
                f"Pack '{namespace}' ({pack}) has no composition '{name}'; it has {', '.join(known) or 'none'}.{hint}"
            )
        return known[name]

    def _node(self, name: str, term: TermConfig, made: RewardsConfig) -> NodeConfig:
        weights = {weight for _, weight in term.weight.schedule}
        if len(weights) > 1:
            message = f"the weight of '{term.use}' cannot change: it is a composition; give a number."
            self.problems.append(Problem(("rewards", name, "weight"), message))
        children = [_prefixed(child, name) for child in made.combine.terms or list(made.rewards)]
        clip = made.combine.clip if term.clip is None else term.clip
        return NodeConfig(name=name, op=made.combine.op, terms=children, weight=max(weights), clip=clip)


def _validated(content: Any) -> tuple[RewardsConfig | None, str]:
    """A composition as a config, or what is wrong with it."""
    if not isinstance(content, Mapping):
        return None, f"it is {show(content)}, not a mapping with `rewards`"
    try:
        made = RewardsConfig.model_validate({"version": 1, **content})
    except ValidationError as error:
        item = error.errors(include_url=False)[0]
        return None, f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
    if other := sorted(made.model_fields_set - _OF_FILE):
        return None, f"`{other[0]}` belongs into the file that uses it"
    if odd := [term.use for term in made.rewards.values() if ":" in term.use]:
        return None, f"'{odd[0]}' is not a reward of a pack"
    return made, ""


def _renamed(term: TermConfig, name: str, when: RouteConfig | None) -> TermConfig:
    """A term of a composition: the terms it names have their new names, and it is routed as the composition is."""
    update: dict[str, Any] = {"depends": {parameter: f"{name}_{other}" for parameter, other in term.depends.items()}}
    if term.gate is not None:
        update["gate"] = term.gate.model_copy(update={"term": f"{name}_{term.gate.term}"})
    if term.when is None:
        update["when"] = when
    return term.model_copy(update=update)


def _prefixed(child: str | NodeConfig, name: str) -> str | NodeConfig:
    if isinstance(child, str):
        return f"{name}_{child}"
    terms = [_prefixed(one, name) for one in child.terms]
    return child.model_copy(update={"name": f"{name}_{child.name}", "terms": terms})


def _placed(child: str | NodeConfig, nodes: Mapping[str, NodeConfig]) -> str | NodeConfig:
    if isinstance(child, str):
        return nodes.get(child, child)
    return child.model_copy(update={"terms": [_placed(one, nodes) for one in child.terms]})
