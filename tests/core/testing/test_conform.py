"""`assert_conforms`: every mistake is found by its check and by no other, and a reward without one passes."""

from __future__ import annotations

import decimal
import gc
import logging
import random
import re
import signal
import sys
from asyncio import Task
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

import vlm_rewards as vr
from tests.fixtures import heavy, mistakes
from vlm_rewards.testing import assert_conforms
from vlm_rewards.testing.measure import leftovers

SEVEN: dict[str, Any] = {"good": "7", "bad": "8", "solution": "7"}
PICTURE = Image.new("RGB", (4, 3))
CHAT = {role: [{"role": "assistant", "content": text}] for role, text in (("good", "7"), ("bad", "8"))}

CLEAN: list[tuple[Any, dict[str, Any]]] = [
    (mistakes.clean_function, {**SEVEN, "broken": ["", {"completion": "7", "solution": ""}], "params": {"slack": 1}}),
    (mistakes.clean_batch, SEVEN),
    (mistakes.clean_group, {"good": "7", "bad": "8", "beside": ["8"]}),
    (mistakes.clean_async, SEVEN),
    (mistakes.CleanClass, {"good": ["7", " 7"], "bad": ["8", ""], "params": {"accepts": "7"}}),
    (mistakes.clean_image, {"good": "4x3", "bad": "3x4", "image": PICTURE}),
    (mistakes.clean_sampled, SEVEN),
    (mistakes.clean_trl, {**CHAT, "solution": "7"}),
    ("math/answer", {**SEVEN, "good": "\\boxed{7}", "broken": ["", {"completion": "\\boxed{7}", "solution": ""}]}),
]
FAULTY: list[tuple[str, Any, dict[str, Any]]] = [
    ("good", mistakes.good, SEVEN),
    ("bad", mistakes.bad, SEVEN),
    ("bad", mistakes.bad_abstains, SEVEN),
    ("broken", mistakes.broken, {**SEVEN, "broken": "nothing"}),
    ("broken", mistakes.broken_blames_the_data, {**SEVEN, "broken": "nothing"}),
    ("broken", mistakes.broken_blames_the_model, {**SEVEN, "broken": {"completion": "7", "solution": "seven"}}),
    ("text", mistakes.text_raises, SEVEN),
    ("text", mistakes.text_is_nan, SEVEN),
    ("text", mistakes.text_leaves_the_range, SEVEN),
    ("text", mistakes.text_recurses, SEVEN),
    ("growth", mistakes.growth, SEVEN),
    ("growth", mistakes.growth_explodes, SEVEN),
    ("growth", mistakes.growth_of_words, SEVEN),
    ("growth", mistakes.growth_never_ends, SEVEN),
    ("deterministic", mistakes.deterministic, SEVEN),
    ("batch", mistakes.batch, SEVEN),
    ("batch", mistakes.batch_sorts, SEVEN),
    ("group", mistakes.group, {"good": "7", "bad": "a long answer", "beside": ["some", "other answers"]}),
    ("group", mistakes.group_favours_the_first, {**SEVEN, "beside": ["8", "9"]}),
    ("worker", mistakes.worker, SEVEN),
    ("worker", mistakes.worker_ends, SEVEN),
    ("threads", mistakes.Threads, SEVEN),
    ("forms", mistakes.forms, SEVEN),
    ("forms", mistakes.forms_all_turns, SEVEN),
    ("columns", mistakes.columns, {**SEVEN, "share": 1.0}),
    ("columns", mistakes.columns_count, SEVEN),
    ("columns", mistakes.columns_default, {**SEVEN, "tags": ["one"]}),
    ("arguments", mistakes.arguments, {**SEVEN, "solution": ["7", "5"]}),
    ("arguments", mistakes.arguments_text, SEVEN),
    ("arguments", mistakes.arguments_picture, {"good": "7", "bad": "8", "image": PICTURE.copy()}),
    ("left open", mistakes.left_open, SEVEN),
    ("left open", mistakes.left_open_thread, SEVEN),
    ("left open", mistakes.left_open_seed, SEVEN),
    ("left open", mistakes.left_open_environment, SEVEN),
    ("left open", mistakes.left_open_task, SEVEN),
    ("steps", mistakes.steps, SEVEN),
    ("steps", mistakes.steps_of_a_long_text, SEVEN),
    ("picklable", mistakes.MADE_HERE[0], SEVEN),
    ("picklable", mistakes.Picklable, SEVEN),
    ("imports", heavy.imports, SEVEN),
]


