"""`grounding/syntax` under a trainer that drops special tokens from the text."""

from __future__ import annotations

import pytest

import vlm_rewards as vr
from vlm_rewards_grounding import syntax

MARKED = "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(125,500),(375,750)<|box_end|><|im_end|>"
DROPPED = "cat(125,500),(375,750)"


def test_marks_that_are_special_tokens_are_read_from_the_token_ids() -> None:
    answer = vr.Completion(DROPPED, token_ids=[1, 2, 3], decode=lambda _: MARKED)
    assert syntax(answer, space="qwen2_vl").score == 1.0
    assert syntax(vr.Completion(DROPPED), space="qwen2_vl").score == 0.0


@pytest.mark.parametrize("opened", [True, False])
def test_marks_in_the_reasoning_alone_are_no_answer(*, opened: bool) -> None:
    text = f"{'' if opened else '<think>'}{MARKED}</think>No."
    answer = vr.Completion(DROPPED, token_ids=[1], decode=lambda _: text, starts_in_reasoning=opened)
    assert syntax(answer, space="qwen2_vl").status is vr.Status.UNPARSEABLE


def test_families_without_such_marks_need_no_tokens() -> None:
    def refuse(_: object) -> str:
        raise AssertionError

    answer = vr.Completion('{"bbox_2d": [1, 2, 3, 4]}', token_ids=[1], decode=refuse)
    assert syntax(answer, space="qwen3_vl").score == 1.0
