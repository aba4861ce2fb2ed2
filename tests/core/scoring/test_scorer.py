"""The Scorer: the status table, the order of evaluation, and the policies, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

import vlm_rewards as vr
from vlm_rewards.errors import ColumnError, ConfigError, ScoringError

if TYPE_CHECKING:
    from tests.core.conftest import ScorerOf

evaluated: list[str] = []


def obey(completion: vr.Completion, word: str) -> Any:
    """Do what the completion says: `a=0.5 b=fail` makes the reward `a` score 0.5 and `b` fail."""
    told = dict(part.split("=") for part in completion.text.split())
    evaluated.append(word)
    match told.get(word, "0"):
        case "abstain":
            return None
        case "unparseable":
            return vr.RewardOutput.unparseable("told to")
        case "bad":
            return vr.RewardOutput.bad_reference("told to")
        case "fail":
            raise ValueError("told to")
        case number:
            return float(number)


@vr.reward(range=(-1.0, 2.0))
def a(completion: vr.Completion) -> Any:
    return obey(completion, "a")


@vr.reward(range=(0.0, 1.0))
def b(completion: vr.Completion, solution: int = 0) -> Any:
    return obey(completion, "b")


@vr.reward(range=(0.0, 1.0))
def c(completion: vr.Completion) -> Any:
    return obey(completion, "c")


@pytest.fixture(autouse=True)
def _nothing_evaluated() -> None:
    evaluated.clear()


def term(use: str = "lab/a", **rest: Any) -> dict[str, Any]:
    return {"use": use, **rest}


def output(scored: vr.ScoredBatch, name: str, row: int = 0) -> vr.RewardOutput:
    found = scored.output(row, name)
    assert found is not None
    return found


class TestStatusTable:
    """Reward `a` has the range -1 to 2, so that its low is neither 0 nor a missing value."""

    @pytest.mark.parametrize(
        ("told", "options", "total"),
        [
            ("a=0.5", {}, 0.5),
            ("a=-1", {}, -1.0),
            ("a=0", {}, 0.0),
            ("a=abstain", {}, -1.0),
            ("a=abstain", {"on_abstain": "low"}, -1.0),
            ("a=abstain", {"on_abstain": "skip_row"}, None),
            ("a=abstain", {"on_abstain": "drop"}, None),
            ("a=abstain", {"on_abstain": 0.25}, 0.25),
            ("a=abstain", {"on_abstain": 0}, 0.0),
            ("a=unparseable", {}, -1.0),
            ("a=unparseable", {"on_abstain": "skip_row", "on_error": 0.5}, -1.0),
            ("a=bad", {}, None),
            ("a=bad", {"on_abstain": 1, "on_error": 1}, None),
            ("a=fail", {}, None),
            ("a=fail", {"on_error": "skip_row"}, None),
            ("a=fail", {"on_error": 0.25}, 0.25),
            ("a=fail", {"on_error": 0}, 0.0),
            # Clip comes after the status, weight after the clip.
            ("a=2", {"clip": [-0.5, 0.5]}, 0.5),
            ("a=-1", {"clip": [-0.5, 0.5]}, -0.5),
            ("a=0.25", {"clip": [-0.5, 0.5]}, 0.25),
            ("a=unparseable", {"clip": [-0.5, 0.5]}, -0.5),
            ("a=abstain", {"clip": [-0.5, 0.5]}, -0.5),
            ("a=abstain", {"clip": [-0.5, 0.5], "on_abstain": 7}, 0.5),
            ("a=fail", {"clip": [-0.5, 0.5], "on_error": 7}, 0.5),
            ("a=2", {"weight": 0.25}, 0.5),
            ("a=2", {"weight": 0}, 0.0),
            ("a=2", {"clip": [-0.5, 0.5], "weight": 10}, 5.0),
            ("a=abstain", {"weight": 3}, -3.0),
        ],
    )
    def test_the_effect_of_a_status(
        self, scorer_of: ScorerOf, told: str, options: dict[str, Any], total: float | None
    ) -> None:
        assert scorer_of(a, terms={"t": term(**options)}).score(vr.Batch.of([told])).totals == [total]

    @pytest.mark.parametrize("told", ["bad", "fail"])
    @pytest.mark.parametrize("position", ["first", "last"])
    def test_a_row_without_a_number_of_one_term_has_no_total(
        self, scorer_of: ScorerOf, told: str, position: str
    ) -> None:
        order = {"t": term(), "u": term("lab/b")} if position == "first" else {"u": term("lab/b"), "t": term()}
        scored = scorer_of(a, b, terms=order).score(vr.Batch.of([f"a={told} b=1", "a=1 b=1"]))
        assert scored.totals == [None, 2.0]
        assert scored.terms["u"].values == [1.0, 1.0]

    def test_dropping_an_abstention_leaves_the_other_terms(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(on_abstain="drop"), "u": term("lab/b")}
        scored = scorer_of(a, b, terms=terms).score(vr.Batch.of(["a=abstain b=1", "a=0.5 b=1"]))
        assert scored.totals == [1.0, 1.5]

    def test_skipping_the_row_on_an_abstention_takes_the_other_terms_with_it(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(on_abstain="skip_row"), "u": term("lab/b")}
        scored = scorer_of(a, b, terms=terms).score(vr.Batch.of(["a=abstain b=1"]))
        assert scored.totals == [None]

    def test_on_error_fail_stops_with_the_first_fault_and_their_number(self, scorer_of: ScorerOf) -> None:
        scorer = scorer_of(a, terms={"t": term()}, on_error="fail")
        assert scorer.score(vr.Batch.of(["a=1"])).totals == [1.0]
        with pytest.raises(ScoringError) as caught:
            scorer.score(vr.Batch.of(["a=1", "a=fail", "a=fail", "a=fail"]))
        assert str(caught.value) == (
            "Scoring stops because of `on_error: fail`: term 't', row 1: Reward 'lab/a' (lab-rewards 1.2.3) raised "
            "ValueError: told to (test_scorer.py:30) (2 more)."
        )
        with pytest.raises(ScoringError, match=r"told to \(test_scorer.py:30\)\.$"):
            scorer.score(vr.Batch.of(["a=fail"]))

    def test_on_error_fail_is_for_faults_only(self, scorer_of: ScorerOf) -> None:
        scorer = scorer_of(a, terms={"t": term()}, on_error="fail")
        scored = scorer.score(vr.Batch.of(["a=bad", "a=unparseable", "a=abstain"]))
        assert scored.totals == [None, -1.0, -1.0]


class TestCombining:
    def test_terms_are_summed_by_weight_and_clipped_together(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(weight=2), "u": term("lab/b", weight=0.5)}
        batch = vr.Batch.of(["a=0.25 b=1", "a=2 b=1", "a=-1 b=0"])
        assert scorer_of(a, b, terms=terms).score(batch).totals == [1.0, 4.5, -2.0]
        combine = {"op": "sum", "clip": [-1.5, 2]}
        assert scorer_of(a, b, terms=terms, combine=combine).score(batch).totals == [1.0, 2.0, -1.5]

    def test_the_clip_makes_no_number_of_a_row_that_has_none(self, scorer_of: ScorerOf) -> None:
        scorer = scorer_of(a, terms={"t": term()}, combine={"op": "sum", "clip": [0, 1]})
        assert scorer.score(vr.Batch.of(["a=bad"])).totals == [None]

    def test_the_largest_values_that_a_config_may_name_stay_finite(self, scorer_of: ScorerOf) -> None:
        terms = {f"t{index}": term(weight=5e14) for index in range(20)}
        (total,) = scorer_of(a, terms=terms).score(vr.Batch.of(["a=2"])).totals
        assert total == 2e16


class TestRoutes:
    @pytest.mark.parametrize(
        ("when", "routed"),
        [
            ({"column": "task", "in": ["sum"]}, [True, False, False]),
            ({"column": "task", "in": ["sum", None]}, [True, False, True]),
            ({"column": "task", "in": []}, [False, False, False]),
            ({"column": "task", "not_in": ["sum"]}, [False, True, True]),
            ({"column": "task", "not_in": []}, [True, True, True]),
        ],
    )
    def test_a_term_is_used_for_the_rows_of_its_route(
        self, scorer_of: ScorerOf, when: dict[str, Any], routed: list[bool]
    ) -> None:
        terms = {"t": term(when=when), "u": term("lab/b")}
        answers = ["a=2 b=1", "a=2  b=1", "a=2 b=1 "]
        scored = scorer_of(a, b, terms=terms).score(vr.Batch.of(answers, task=["sum", "box", None]))
        assert scored.totals == [3.0 if here else 1.0 for here in routed]
        assert scored.terms["t"].values == [2.0 if here else None for here in routed]
        assert [scored.output(row, "t") is not None for row in range(3)] == routed
        assert evaluated.count("a") == sum(routed)

    def test_a_row_that_no_term_is_routed_to_has_no_total(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(when={"column": "task", "in": ["sum"]})}
        assert scorer_of(a, terms=terms).score(vr.Batch.of(["a=2"], task="box")).totals == [None]

    def test_the_route_comes_before_the_reference_and_the_completion(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term("lab/b", when={"column": "task", "in": ["sum"]}), "u": term("lab/c")}
        scored = scorer_of(b, c, terms=terms).score(vr.Batch.of(["c=1"], task="box", solution="no number"))
        assert scored.totals == [1.0]
        assert scored.output(0, "t") is None
        unreadable = vr.Batch.of([7], task="box", solution=1)
        assert scorer_of(b, c, terms=terms).score(unreadable).output(0, "t") is None

    def test_a_missing_column_of_a_route_is_an_error_that_lists_the_columns(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(when={"column": "task", "in": ["sum"]})}
        with pytest.raises(ColumnError) as caught:
            scorer_of(a, terms=terms).score(vr.Batch.of(["a=1"], kind="sum"))
        assert str(caught.value) == (
            "Dataset column 'task' is missing: the route of the term 't' reads it, and the dataset has kind; "
            "add the column, or name another one."
        )


class TestReferences:
    def test_a_bad_reference_voids_the_row_before_the_completion_is_read(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term("lab/b"), "u": term("lab/c")}
        scored = scorer_of(b, c, terms=terms).score(vr.Batch.of(["b=1 c=1", "b=1 c=1"], solution=["odd", 3]))
        assert scored.totals == [None, 2.0]
        assert output(scored, "t").status is vr.Status.BAD_REFERENCE
        assert (output(scored, "t").reason or "").startswith("column 'solution' holds 'odd': ")
        assert evaluated.count("b") == 1

    def test_it_comes_before_the_gate(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term("lab/b", gate="g"), "g": term("lab/c")}
        scored = scorer_of(b, c, terms=terms).score(vr.Batch.of(["c=0 b=1", "c=0 b=1"], solution=["odd", 3]))
        assert output(scored, "t").status is vr.Status.BAD_REFERENCE
        assert output(scored, "t", 1).reason == "gate_shut: g"
        assert scored.totals == [None, 0.0]

    def test_it_comes_before_a_completion_that_cannot_be_read(self, scorer_of: ScorerOf) -> None:
        scored = scorer_of(b, terms={"t": term("lab/b")}).score(vr.Batch.of([7], solution="odd"))
        assert output(scored, "t").status is vr.Status.BAD_REFERENCE


class TestGates:
    TERMS: ClassVar = {"t": term(gate="g"), "g": term("lab/b")}

    @pytest.mark.parametrize(
        ("gate", "status", "value", "reason"),
        [
            ("b=1", "scored", 0.5, None),
            ("b=0.99", "scored", -1.0, "gate_shut: g"),
            ("b=0", "scored", -1.0, "gate_shut: g"),
            ("b=abstain", "scored", 0.5, None),
            ("b=unparseable", "scored", -1.0, "gate_shut: g"),
            ("b=fail", "failed", None, "gate_failed: g"),
            ("b=bad", "bad_reference", None, "gate_bad_reference: g"),
        ],
    )
    def test_what_the_gating_term_came_to_decides(
        self, scorer_of: ScorerOf, gate: str, status: str, value: float | None, reason: str | None
    ) -> None:
        scored = scorer_of(a, b, terms=self.TERMS).score(vr.Batch.of([f"a=0.5 {gate}"]))
        found = output(scored, "t")
        assert (found.status, scored.terms["t"].values[0], found.reason) == (status, value, reason)
        assert ("a" in evaluated) is (reason is None)

    def test_a_gate_that_is_not_routed_to_the_row_is_open(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(gate="g"), "g": term("lab/b", when={"column": "task", "in": ["sum"]})}
        scored = scorer_of(a, b, terms=terms).score(vr.Batch.of(["a=0.5 b=0"] * 2, task=["box", "sum"]))
        assert scored.terms["t"].values == [0.5, -1.0]

    @pytest.mark.parametrize(("score", "is_open"), [("0.5", True), ("0.49", False), ("1", True)])
    def test_the_bound_itself_opens(self, scorer_of: ScorerOf, score: str, *, is_open: bool) -> None:
        terms = {"t": term(gate={"term": "g", "at_least": 0.5}), "g": term("lab/b")}
        scored = scorer_of(a, b, terms=terms).score(vr.Batch.of([f"a=0.5 b={score}"]))
        assert scored.terms["t"].values == [0.5 if is_open else -1.0]

    def test_a_bound_that_no_score_reaches_is_refused(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(gate={"term": "g", "at_least": 1.5}), "g": term("lab/b")}
        with pytest.raises(ConfigError, match=r"rewards\.t\.gate\.at_least: 'g' scores 0 to 1, .* never opens"):
            scorer_of(a, b, terms=terms)

    @pytest.mark.parametrize(
        ("gating", "status", "value", "reason"),
        [
            ("b=0", "scored", 0.5, None),
            ("b=0.5", "scored", 0.5, None),
            ("b=0.51", "scored", -1.0, "gate_shut: g"),
            ("b=abstain", "scored", 0.5, None),
            ("b=unparseable", "scored", -1.0, "gate_shut: g"),
            ("b=fail", "failed", None, "gate_failed: g"),
            ("b=bad", "bad_reference", None, "gate_bad_reference: g"),
        ],
    )
    def test_an_upper_bound_asks_only_where_the_other_term_did_not_pay(
        self, scorer_of: ScorerOf, gating: str, status: str, value: float | None, reason: str | None
    ) -> None:
        terms = {"t": term(gate={"term": "g", "at_most": 0.5}), "g": term("lab/b")}
        scored = scorer_of(a, b, terms=terms).score(vr.Batch.of([f"a=0.5 {gating}"]))
        found = output(scored, "t")
        assert (found.status, scored.terms["t"].values[0], found.reason) == (status, value, reason)
        assert ("a" in evaluated) is (reason is None)

    def test_both_bounds_make_a_band(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(gate={"term": "g", "at_least": 0.25, "at_most": 0.5}), "g": term("lab/b")}
        scored = scorer_of(a, b, terms=terms).score(
            vr.Batch.of([f"a=0.5 b={score}" for score in (0.2, 0.25, 0.5, 0.6)])
        )
        assert scored.terms["t"].values == [-1.0, 0.5, 0.5, -1.0]

    def test_what_pays_more_counts_where_a_second_opinion_is_asked(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(gate={"term": "g", "at_most": 0.5}), "g": term("lab/b")}
        batch = vr.Batch.of(["a=0.5 b=1", "a=0.5 b=0", "a=-0.5 b=0", "b=unparseable", "a=fail b=0"])
        assert scorer_of(a, b, terms=terms, combine="max").score(batch).totals == [1.0, 0.5, 0.0, 0.0, None]

    @pytest.mark.parametrize("gate", [{"at_most": -0.1}, {"at_least": 0.6, "at_most": 0.5}])
    def test_bounds_between_which_nothing_lies_are_refused(self, scorer_of: ScorerOf, gate: dict[str, float]) -> None:
        with pytest.raises(ConfigError, match=r"rewards\.t\.gate\.at_most: 'g' scores 0 to 1, .* never opens"):
            scorer_of(a, b, terms={"t": term(gate={"term": "g", **gate}), "g": term("lab/b")})

    def test_the_gate_reads_the_raw_score_before_clip_and_weight(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(gate="g"), "g": term("lab/b", clip=[0, 0.1], weight=0)}
        assert scorer_of(a, b, terms=terms).score(vr.Batch.of(["a=0.5 b=1"])).totals == [0.5]

    def test_a_failed_gate_fails_the_row_under_the_policy_of_each_term(self, scorer_of: ScorerOf) -> None:
        batch = vr.Batch.of(["a=0.5 b=fail"])
        assert scorer_of(a, b, terms=self.TERMS).score(batch).totals == [None]
        assert scorer_of(a, b, terms=self.TERMS, on_error=0.25).score(batch).totals == [0.5]

    def test_a_chain_of_gates_shuts_from_its_first(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term("lab/b", gate="u"), "u": term("lab/c", gate="v"), "v": term("lab/a")}
        scored = scorer_of(a, b, c, terms=terms).score(vr.Batch.of(["a=0 b=1 c=1", "a=2 b=1 c=1"]))
        assert scored.terms["u"].values == [0.0, 1.0]
        assert scored.terms["t"].values == [0.0, 1.0]
        assert evaluated == ["a", "a", "c", "b"]

    def test_only_the_open_rows_are_evaluated_with_their_own_references(self, scorer_of: ScorerOf) -> None:
        seen: list[tuple[str, int]] = []

        @vr.reward(range=(0, 9), name="a")
        def exact(completion: vr.Completion, solution: int) -> float:
            seen.append((completion.text, solution))
            return float(solution)

        scored = scorer_of(exact, b, terms=self.TERMS).score(
            vr.Batch.of(["b=1", "b=0", "b=1", "b=1"], solution=[1, 2, "odd", 4])
        )
        assert seen == [("b=1", 1), ("b=1", 4)]
        assert scored.totals == [2.0, 0.0, None, 5.0]


class TestUnreadableCompletions:
    @pytest.mark.parametrize(
        ("completion", "reason"),
        [
            (7, "unexpected completion 7: neither text nor messages"),
            ([], "no assistant turn among the messages"),
            ("x" * 101, "too_long: 101 characters, at most 100 are read"),
        ],
    )
    def test_no_reward_sees_them_and_they_score_low(self, scorer_of: ScorerOf, completion: object, reason: str) -> None:
        scorer = scorer_of(a, terms={"t": term()}, max_chars=100)
        scored = scorer.score(vr.Batch.of([completion]))
        assert (output(scored, "t").status, output(scored, "t").reason) == (vr.Status.UNPARSEABLE, reason)
        assert scored.totals == [-1.0]
        assert evaluated == []

    def test_the_longest_text_that_is_read(self, scorer_of: ScorerOf) -> None:
        scorer = scorer_of(a, terms={"t": term()}, max_chars=100)
        assert scorer.score(vr.Batch.of(["a=2".ljust(100)])).totals == [2.0]

    def test_64_ki_characters_are_read_by_default(self, scorer_of: ScorerOf) -> None:
        scored = scorer_of(a, terms={"t": term()}).score(vr.Batch.of(["a=2".ljust(65_536), "a=2".ljust(65_537)]))
        assert scored.totals == [2.0, -1.0]

    def test_they_shut_gates(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(gate="g"), "g": term("lab/b")}
        assert scorer_of(a, b, terms=terms).score(vr.Batch.of([None])).totals == [-1.0]


class TestColumns:
    def test_every_missing_column_is_told_at_once(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1))
        def looks(completion: vr.Completion, images: vr.Images, solution: str, hint: str = "") -> float:
            return 1.0

        terms = {
            "t": {"use": "lab/looks", "when": {"column": "task", "in": ["x"]}},
            "u": {"use": "lab/looks", "columns": {"solution": "gold", "images": "crop"}},
        }
        with pytest.raises(ColumnError) as caught:
            scorer_of(looks, terms=terms).check_columns(["prompt"])
        who = "of reward 'lab/looks' (lab-rewards 1.2.3) in the term"
        fix = "reads it, and the dataset has prompt; map another one with `columns:"
        assert str(caught.value).split("\n") == [
            (
                "Dataset column 'task' is missing: the route of the term 't' reads it, and the dataset has prompt; "
                "add the column, or name another one."
            ),
            (
                f"Dataset column 'images' is missing: the parameter `images` {who} 't' {fix} {{images: NAME}}`, "
                "or call a column of one image each 'image'."
            ),
            f"Dataset column 'solution' is missing: the parameter `solution` {who} 't' {fix} {{solution: NAME}}`.",
            f"Dataset column 'crop' is missing: the parameter `images` {who} 'u' {fix} {{images: NAME}}`.",
            f"Dataset column 'gold' is missing: the parameter `solution` {who} 'u' {fix} {{solution: NAME}}`.",
        ]

    @pytest.mark.parametrize(
        "columns", [["images", "solution"], ["image", "solution"], ["image", "solution", "hint", "row", "context"]]
    )
    def test_enough_columns_pass(self, scorer_of: ScorerOf, columns: list[str]) -> None:
        @vr.reward(range=(0, 1))
        def looks(completion: vr.Completion, images: vr.Images, solution: str, hint: str = "") -> float:
            return 1.0

        scorer_of(looks).check_columns(columns)

    def test_a_mapped_picture_column_is_the_one_that_is_needed(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1))
        def looks(completion: vr.Completion, images: vr.Images) -> float:
            return 1.0

        scorer = scorer_of(looks, terms={"t": {"use": "lab/looks", "columns": {"images": "crop"}}})
        scorer.check_columns(["crop"])
        with pytest.raises(ColumnError, match="'crop' is missing"):
            scorer.check_columns(["images"])

    @pytest.mark.parametrize(("name", "instead"), [("row", "the whole row"), ("context", "the facts of the run")])
    def test_a_column_of_a_reserved_name_is_an_error_with_the_fix(
        self, scorer_of: ScorerOf, name: str, instead: str
    ) -> None:
        @vr.reward(range=(0, 1))
        def reads(completion: vr.Completion, row: Any, context: vr.Context) -> float:
            return 1.0

        with pytest.raises(ColumnError) as caught:
            scorer_of(reads).score(vr.Batch.from_rows([{"completion": "x", name: "y"}]))
        assert str(caught.value) == (
            f"Dataset column '{name}' has a reserved name: the term 'reads' gets {instead} instead; rename the column."
        )

    def test_a_reward_that_does_not_read_it_does_not_mind(self, scorer_of: ScorerOf) -> None:
        assert scorer_of(a).score(vr.Batch.from_rows([{"completion": "a=1", "row": 3, "context": 4}])).totals == [1.0]


class TestScoredBatch:
    def test_means_and_counts_are_over_what_is_there(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(when={"column": "task", "in": ["x"]}), "u": term("lab/b")}
        batch = vr.Batch.of(["a=2 b=1", "a=abstain b=0", "a=1 b=bad", "b=1"], task=["x", "x", "x", "y"])
        scored = scorer_of(a, b, terms=terms).score(batch)
        assert scored.totals == [3.0, -1.0, None, 1.0]
        assert scored.mean == 1.0
        assert scored.terms["t"].mean == pytest.approx(2 / 3)
        assert scored.terms["t"].counts == {"scored": 2, "abstained": 1}
        assert scored.counts == {"scored": 5, "abstained": 1, "bad_reference": 1}
        assert len(scored) == 4
        assert (scored.terms["t"].name, scored.terms["t"].reward, scored.terms["t"].weight) == ("t", "lab/a", 1.0)

    def test_nothing_has_no_mean(self, scorer_of: ScorerOf) -> None:
        scored = scorer_of(a).score(vr.Batch.of([]))
        assert (scored.totals, scored.mean, scored.terms["a"].mean, scored.counts) == ([], None, None, {})

    def test_rows_hold_the_outcomes_of_the_terms_that_were_routed(self, scorer_of: ScorerOf) -> None:
        terms = {"t": term(when={"column": "task", "in": ["x"]}), "u": term("lab/b")}
        scored = scorer_of(a, b, terms=terms).score(vr.Batch.of(["a=2 b=1", "b=unparseable"], task=["x", "y"]))
        assert list(scored.rows()) == [
            vr.ScoredRow(row=0, total=3.0, terms={"t": vr.RewardOutput(score=2.0), "u": vr.RewardOutput(score=1.0)}),
            vr.ScoredRow(row=1, total=0.0, terms={"u": vr.RewardOutput.unparseable("told to")}),
        ]

    def test_time_is_measured(self, scorer_of: ScorerOf) -> None:
        assert scorer_of(a).score(vr.Batch.of(["a=1"])).terms["a"].milliseconds > 0


@pytest.mark.parametrize("isolation", ["inline", "process"])
def test_a_batch_without_rows_is_scored_as_nothing(isolation: str) -> None:
    terms = {
        "right": {"use": "math/answer", "when": {"column": "task", "in": ["sum"]}, "normalize": "group"},
        "shape": {"use": "format/think_answer", "gate": {"term": "right", "at_least": 0.5}, "isolation": isolation},
        "short": {"use": "shaping/group_length", "depends": {"correct": "right"}},
    }
    with vr.load_scorer({"version": 1, "rewards": terms}) as scorer:
        for batch in (
            vr.Batch([]),
            vr.Batch.of([]),
            vr.Batch.from_rows([]),
            vr.Batch([], {"solution": [], "task": []}),
        ):
            scored = scorer.score(batch)
            assert (list(scored.totals), list(scored.terms), scored.mean) == ([], list(terms), None)
            assert list(scored.rows()) == []
