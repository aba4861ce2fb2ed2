"""What training sees: advantages within a group. Nothing that befalls one completion moves the order of the others.

Every completion says what the three rewards make of it, so that hypothesis can play every outcome, and an oracle that
knows the status table by heart says what must come out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError

if TYPE_CHECKING:
    from tests.core.conftest import ScorerOf

#: Name: range. `a` is gated by `g`, `p` is a penalty, `r` is routed by the column `task`.
RANGES = {"g": (0.0, 1.0), "a": (-1.0, 2.0), "p": (-1.0, 0.0), "r": (0.0, 1.0)}
WEIGHTS = {"g": 0.2, "a": 1.0, "p": 0.5, "r": 0.3}
FAULTS = ("abstain", "unparseable", "bad", "fail")

Outcome = float | str


@dataclass(frozen=True)
class Row:
    """One completion: what each reward makes of it, and its task."""

    outcomes: Mapping[str, Outcome]
    task: str = "used"

    @property
    def text(self) -> str:
        return " ".join(f"{name}={outcome}" for name, outcome in self.outcomes.items())

    def but(self, name: str, outcome: Outcome) -> Row:
        return replace(self, outcomes={**self.outcomes, name: outcome})


def reward_named(name: str) -> Any:
    @vr.reward(range=RANGES[name], name=name)
    def told(completion: vr.Completion) -> Any:
        outcome = dict(part.split("=") for part in completion.text.split())[name]
        if outcome == "fail":
            raise ValueError("told to")
        others = {
            "abstain": None,
            "unparseable": vr.RewardOutput.unparseable("told to"),
            "bad": vr.RewardOutput.bad_reference("told to"),
        }
        return others[outcome] if outcome in others else float(outcome)

    return told


REWARDS = [reward_named(name) for name in RANGES]


def config_with(**options: Any) -> dict[str, Any]:
    terms = {name: {"use": f"lab/{name}", "weight": weight, **options} for name, weight in WEIGHTS.items()}
    terms["a"]["gate"] = {"term": "g", "at_least": 0.5}
    terms["r"]["when"] = {"column": "task", "in": ["used"]}
    return terms


def oracle(row: Row, *, on_abstain: str | float = "low", on_error: str | float = "skip_row") -> float | None:
    """The total by the table of the design, written down once more and in another way."""
    total, void, routed = 0.0, False, False
    for name, weight in WEIGHTS.items():
        if name == "r" and row.task != "used":
            continue
        low = RANGES[name][0]
        outcome = row.outcomes[name]
        if name == "a":
            gate = row.outcomes["g"]
            if gate in ("bad", "fail"):
                outcome = gate
            elif gate == "unparseable" or (isinstance(gate, float) and gate < 0.5):
                outcome = low
        effect: str | float = (
            {
                "abstain": low if on_abstain == "low" else on_abstain,
                "unparseable": low,
                "bad": "skip_row",
                "fail": on_error,
            }.get(outcome, outcome)
            if isinstance(outcome, str)
            else outcome
        )
        if effect == "skip_row":
            void = True
        elif effect != "drop":
            assert isinstance(effect, float)
            total += weight * effect
            routed = True
    return None if void or not routed else total


def score_in(name: str) -> st.SearchStrategy[float]:
    low, high = RANGES[name]
    return st.floats(low, high, allow_subnormal=False).map(lambda value: round(value, 3))


def outcome_of(name: str) -> st.SearchStrategy[Outcome]:
    return st.one_of(score_in(name), st.sampled_from(FAULTS))


rows = st.builds(
    Row, st.fixed_dictionaries({name: outcome_of(name) for name in RANGES}), st.sampled_from(["used", "other"])
)
scored_rows = st.builds(Row, st.fixed_dictionaries({name: score_in(name) for name in RANGES}))


def totals(scorer: vr.Scorer, group: Sequence[Row]) -> list[float | None]:
    batch = vr.Batch.of([row.text for row in group], task=[row.task for row in group])
    return list(scorer.score(batch).totals)


def advantages(values: Sequence[float | None]) -> list[float | None]:
    """Reward minus the mean of the group, as GRPO takes it; a row without a reward has none."""
    there = [value for value in values if value is not None]
    mean = math.fsum(there) / len(there) if there else 0.0
    return [None if value is None else value - mean for value in values]


def order_of(values: Sequence[float | None], members: Sequence[int]) -> list[list[int]]:
    """For each pair of members which is the better one, by more than rounding."""
    picked = [values[member] for member in members]
    assert None not in picked
    numbers = [value for value in picked if value is not None]
    return [[(one > other + 1e-9) - (other > one + 1e-9) for other in numbers] for one in numbers]


class TestOracle:
    @pytest.mark.parametrize("on_abstain", ["low", "skip_row", "drop", -0.25])
    @pytest.mark.parametrize("on_error", ["skip_row", 0.125])
    def test_totals_are_those_of_the_table(
        self, scorer_of: ScorerOf, on_abstain: str | float, on_error: str | float
    ) -> None:
        scorer = scorer_of(*REWARDS, terms=config_with(on_abstain=on_abstain, on_error=on_error))

        @given(st.lists(rows, min_size=1, max_size=8))
        def check(group: list[Row]) -> None:
            expected = [oracle(row, on_abstain=on_abstain, on_error=on_error) for row in group]
            assert totals(scorer, group) == [pytest.approx(value, abs=1e-9) for value in expected]

        check()


class TestOrderOfTheOthers:
    @pytest.fixture
    def scorer(self, scorer_of: ScorerOf) -> vr.Scorer:
        return scorer_of(*REWARDS, terms=config_with())

    @pytest.mark.parametrize("fault", [*FAULTS, "gate"])
    @pytest.mark.parametrize("name", RANGES)
    def test_what_befalls_one_completion_leaves_the_order_of_the_others(
        self, scorer: vr.Scorer, name: str, fault: str
    ) -> None:
        @settings(max_examples=15)
        @given(st.lists(scored_rows, min_size=2, max_size=6), st.data())
        def check(group: list[Row], data: st.DataObject) -> None:
            victim = data.draw(st.integers(0, len(group) - 1))
            others = [member for member in range(len(group)) if member != victim]
            struck = list(group)
            struck[victim] = group[victim].but("g", 0.0) if fault == "gate" else group[victim].but(name, fault)
            before, after = totals(scorer, group), totals(scorer, struck)
            assert [after[member] for member in others] == [before[member] for member in others]
            assert order_of(advantages(after), others) == order_of(advantages(before), others)

        check()

    def test_a_term_that_is_not_routed_changes_no_advantage(self, scorer: vr.Scorer, scorer_of: ScorerOf) -> None:
        without = {name: term for name, term in config_with().items() if name != "r"}
        scorer_without = scorer_of(*REWARDS, terms=without)

        @given(st.lists(scored_rows, min_size=1, max_size=6))
        def check(group: list[Row]) -> None:
            elsewhere = [replace(row, task="other") for row in group]
            assert totals(scorer, elsewhere) == totals(scorer_without, elsewhere)

        check()

    def test_a_term_that_is_dead_for_the_whole_prompt_changes_no_advantage(self, scorer: vr.Scorer) -> None:
        """Gated out, or unparseable, or abstaining for every completion: a constant, which cancels."""

        @given(st.lists(scored_rows, min_size=2, max_size=6), st.sampled_from(["abstain", "unparseable"]))
        def check(group: list[Row], fault: str) -> None:
            dead = [row.but("a", fault) for row in group]
            low = [row.but("a", RANGES["a"][0]) for row in group]
            gated = [row.but("g", 0.25) for row in group]
            low_gated = [row.but("g", 0.25).but("a", RANGES["a"][0]) for row in group]
            assert totals(scorer, dead) == totals(scorer, low)
            assert totals(scorer, gated) == totals(scorer, low_gated)

        check()

    def test_a_bad_reference_of_one_prompt_leaves_every_other_group_alone(self, scorer: vr.Scorer) -> None:
        @given(st.lists(scored_rows, min_size=2, max_size=4), st.lists(scored_rows, min_size=2, max_size=4))
        def check(good: list[Row], bad: list[Row]) -> None:
            both = totals(scorer, [*good, *(row.but("a", "bad").but("g", 1.0) for row in bad)])
            assert both[: len(good)] == totals(scorer, good)
            assert both[len(good) :] == [None] * len(bad)

        check()


class TestNoBonus:
    """Under the default policy no completion gains by being hard to grade."""

    @pytest.mark.parametrize("name", RANGES)
    @pytest.mark.parametrize("fault", ["abstain", "unparseable"])
    def test_a_completion_that_cannot_be_graded_never_beats_itself_graded(
        self, scorer_of: ScorerOf, name: str, fault: str
    ) -> None:
        scorer = scorer_of(*REWARDS, terms={name: {"use": f"lab/{name}"}})

        @given(scored_rows)
        def check(row: Row) -> None:
            graded, dodged = totals(scorer, [row, row.but(name, fault)])
            assert graded is not None
            assert dodged is not None
            assert dodged <= graded

        check()

    def test_an_abstaining_penalty_pays_no_bonus(self, scorer_of: ScorerOf) -> None:
        terms = {"a": {"use": "lab/a"}, "p": {"use": "lab/p"}}
        scorer = scorer_of(*REWARDS, terms=terms)

        @given(scored_rows)
        def check(row: Row) -> None:
            punished, dodged = totals(scorer, [row, row.but("p", "abstain")])
            assert punished is not None
            assert dodged is not None
            assert dodged <= punished

        check()
        # `drop` is what pays the bonus; it is there for wrapped functions of TRL, and not the default.
        dropping = scorer_of(*REWARDS, terms={**terms, "p": {"use": "lab/p", "on_abstain": "drop"}})
        row = Row(dict.fromkeys(RANGES, 0.0) | {"p": -0.5})
        assert totals(dropping, [row, row.but("p", "abstain")]) == [-0.5, 0.0]

    def test_neither_weights_nor_operations_make_it_pay_to_be_hard_to_grade(self, scorer_of: ScorerOf) -> None:
        weight = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 100))
        points = st.builds(lambda one, other: {"schedule": [[0, one], [10, other]]}, weight, weight)
        weights = st.fixed_dictionaries(dict.fromkeys(RANGES, st.one_of(weight, points)))
        penalty = st.sampled_from(["sum", "mean"]).map(
            lambda op: {"op": op, "terms": ["g", {"name": "inner", "op": op, "terms": ["a", "p"], "weight": 0.5}, "r"]}
        )

        @settings(max_examples=60)
        @given(
            weights, st.one_of(st.sampled_from(["sum", "mean"]), penalty), scored_rows, st.sampled_from(list(RANGES))
        )
        def check(weights: dict[str, Any], combine: Any, row: Row, name: str) -> None:
            terms = {term: {"use": f"lab/{term}", "weight": weight} for term, weight in weights.items()}
            scorer = scorer_of(*REWARDS, terms=terms, combine=combine)
            graded, *dodged = totals(scorer, [row, row.but(name, "abstain"), row.but(name, "unparseable")])
            assert graded is not None
            assert all(total is not None and total <= graded + 1e-9 for total in dodged)

        check()

    @pytest.mark.parametrize("weight", [-1, -0.01, {"schedule": [[0, 0.5], [100, -0.5]]}])
    def test_a_weight_that_would_make_the_low_the_best_is_refused(self, scorer_of: ScorerOf, weight: object) -> None:
        with pytest.raises(ConfigError, match=r"must not be negative: declare a penalty by a range like \[-1, 0\]"):
            scorer_of(*REWARDS, terms={"p": {"use": "lab/p", "weight": weight}})

    def test_a_node_with_a_negative_weight_is_refused(self, scorer_of: ScorerOf) -> None:
        node = {"name": "inner", "op": "sum", "terms": ["a", "p"], "weight": -1}
        with pytest.raises(ConfigError, match="must not be negative"):
            scorer_of(*REWARDS, terms={n: {"use": f"lab/{n}"} for n in "ap"}, combine={"op": "sum", "terms": [node]})


class TestDeterminism:
    @pytest.fixture
    def scorer(self, scorer_of: ScorerOf) -> vr.Scorer:
        return scorer_of(*REWARDS, terms=config_with())

    def test_the_order_of_the_batch_does_not_matter(self, scorer: vr.Scorer) -> None:
        @given(st.data(), st.lists(rows, min_size=1, max_size=8))
        def check(data: st.DataObject, group: list[Row]) -> None:
            places = data.draw(st.permutations(range(len(group))))
            shuffled = totals(scorer, [group[place] for place in places])
            assert shuffled == [totals(scorer, group)[place] for place in places]

        check()

    def test_how_the_batch_is_split_does_not_matter(self, scorer: vr.Scorer) -> None:
        @given(st.lists(rows, min_size=1, max_size=8), st.integers(0, 8))
        def check(group: list[Row], cut: int) -> None:
            assert totals(scorer, group[:cut]) + totals(scorer, group[cut:]) == totals(scorer, group)

        check()

    def test_scoring_again_gives_the_same(self, scorer: vr.Scorer) -> None:
        @given(st.lists(rows, min_size=1, max_size=4))
        def check(group: list[Row]) -> None:
            batch = vr.Batch.of([row.text for row in group], task=[row.task for row in group])
            assert list(scorer.score(batch).rows()) == list(scorer.score(batch).rows())

        check()

    def test_every_total_is_finite_or_none(self, scorer: vr.Scorer) -> None:
        wild = st.sampled_from(["nan", "inf", "-inf", "1e38", "1e400", "True", "[0.5]", "", "x"])
        outcomes = st.fixed_dictionaries({name: st.one_of(outcome_of(name), wild) for name in RANGES})

        @given(st.lists(st.builds(Row, outcomes), min_size=1, max_size=4))
        def check(group: list[Row]) -> None:
            assert all(total is None or math.isfinite(total) for total in totals(scorer, group))

        check()
