"""From the `combine` of a rewards file to its tree of nodes; every mistake in it is kept with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vlm_rewards.config.document import Problem
from vlm_rewards.config.schema import NodeConfig, RewardsConfig
from vlm_rewards.registry.registry import RegisteredReward
from vlm_rewards.scoring.combine import WEIGHTED, Node, Op
from vlm_rewards.text.messages import did_you_mean


class Tree:
    """Builds the tree of a config, given the rewards that were found by term, and keeps every problem it meets."""

    def __init__(self, config: RewardsConfig, found: Mapping[str, RegisteredReward]) -> None:
        self.config, self.found = config, found
        self.problems: list[Problem] = []

    def build(self) -> Node:
        """The tree over the terms; whether it is sound, `problems` tells."""
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
