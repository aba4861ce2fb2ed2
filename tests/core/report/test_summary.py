"""What the figures of a comparison mean."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

import pytest

from vlm_rewards import RewardOutput
from vlm_rewards.report import AnsweredRow, summarise


def row(number: int, total: float | None, model: str = "base", **more: Any) -> AnsweredRow:
    return AnsweredRow(row=number, total=total, model=model, **({"terms": {}} | more))


def drawn(model: str, shift: float = 0.0, *, samples: int = 1) -> Iterable[AnsweredRow]:
    draw = random.Random(0)
    for number in range(30):
        total = draw.random() + shift
        yield from (row(number, total, model, sample=sample) for sample in range(samples))


def test_more_answers_to_a_prompt_make_nothing_surer_about_other_prompts() -> None:
    one, eight = (summarise(drawn("base", samples=samples)).of("base", "").total for samples in (1, 8))
    assert one is not None
    assert eight is not None
    assert (one.low, one.high, one.prompts) == pytest.approx((eight.low, eight.high, 30))


def test_differences_are_paired_by_prompt() -> None:
    summary = summarise([*drawn("base"), *drawn("better", 0.05)])
    base, better = summary.of("base", ""), summary.of("better", "")
    assert base.difference is None
    assert base.total is not None
    assert better.difference is not None
    assert base.total.high - base.total.low > 0.1  # unpaired, the difference would drown
    assert (better.difference.low, better.difference.high) == pytest.approx((0.05, 0.05))


def test_a_prompt_that_only_one_model_answered_is_in_no_difference() -> None:
    summary = summarise([row(0, 0.0), row(1, None), row(0, 1.0, "other"), row(1, 0.2, "other"), row(2, 9.0, "other")])
    difference = summary.of("other", "").difference
    assert difference is not None
    assert (difference.mean, difference.prompts) == (1.0, 1)
    assert summary.of("base", "").unscored == 1


def test_a_term_is_averaged_over_the_prompts_it_is_routed_to() -> None:
    scored = {"answer": RewardOutput(score=0.5)}
    rows = [row(0, 0.5, terms=scored, values={"answer": 0.5}), row(1, 0.0, values={"answer": None})]
    summary = summarise(rows)
    assert summary.of("base", "").terms["answer"].prompts == 1
    assert summary.terms == ["answer"]


def test_a_model_that_seldom_answers_is_not_better_for_it() -> None:
    right, none = RewardOutput(score=1.0), RewardOutput.unparseable("no answer")
    wrong = RewardOutput(score=0.0)
    answered = {"seldom": [right, *[none] * 9], "often": [*[right] * 9, wrong]}
    rows = [
        row(number, float(output.score or 0), model, terms={"a": output}, values={"a": output.score or 0.0})
        for model, outputs in answered.items()
        for number, output in enumerate(outputs)
    ]
    summary = summarise(rows)
    seldom, often = (summary.of(model, "") for model in answered)
    assert (seldom.terms["a"].mean, often.terms["a"].mean) == pytest.approx((0.1, 0.9))
    assert seldom.terms["a"].prompts == 10
    assert often.differences["a"].mean == pytest.approx(0.8)
    assert seldom.statuses["a"] == {"scored": 1, "unparseable": 9}


def test_a_score_is_no_mean_where_nothing_says_what_it_counts() -> None:
    assert summarise([row(0, 1.0, terms={"a": RewardOutput(score=1.0)})]).of("base", "").terms == {}


@pytest.mark.parametrize("key", ["id", "group_id"])
def test_answers_to_one_prompt_are_known_by_their_group_or_id(key: str) -> None:
    rows = [row(number, float(number % 2)).model_copy(update={key: number // 4}) for number in range(8)]
    column = summarise(rows).of("base", "")
    assert column.total is not None
    assert (column.prompts, column.total.low, column.total.high) == (2, 0.5, 0.5)


def test_pass_at_k_is_over_the_answers_that_can_be_judged() -> None:
    verdicts: dict[int, list[bool | None]] = {0: [True, False, False, None], 1: [False] * 4, 2: [None] * 4}
    rows = [
        row(number, 0.0, sample=sample, success=verdict)
        for number, judged in verdicts.items()
        for sample, verdict in enumerate(judged)
    ]
    found = summarise(rows).of("base", "").pass_at
    assert {k: (figure.mean, figure.prompts) for k, figure in found.items()} == {
        1: (pytest.approx((1 / 3 + 0) / 2), 2),
        2: (pytest.approx((2 / 3 + 0) / 2), 2),
        4: (0.0, 1),  # prompt 0 has but three answers that can be judged
    }


def test_the_figures_are_plain_json_and_the_seed_repeats_them() -> None:
    scored = {"a": RewardOutput(score=1.0)}
    rows = [*drawn("base"), *drawn("other", 0.1), row(99, 1.0, terms=scored, success=True)]
    first = json.dumps(summarise(rows, seed=1).as_json())
    assert first == json.dumps(summarise(rows, seed=1).as_json())
    assert first != json.dumps(summarise(rows, seed=2).as_json())


def test_no_rows_are_an_empty_summary() -> None:
    assert summarise([]).models == []
