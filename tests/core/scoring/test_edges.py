"""Where one behaviour ends and the next begins: at a bound and beyond it, with one fault and with more."""

from __future__ import annotations

from time import perf_counter, sleep
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pytest
from pydantic import Field

import vlm_rewards as vr
from vlm_rewards.errors import ColumnError, ConfigError, ScoringError

if TYPE_CHECKING:
    from tests.core.conftest import ScorerOf


Odd = Annotated[str, Field(pattern="(")]


@vr.reward(range=(0.0, 1.0))
def echo(completion: vr.Completion, solution: str) -> vr.RewardOutput:
    return vr.RewardOutput(score=0.5, details={"read": solution})


@vr.reward(range=(0.0, 1.0))
def number(completion: vr.Completion) -> float | None:
    return None if completion.text == "none" else float(completion.text)


@vr.reward(range=(0.0, 1.0))
async def judge(completion: vr.Completion) -> vr.RewardOutput:
    return vr.RewardOutput(score=0.25, reason="judged", details={"said": completion.text})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(72), "72"),
        (np.float32(72), "72"),
        (np.float64(0.5), "0.5"),
        (np.str_("x"), "x"),
        (np.array(72), "72"),
        (2.0**53 - 1, "9007199254740991"),
        (-(2.0**53) + 1, "-9007199254740991"),
        (2.0**53, "9007199254740992.0"),
        (-(2.0**53), "-9007199254740992.0"),
    ],
)
def test_a_number_of_a_table_is_the_text_that_a_person_would_write(
    scorer_of: ScorerOf, value: object, text: str
) -> None:
    output = scorer_of(echo).score(vr.Batch.of(["x"], solution=[value])).output(0, "echo")

    assert output is not None
    assert output.details == {"read": text}
    assert type(output.details["read"]) is str


@pytest.mark.parametrize("gap", [np.float32("nan"), np.float64("nan"), float("nan"), None])
def test_a_gap_of_a_table_is_a_bad_reference(scorer_of: ScorerOf, gap: object) -> None:
    output = scorer_of(echo).score(vr.Batch.of(["x"], solution=[gap])).output(0, "echo")

    assert output is not None
    assert output.status == "bad_reference"


def test_details_of_what_was_asked_before_are_those_of_then(scorer_of: ScorerOf) -> None:
    scorer = scorer_of(judge)
    first, again = (scorer.score(vr.Batch.of(["a", "b"])) for _ in range(2))

    assert [again.output(row, "judge") for row in range(2)] == [first.output(row, "judge") for row in range(2)]
    output = again.output(1, "judge")
    assert output is not None
    assert (output.score, output.reason, output.details) == (0.25, "judged", {"said": "b"})


def test_rows_that_ask_the_same_share_an_outcome_with_its_details(scorer_of: ScorerOf) -> None:
    scored = scorer_of(echo).score(vr.Batch.of(["x", "y", "x"], solution=["1", "1", "1"]))

    assert scored.output(2, "echo") == scored.output(0, "echo") == vr.RewardOutput(score=0.5, details={"read": "1"})


@pytest.mark.parametrize(("pure", "calls"), [(True, 2), (False, 3)])
def test_only_a_reward_that_is_pure_is_asked_once_for_rows_that_are_alike(
    scorer_of: ScorerOf, *, pure: bool, calls: int
) -> None:
    asked: list[str] = []

    @vr.reward(range=(0.0, 1.0), pure=pure)
    def noted(completion: vr.Completion) -> float:
        asked.append(completion.text)
        return 1.0

    assert scorer_of(noted).score(vr.Batch.of(["a", "b", "a"])).totals == [1.0, 1.0, 1.0]
    assert len(asked) == calls


def test_annotations_that_cannot_be_validated_are_told_before_anything_is_scored(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 1.0))
    def odd(completion: vr.Completion, solution: Odd, *, limit: Odd = "") -> float:
        return 1.0

    with pytest.raises(ConfigError) as caught:
        scorer_of(odd)

    assert [("`solution`" in problem, "options" in problem) for problem in caught.value.problems] == [
        (False, True),
        (True, False),
    ]


@pytest.mark.parametrize(("texts", "more"), [(["x"], ""), (["x", "y"], " (1 more)"), (["x", "y", "z"], " (2 more)")])
def test_a_stop_counts_the_other_faults(scorer_of: ScorerOf, texts: list[str], more: str) -> None:
    scorer = scorer_of(number, on_error="fail")

    with pytest.raises(ScoringError, match=r"row 0: .*'x'") as caught:
        scorer.score(vr.Batch.of(texts))

    assert str(caught.value).endswith(f"{more}.")
    assert ("more" in str(caught.value)) == bool(more)


def test_a_completion_of_the_most_characters_is_read_and_one_longer_is_not(scorer_of: ScorerOf) -> None:
    scored = scorer_of(number, max_chars=4).score(vr.Batch.of(["0.25", "0.250"]))

    assert scored.totals == [0.25, 0.0]
    assert [output.status for row in range(2) if (output := scored.output(row, "number"))] == ["scored", "unparseable"]