@pytest.fixture(autouse=True)
def _no_file_stays_open() -> Iterator[None]:
    """What the mistakes leave open is closed."""
    yield
    for left in mistakes.KEPT:
        if not isinstance(left, Task):
            left.close()
    mistakes.KEPT.clear()


def name_of(reward: object) -> str:
    return str(getattr(reward, "__name__", getattr(reward, "name", reward)))


@pytest.mark.parametrize(("reward", "examples"), CLEAN, ids=[name_of(reward) for reward, _ in CLEAN])
def test_a_reward_of_each_kind_without_a_fault_passes(reward: object, examples: dict[str, Any]) -> None:
    assert_conforms(reward, **examples)


@pytest.mark.parametrize(("check", "reward", "examples"), FAULTY, ids=[name_of(reward) for _, reward, _ in FAULTY])
def test_a_mistake_is_found_by_the_check_for_it_alone(check: str, reward: object, examples: dict[str, Any]) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_conforms(reward, **examples)
    text = str(caught.value)
    assert set(re.findall(r"^- (.+?):", text, re.MULTILINE)) == {check}
    assert "\n  fix: " in text


def test_a_seed_that_was_set_before_is_found_and_the_state_is_put_back() -> None:
    found: list[str] = []
    random.seed(0)
    before = random.getstate()
    with leftovers(found):
        random.seed(0)
    assert found == ["the state of `random` was changed"]
    with leftovers(found):
        random.random()
    assert random.getstate() == before
    with pytest.raises(KeyError), leftovers(found):
        raise KeyError
    assert random.getstate() == before


SETTINGS: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "a limit of Python's": (gc.disable, gc.enable),
    "a timer": (lambda: signal.setitimer(signal.ITIMER_REAL, 900), lambda: signal.alarm(0)),
    "a handler of logs": (
        lambda: logging.getLogger().addHandler(logging.lastResort or logging.NullHandler()),
        lambda: logging.getLogger().removeHandler(logging.lastResort or logging.NullHandler()),
    ),
    "`sys.stdout` or `sys.stderr`": (
        lambda: setattr(sys, "stdout", sys.__stderr__),
        lambda: setattr(sys, "stdout", sys.__stdout__),
    ),
    "the locale, or the precision of `decimal`": (
        lambda: setattr(decimal.getcontext(), "prec", 60),
        lambda: setattr(decimal.getcontext(), "prec", 28),
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_is_changed_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    change, restore = SETTINGS[name]
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    with leftovers(found):
        change()
    restore()
    assert found == [f"{name} was changed"]


#: Two of them are quick: a check of its own, and one of what is scored first.
SKIPPED = [
    pytest.param(check, reward, examples, marks=() if reward in (mistakes.forms, mistakes.good) else pytest.mark.slow)
    for check, reward, examples in FAULTY
]


@pytest.mark.parametrize(("check", "reward", "examples"), SKIPPED)
def test_a_check_that_is_skipped_tells_nothing(check: str, reward: object, examples: dict[str, Any]) -> None:
    assert_conforms(reward, **examples, skip=[check])


def test_all_faults_are_told_at_once() -> None:
    @vr.reward(range=(0.0, 1.0))
    def exact(completion: vr.Completion) -> float:
        return float(completion.text == "8")

    with pytest.raises(AssertionError, match=r"(?s)Reward 'exact' does not conform:.*- good: .*- bad: .*- picklable: "):
        assert_conforms(exact, good="7", bad="8")


@pytest.mark.parametrize("examples", [{"good": [], "bad": "8"}, {"good": "7", "bad": []}])
def test_examples_are_needed(examples: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="give at least one of each"):
        assert_conforms(mistakes.clean_batch, **examples, solution="7")


def test_an_unknown_check_cannot_be_skipped() -> None:
    with pytest.raises(ValueError, match="'speed', which is not a check; there are good, bad, "):
        assert_conforms(mistakes.clean_batch, **SEVEN, skip=["speed"])


def test_what_is_no_reward_is_refused() -> None:
    with pytest.raises(TypeError, match="is not a reward; put `@vlm_rewards"):
        assert_conforms(len, good="7", bad="8")
