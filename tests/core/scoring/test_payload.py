"""What a worker gets: the context as it is, and of a row every column but prompts and images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import vlm_rewards as vr
from vlm_rewards.answers import AnswerMarks

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers


@pytest.fixture(scope="module", autouse=True)
def _pack(pack_for_workers: PackForWorkers) -> None:
    pack_for_workers("hurdle")


def test_the_context_of_a_worker_is_that_of_the_batch() -> None:
    config = {"version": 1, "rewards": {"t": {"use": "hurdle/tells_context", "isolation": "process"}}}
    context = vr.Context(step=3, group_size=2, frame=vr.FrameSpec(28, 1, 1000), eos_token_ids=(1, 2))

    with vr.load_scorer(config) as scorer:
        scored = scorer.score(vr.Batch.of(["x"], context=context))

    assert scored.terms["t"].outcomes.details == [{"context": repr(context)}]


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_the_marks_of_the_file_are_those_of_every_reward(isolation: str) -> None:
    term = {"use": "hurdle/tells_context", "isolation": isolation}
    config = {"version": 1, "rewards": {"t": term}, "answers": {"tags": [["<final>", "</final>"]], "languages": ["ko"]}}

    with vr.load_scorer(config) as scorer:
        scored = scorer.score(vr.Batch.of(["x"]))

    marks = AnswerMarks(answer=(("<final>", "</final>"),), languages=("ko",))
    assert scored.terms["t"].outcomes.details == [{"context": repr(vr.Context(marks=marks))}]


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_the_completion_of_a_reward_has_the_marks_of_the_file(isolation: str) -> None:
    term = {"use": "format/regex", "params": {"pattern": "7", "where": "answer"}, "isolation": isolation}
    config = {"version": 1, "rewards": {"t": term}, "answers": {"tags": [["<final>", "</final>"]]}}

    with vr.load_scorer(config) as scorer:
        scored = scorer.score(vr.Batch.of(["<final>7</final><answer>8</answer>", "<answer>7</answer>"]))

    assert scored.totals == [1.0, 0.0]


def test_a_file_without_marks_leaves_a_batch_its_own() -> None:
    marks = AnswerMarks(answer=(("<final>", "</final>"),))
    config = {"version": 1, "rewards": {"t": {"use": "hurdle/tells_context", "isolation": "process"}}}

    with vr.load_scorer(config) as scorer:
        scored = scorer.score(vr.Batch.of(["x"], context=vr.Context(marks=marks)))

    assert scored.terms["t"].outcomes.details == [{"context": repr(vr.Context(marks=marks))}]


def test_the_row_of_a_worker_has_neither_prompts_nor_images() -> None:
    config = {"version": 1, "rewards": {"t": {"use": "hurdle/by_row", "isolation": "process"}}}
    batch = vr.Batch.of(["x", "y"], task=["ab", "abc"], level=[1, 2], prompt=["p", "q"], images=[[], []], image=None)

    with vr.load_scorer(config) as scorer:
        scored = scorer.score(batch)

    assert scored.totals == pytest.approx([0.2, 0.3])
    assert scored.terms["t"].outcomes.details == [{"columns": ["level", "task"]}] * 2


def test_a_group_of_which_some_rows_are_routed_is_one_group_in_a_worker() -> None:
    term = {"use": "hurdle/group", "isolation": "process", "when": {"column": "task", "in": ["a"]}}
    context = vr.Context(group_size=3)
    batch = vr.Batch.of(["x", "xx", "xxxx"], context=context, task=["a", "b", "a"], solution="s")

    with vr.load_scorer({"version": 1, "rewards": {"t": term}}, context=context) as scorer:
        totals = scorer.score(batch).totals

    assert totals == [0.125, None, 0.5]


def test_groups_told_by_a_column_are_groups_in_a_worker() -> None:
    term = {"use": "hurdle/group", "isolation": "process"}
    batch = vr.Batch.of(["x", "xxxx", "xx", "xxxx"], group_id=["g", "h", "g", "h"], solution="s")

    with vr.load_scorer({"version": 1, "rewards": {"t": term}}) as scorer:
        totals = scorer.score(batch).totals

    assert totals == [0.25, 0.5, 0.5, 0.5]
