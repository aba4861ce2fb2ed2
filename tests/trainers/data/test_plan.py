"""The plan of the prompts: what taught nothing rests, what the curriculum opens is taken, and chance is of the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import datasets
import pytest

from vlm_rewards.errors import ConfigError
from vlm_rewards_trl import METHODS, Recipe
from vlm_rewards_trl.data.plan import SLOT, Plan

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]
COUNT, PROMPTS, ANSWERS = 12, 3, 2


def plan(steps: int = 40, *, seed: int = 0, rows: Any = None, used: int = 1, **sampling: Any) -> Plan:
    made = {"model": "m", "dataset": {"path": "d"}, "output_dir": "o", "sampling": sampling}
    arguments = SimpleNamespace(
        max_steps=steps,
        seed=seed,
        generation_batch_size=PROMPTS * ANSWERS,
        num_generations=ANSWERS,
        steps_per_generation=used,
        num_iterations=1,
        gradient_accumulation_steps=1,
    )
    if rows is None:
        rows = {"number": list(range(COUNT)), "ease": [number / COUNT for number in range(COUNT)]}
    return Plan(Recipe.read(made), datasets.Dataset.from_dict(rows), arguments)


def run(made: Plan, reward: Callable[[int, int], float | None], generations: range | None = None) -> list[list[int]]:
    """Walk through the plan as a trainer does, one generation ahead; the rows of each generation."""
    slots, taken = made.slots(), []
    for generation in generations or range(len(slots) // PROMPTS):
        for ahead in (generation, generation + 1):
            places = [ahead * PROMPTS + place for place in range(PROMPTS) if ahead * PROMPTS < len(slots)]
            rows = slots[places]["number"] if places else []
            taken += [rows] if ahead == generation else []
        places = [generation * PROMPTS + place for place in range(PROMPTS) for _ in range(ANSWERS)]
        numbers = [row for row in taken[-1] for _ in range(ANSWERS)]
        made.note({SLOT: places}, [reward(row, place % ANSWERS) for place, row in enumerate(numbers)])
        made.on_step_end()
    return taken


def visits(taken: list[list[int]]) -> Counter[int]:
    return Counter(row for generation in taken for row in generation)


def test_without_a_reason_every_prompt_comes_once_in_a_pass() -> None:
    taken = run(plan(8), lambda _, place: place)
    assert visits(taken[:4]) == visits(taken[4:]) == Counter(range(COUNT))
    assert taken[:4] != taken[4:]


@pytest.mark.parametrize("reward", [0.0, 1.0, None])
def test_solved_and_hopeless_prompts_come_less_often_and_never_vanish(reward: float | None) -> None:
    flat = range(4)
    seen = visits(run(plan(200, skip_solved=2, rest=4), lambda row, place: reward if row in flat else place))
    lively = [seen[row] for row in range(COUNT) if row not in flat]
    assert max(lively) - min(lively) <= 2
    assert all(2 <= seen[row] <= min(lively) / 3 for row in flat)


def test_a_prompt_that_teaches_again_comes_back_at_its_full_rate() -> None:
    made = plan(400, skip_solved=1, rest=8)
    run(made, lambda row, place: 1.0 if row == 0 else place, range(100))
    later = visits(run(made, lambda _, place: place, range(100, 400)))
    assert later[0] >= later[1] - 10
    assert later[1] > 60


def test_when_everything_is_solved_everything_still_takes_turns() -> None:
    assert set(visits(run(plan(40, skip_solved=1), lambda *_: 1.0)).values()) == {10}


def test_a_prompt_rests_only_after_as_many_visits_as_asked() -> None:
    counts = [
        visits(run(plan(40, skip_solved=most, rest=16), lambda row, place: 0.0 if row == 0 else place))[0]
        for most in (1, 2, 3)
    ]
    assert counts == [1, 2, 3]


def test_chance_is_of_the_seed_alone() -> None:
    def draw(seed: int) -> list[list[int]]:
        return run(plan(20, seed=seed, skip_solved=1), lambda row, place: (row % 2) * place)

    assert draw(0) == draw(0) != draw(1)


def test_a_plan_goes_on_from_what_a_checkpoint_holds() -> None:
    def lesson(row: int, place: int) -> float:
        return (row % 3 > 0) * place

    whole = run(plan(60, skip_solved=1), lesson)
    first, then = plan(60, skip_solved=1), plan(60, skip_solved=1)
    saved: dict[str, Any] = {}
    first.on_train_begin(None, SimpleNamespace(global_step=0, stateful_callbacks=saved), None)
    taken = run(first, lesson, range(30))
    then.on_train_begin(None, SimpleNamespace(global_step=30, stateful_callbacks=saved), None)
    assert taken + run(then, lesson, range(30, 60)) == whole


@pytest.mark.parametrize("saved", [{}, {"SamplingPlan": {"due": [0], "flat": [0], "plans": [], "pass": 0}}])
def test_a_checkpoint_without_a_plan_for_these_rows_is_refused(saved: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no plan of `sampling` for 12 prompts"):
        plan().on_train_begin(None, SimpleNamespace(global_step=2, stateful_callbacks=saved), None)


class TestTheCurriculum:
    def test_opens_its_ranges_at_their_updates(self) -> None:
        curriculum = {"by": "ease", "schedule": [[30, 0, 0.4], [10, 0.5, 1]]}
        taken = run(plan(60, used=2, curriculum=curriculum), lambda _, place: place)
        assert set(visits(taken[:5])) == set(range(COUNT))
        assert set(visits(taken[5:15])) == set(range(6, COUNT))
        assert set(visits(taken[15:])) == set(range(5))

    def test_never_opens_prompts_without_a_number(self) -> None:
        rows = {"number": list(range(COUNT)), "ease": [None, float("nan"), *[0.5] * (COUNT - 2)]}
        made = plan(20, rows=rows, curriculum={"by": "ease", "schedule": [[0, 0, 1]]})
        assert set(visits(run(made, lambda _, place: place))) == set(range(2, COUNT))

    def test_mixes_who_joins_with_who_is_there(self) -> None:
        curriculum = {"by": "ease", "schedule": [[0, 0.5, 1], [20, 0, 1]]}
        later = visits(run(plan(40, curriculum=curriculum), lambda _, place: place)[20:])
        assert max(later.values()) - min(later[row] for row in range(COUNT)) <= 2

    @pytest.mark.parametrize(
        ("rows", "by", "said"),
        [
            (
                {"ease": [0.5] * COUNT},
                "easy",
                r"'easy' is not a column of numbers; the dataset has ease.*Did you mean 'ease'",
            ),
            ({"ease": ["0.5"] * COUNT}, "ease", r"'ease' is not a column of numbers"),
            ({"ease": [True] * COUNT}, "ease", r"'ease' is not a column of numbers"),
            ({"ease": [[0.5]] * COUNT}, "ease", r"'ease' is not a column of numbers"),
            ({"ease": [None] * COUNT}, "ease", r"'ease' is not a column of numbers"),
            ({"ease": [0.5] * 2 + [2.0] * 10}, "ease", r"schedule\[0\]: 2 prompts lie from 0 to 1, .* takes 3; widen"),
        ],
    )
    def test_needs_a_column_of_numbers_with_enough_prompts(self, rows: dict[str, Any], by: str, said: str) -> None:
        with pytest.raises(ConfigError, match=said):
            plan(rows=rows, curriculum={"by": by, "schedule": [[0, 0, 1]]})


@pytest.mark.parametrize(
    ("sampling", "said"),
    [
        ({"skip_solved": 0}, "sampling.skip_solved: .*greater than or equal to 1"),
        ({"skip_solved": "often"}, "sampling.skip_solved: .*integer"),
        ({"skip": 1}, "unknown key 'skip'; the keys are skip_solved, rest, curriculum"),
        ({"curriculum": {"by": "ease"}}, "sampling.curriculum.schedule: this key is required"),
        ({"curriculum": {"by": "ease", "schedule": [[-1, 0, 1]]}}, r"schedule\[0\]\[0\]: .*greater than or equal to 0"),
        ({"curriculum": {"by": "ease", "schedule": [[0, "low", 1]]}}, r"schedule\[0\]\[1\]: .*number"),
        ({"curriculum": {"by": "ease", "schedule": [[0, 1, 0]]}}, r"schedule\[0\]: 0 prompts lie from 1 to 0"),
        (
            {"curriculum": {"by": "ease", "schedule": [[5, float("nan"), 1]]}},
            r"schedule\[0\]: 0 prompts lie from nan to 1",
        ),
        ({"curriculum": {"by": 7, "schedule": [[0, 0, 1]]}}, "sampling.curriculum.by: .*string"),
    ],
)
def test_what_is_no_sampling_is_named(sampling: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        plan(**sampling)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"max_steps": -1}, "--set.max_steps: `sampling`"),
        ({"dataloader_num_workers": 2}, "--set.dataloader_num_workers: `sampling`"),
        ({"ignore_data_skip": True}, "--set.ignore_data_skip: `sampling`"),
        ({"dataset.streaming": True}, "--set.dataset.streaming: `sampling`"),
    ],
)
@pytest.mark.parametrize("method", ["grpo", "rloo"])
def test_arguments_that_leave_no_room_for_a_plan_are_refused(
    recipe: Make, method: str, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        METHODS[method].check(Recipe.read(recipe(sampling={"skip_solved": 1}), **change))


def test_methods_that_sample_nothing_refuse_it(recipe: Make) -> None:
    with pytest.raises(ConfigError, match="sampling: `sft` learns from the dataset's answers, each in turn"):
        METHODS["sft"].check(Recipe.read(recipe("sft", sampling={})))
