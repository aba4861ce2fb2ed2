"""Each row of the pack's tables decides something: without it a test here fails. So does each limit, moved by one."""

from __future__ import annotations

import pytest

import vlm_rewards as vr
from vlm_rewards_shaping import duplicate_boxes, reasoning_steps
from vlm_rewards_shaping.ngrams import units_of


@pytest.mark.parametrize("bracket", list("[](){}<>"))
def test_a_bracket_parts_boxes(bracket: str) -> None:
    assert duplicate_boxes(vr.Completion(f"0 0 9 9{bracket}0 0 9 9")).score == -0.5


@pytest.mark.parametrize("separator", list(",;:='\"，、"))
def test_a_separator_parts_numbers(separator: str) -> None:
    assert duplicate_boxes(vr.Completion(f"[{separator.join('0099')}]" * 2)).score == -0.5


@pytest.mark.parametrize("number", [*"123456789", "0.5", "+5", "-5", "5e1", "5E1", "9" * 7, "5.".ljust(24, "0"), "1e7"])
def test_a_coordinate_is_read(number: str) -> None:
    assert duplicate_boxes(vr.Completion(f"[0 0 {number} 9]" * 2)).score == -0.5


@pytest.mark.parametrize("number", ["5.".ljust(25, "0"), "10000001", "-10000001", "five"])
def test_what_is_too_long_or_too_large_is_not_a_coordinate(number: str) -> None:
    assert duplicate_boxes(vr.Completion(f"[0 0 {number} 9]" * 2)).score == 0.0


@pytest.mark.parametrize(("boxes", "score"), [(64, -63 / 64), (65, None)])
def test_at_most_64_boxes_are_compared(boxes: int, score: float | None) -> None:
    assert duplicate_boxes(vr.Completion("[0 0 9 9]" * boxes)).score == score


@pytest.mark.parametrize(
    "mark",
    [
        *("- ", "* ", "• ", "First, ", "Second, ", "Third, ", "Next, ", "Then, ", "Finally, "),
        *("Step 1: ", "Step 2. ", "Step 3) ", "4. ", "5. ", "6. ", "7. ", "8. ", "9) ", "10. "),
    ],
)
def test_a_mark_begins_a_step(mark: str) -> None:
    assert reasoning_steps(vr.Completion(f"{mark}count red apples"), steps=1).score == 1.0


@pytest.mark.parametrize("sign", list(".,;:!?-_*#'\"`~()[]{}"))
def test_punctuation_makes_no_new_step(sign: str) -> None:
    output = reasoning_steps(vr.Completion(f"1. count red apples\n2. count red apples{sign}"))
    assert output.details == {"steps": 1}


@pytest.mark.parametrize(("chars", "steps"), [(400, 2), (401, 1)])
def test_the_first_400_characters_tell_steps_apart(chars: int, steps: int) -> None:
    lines = [f"- count the {end:x>{chars - len('- count the ')}}" for end in "ab"]
    assert reasoning_steps(vr.Completion("\n".join(lines))).details == {"steps": steps}


@pytest.mark.parametrize("operator", list("+-*/=<>^"))
def test_an_operator_counts_alone_and_beside_digits(operator: str) -> None:
    assert units_of(vr.Completion(f"7{operator}8 {operator}"), "words") == ([f"7{operator}8", operator], "words")


@pytest.mark.parametrize(("chars", "units"), [(16, 1), (17, 2)])
def test_a_run_is_cut_every_16_characters(chars: int, units: int) -> None:
    found = units_of(vr.Completion("x" * chars), "words")
    assert found is not None
    assert len(found[0]) == units
