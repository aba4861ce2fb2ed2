"""How verdicts agree with labels: the figures, where they are undefined, and over what their intervals are."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from vlm_rewards.report.agree import agree
from vlm_rewards.report.summary import estimate

Three = tuple[Sequence[str | int], Sequence[bool | None], Sequence[bool | None]]


def rows(mended: int, spoiled: int, missed: int, passed: int) -> Three:
    paid = [True] * (mended + spoiled) + [False] * (missed + passed)
    right = [True] * mended + [False] * spoiled + [True] * missed + [False] * passed
    return range(len(paid)), paid, right


def test_figures_of_a_table_of_two_by_two() -> None:
    found = {name: figure.mean for name, figure in agree(*rows(40, 10, 20, 30)).items()}
    assert found == pytest.approx(
        {
            "accuracy": 0.7,
            "agreement": 0.7,
            "error": 0.3,
            "false payments": 10 / 40,
            "missed payments": 20 / 60,
            "kappa": 0.4,  # 0.5 is chance
            "right": 0.6,
            "gain": 0.3,
        }
    )


def test_one_row_has_points_for_intervals() -> None:
    found = agree(["a"], [True], [True])
    assert (found["accuracy"].low, found["accuracy"].mean, found["accuracy"].high) == (1.0, 1.0, 1.0)
    assert found["accuracy"].prompts == 1


def test_without_rows_nothing_is_told() -> None:
    assert agree([], [], []) == {}
    assert agree([0, 1], [None, True], [True, None]) == {}


@pytest.mark.parametrize(
    ("table", "undefined"),
    [
        ((5, 0, 3, 0), {"kappa", "false payments"}),  # all are right
        ((0, 5, 0, 3), {"kappa", "missed payments"}),  # all are wrong
        ((5, 3, 0, 0), {"kappa"}),  # all are paid
        ((0, 0, 5, 3), {"kappa"}),  # none is paid
    ],
)
def test_what_is_undefined_is_left_out(table: tuple[int, int, int, int], undefined: set[str]) -> None:
    found = agree(*rows(*table))
    assert set(agree(*rows(1, 1, 1, 1))) - set(found) == undefined
    assert not any(math.isnan(end) for figure in found.values() for end in (figure.mean, figure.low, figure.high))


def test_rows_on_which_one_side_is_silent_count_nowhere() -> None:
    prompts, paid, right = rows(40, 10, 20, 30)
    more = agree([*prompts, 100, 101], [*paid, None, True], [*right, True, None])
    assert more == agree(prompts, paid, right)


def test_intervals_are_those_of_a_bootstrap_of_single_prompts() -> None:
    draw = random.Random(3)
    paid, right = ([draw.random() < share for _ in range(400)] for share in (0.5, 0.6))
    known = estimate([float(one == other) for one, other in zip(paid, right, strict=True)])
    assert known is not None
    found = agree(range(400), paid, right)["accuracy"]
    assert found.mean == pytest.approx(known.mean)
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=0.01)


def test_answers_to_one_prompt_make_nothing_surer() -> None:
    prompts, paid, right = list(range(40)), [number % 4 > 0 for number in range(40)], [True] * 40
    one = agree(prompts, paid, right)["accuracy"]
    same = agree(prompts * 25, paid * 25, right * 25)["accuracy"]
    many = agree(range(1000), paid * 25, right * 25)["accuracy"]
    assert (one.low, one.high, one.prompts) == (same.low, same.high, same.prompts)
    assert many.high - many.low < (one.high - one.low) / 3


def test_the_seed_alone_moves_the_intervals() -> None:
    given = rows(40, 10, 20, 30)
    assert agree(*given, seed=1) == agree(*given, seed=1)
    assert agree(*given, seed=1)["kappa"].mean == agree(*given, seed=2)["kappa"].mean
    assert agree(*given, seed=1)["kappa"] != agree(*given, seed=2)["kappa"]
