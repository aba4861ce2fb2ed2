"""Each row of the pack's tables decides something: without it a test here fails. So does each limit, moved by one."""

from __future__ import annotations

import pytest

import vlm_rewards as vr
from vlm_rewards_shaping import duplicate_boxes, reasoning_steps
from vlm_rewards_shaping.repetition import units_of


@pytest.mark.parametrize("bracket", list("[](){}<>"))
def test_a_bracket_parts_boxes(bracket: str) -> None:
    assert duplicate_boxes(vr.Completion(f"0 0 9 9{bracket}0 0 9 9")).score == -0.5


@pytest.mark.parametrize("separator", list(",;:='\"，、"))
def test_a_separator_parts_numbers(separator: str) -> None:
    assert duplicate_boxes(vr.Completion(f"[{separator.join('0099')}]" * 2)).score == -0.5


CORNERS = (
    "x {} y {} x {} y {}",
    "x0 {} y0 {} x1 {} y1 {}",
    "x1 {} y1 {} x2 {} y2 {}",
    "xmin {} ymin {} xmax {} ymax {}",
)
FORMS = [
    *CORNERS,
    *("minx {} miny {} maxx {} maxy {}", "left {} top {} right {} bottom {}", "x_min {} y-min {} X_max {} ymax {}"),
    *("[{}, {}, {}, {}]", "{}, {}, {}, {}", "{} {} {} {}", "cat {} {} {} {}", "{}px {}px {}px {}px", "{}% {}% {}% {}%"),
    *("({}, {})-({}, {})", "({}, {}) to ({}, {})", "({}, {}) → ({}, {})", "| {} | {} | {} | {} |"),
    *("[\n {},\n {},\n {},\n {}\n]", "left: {}\ntop: {}\nright: {}\nbottom: {}", "box(`{}`, `{}`, `{}`, `{}`)"),
    *(
        "upper_left: ({}, {}), lower_right: ({}, {})",
        "The top-left corner is ({}, {}) and the bottom-right is ({}, {})",
    ),
    *("start point ({}, {}), end point ({}, {})", "from ({}, {}) to ({}, {})", "p1 = ({}, {}), p2 = ({}, {})"),
    *("at ({}, {}), ({}, {})", "min ({}, {}) max ({}, {})"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("between", ["\n", " cow ", "; dog: "])
def test_four_numbers_that_stand_together_are_a_box(form: str, between: str) -> None:
    one, other = form.format(10, 20, 30, 40), form.format(50, 60, 70, 80)
    assert duplicate_boxes(vr.Completion(one)).details == {"boxes": 1, "repeated": 0}
    assert duplicate_boxes(vr.Completion(f"{one}{between}{one}")).details == {"boxes": 2, "repeated": 1}
    assert duplicate_boxes(vr.Completion(f"{one}{between}{other}")).details == {"boxes": 2, "repeated": 0}
    assert duplicate_boxes(vr.Completion(f"{one}{between}[10, 20, 30, 40]")).details == {"boxes": 2, "repeated": 1}


@pytest.mark.parametrize(
    "form",
    [
        *("x: 10, y: 20, width: 20, height: 20", "x: 10, y: 20, w: 20, h: 20", "width=20 height=20 left=10 top=20"),
        *("cx: 20, cy: 30, w: 20, h: 20", "x_center 20 y_center 30 width 20 height 20"),
        *("center_x 20 center_y 30 width 20 height 20", "x2: 30, y2: 40, x1: 10, y1: 20"),
    ],
)
def test_sides_are_read_by_their_names(form: str) -> None:
    output = duplicate_boxes(vr.Completion(f"{form}\n[10, 20, 30, 40]"))
    assert output.details == {"boxes": 2, "repeated": 1}


@pytest.mark.parametrize(
    "text",
    [
        *("3 dogs, 4 cats, 5 cows and 6 hens\n" * 2, "1 2 3\n" * 2, "(1, 2)\n(3 dogs)\n" * 2, "1\n2\n3\n4\n" * 2),
        *("[1, 2, 3, 4, 5]" * 2, "x: 3\n[1, 2, 3]\n" * 2),
    ],
)
def test_numbers_that_do_not_stand_together_are_no_box(text: str) -> None:
    assert duplicate_boxes(vr.Completion(text)).details == {"boxes": 0, "repeated": 0}


def test_a_pair_before_a_box_takes_nothing_from_it() -> None:
    output = duplicate_boxes(vr.Completion("x: 3, y: 4\n[0, 0, 9, 9]\n(1, 2)\n[0, 0, 9, 9]"))
    assert output.details == {"boxes": 2, "repeated": 1}


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