def test_a_gate_opens_at_its_bound(scorer_of: ScorerOf) -> None:
    terms = {"g": {"use": "lab/number", "weight": 0}, "t": {"use": "lab/echo", "gate": {"term": "g", "at_least": 0.5}}}

    scored = scorer_of(number, echo, terms=terms).score(vr.Batch.of(["0.49", "0.5", "none"], solution="s"))

    assert scored.totals == [0.0, 0.5, 0.5]


@pytest.mark.parametrize(
    ("policy", "total"), [("low", 0.0), ("drop", None), ("skip_row", None), (0.75, 0.75), (7, 7.0), (0, 0.0)]
)
def test_what_an_abstention_counts_is_what_the_file_says(scorer_of: ScorerOf, policy: Any, total: float | None) -> None:
    terms = {"n": {"use": "lab/number", "on_abstain": policy}}

    assert scorer_of(number, terms=terms).score(vr.Batch.of(["none", "1.0"])).totals == [total, 1.0]


def test_dropping_a_term_keeps_the_row_and_skipping_it_does_not(scorer_of: ScorerOf) -> None:
    def totals(policy: str) -> list[float | None]:
        terms = {"n": {"use": "lab/number", "on_abstain": policy}, "e": {"use": "lab/echo"}}
        return list(scorer_of(number, echo, terms=terms).score(vr.Batch.of(["none"], solution="s")).totals)

    assert totals("drop") == [0.5]
    assert totals("skip_row") == [None]


def test_clipped_scores_stay_inside_both_bounds(scorer_of: ScorerOf) -> None:
    terms = {"n": {"use": "lab/number", "clip": [0.25, 0.75], "on_abstain": 2}}

    scored = scorer_of(number, terms=terms).score(vr.Batch.of(["0", "0.25", "0.5", "0.75", "1", "none", ""]))

    assert scored.totals == [0.25, 0.25, 0.5, 0.75, 0.75, 0.75, None]


def test_normalised_scores_have_mean_zero_and_spread_one_and_equal_ones_are_zero(scorer_of: ScorerOf) -> None:
    terms = {"n": {"use": "lab/number", "normalize": "group"}}
    context = vr.Context(group_size=2)

    scored = scorer_of(number, terms=terms, context=context).score(
        vr.Batch.of(["0.25", "0.75", "0.5", "0.5", "0.1", "0.1000000001"], context=context)
    )

    assert scored.totals == [-1.0, 1.0, 0.0, 0.0, 0.0, 0.0]


def test_a_column_is_missed_beside_a_parameter_that_another_term_fills(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 1.0))
    def pair(completion: vr.Completion, of: Any, solution: str) -> float:
        return 1.0

    terms = {"p": {"use": "lab/pair", "depends": {"of": "n"}}, "n": {"use": "lab/number"}}
    scorer = scorer_of(number, pair, terms=terms)

    scorer.check_columns(["solution"])
    with pytest.raises(ColumnError, match="'solution' is missing"):
        scorer.check_columns(["of"])


def test_a_missing_column_may_come_from_another_term_unless_it_is_the_solution(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 1.0))
    def pair(completion: vr.Completion, of: Any, solution: str) -> float:
        return 1.0

    with pytest.raises(ColumnError) as caught:
        scorer_of(pair).check_columns([])

    of, solution = str(caught.value).split("\n")
    assert "`depends: {of: TERM}`" in of
    assert "depends" not in solution


def test_milliseconds_of_a_term_are_those_it_took(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 1.0))
    def slow(completion: vr.Completion) -> float:
        sleep(0.02)
        return 1.0

    scorer = scorer_of(slow)
    start = perf_counter()
    scored = scorer.score(vr.Batch.of(["x"]))

    assert 20 <= scored.terms["slow"].milliseconds <= (perf_counter() - start) * 1000


def test_a_route_without_its_column_says_which(scorer_of: ScorerOf) -> None:
    scorer = scorer_of(number, terms={"n": {"use": "lab/number", "when": {"column": "task", "in": ["a"]}}})

    with pytest.raises(ColumnError, match="'task' is missing"):
        scorer.score(vr.Batch.of(["1"]))


def test_rounding_at_a_bound_is_the_bound_and_more_is_a_fault(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(-2.0, 1000.0))
    def wide(completion: vr.Completion) -> float:
        return float(completion.text)

    texts = ["1000.0000005", "1000.000002", "-2.000000001", "-2.00000001", "1000", "-2"]

    assert scorer_of(wide).score(vr.Batch.of(texts)).totals == [1000.0, None, -2.0, None, 1000.0, -2.0]
    assert scorer_of(number).score(vr.Batch.of(["1.0000000005", "1.0000000015"])).totals == [1.0, None]
    assert scorer_of(number).score(vr.Batch.of(["-0.0000000005", "-0.0000000015"])).totals == [0.0, None]
