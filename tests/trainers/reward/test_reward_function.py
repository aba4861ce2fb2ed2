"""The composed function keeps TRL's convention, whatever TRL injects or leaves out."""

from __future__ import annotations

import math
import multiprocessing
import pickle
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards_trl import functions
from vlm_rewards_trl.reward.factory import reward_function
from vlm_rewards_trl.reward.function import RewardFunction
from vlm_rewards_trl.reward.per_term import split

CONFIG = {
    "version": 1,
    "rewards": {
        "format": {"use": "format/think_answer", "weight": 0.2},
        "answer": {"use": "math/answer", "gate": "format"},
    },
}
GOOD = "<think>3+4</think><answer>\\boxed{7}</answer>"
BAD = "<think>3+4</think><answer>\\boxed{8}</answer>"


def chat(*texts: str) -> list[list[dict[str, str]]]:
    return [[{"role": "assistant", "content": text}] for text in texts]


def call(function: Any, texts: list[str], solution: list[str], **kwargs: Any) -> list[float | None]:
    prompts = [[{"role": "user", "content": "3+4?"}]] * len(texts)
    result: list[float | None] = function(
        prompts=prompts, completions=chat(*texts), completion_ids=[[1, 2]] * len(texts), solution=solution, **kwargs
    )
    return result


def rates_of(term: str) -> list[str]:
    return [f"rewards/{term}/fault_rate", f"rewards/{term}/abstain_rate"]


def test_scores_messages_and_plain_texts_alike() -> None:
    function = reward_function(CONFIG)
    assert call(function, [GOOD, BAD, "7"], ["7"] * 3) == [1.2, 0.2, 0.0]
    assert function(prompts=["3+4?"] * 2, completions=[GOOD, BAD], solution=["7", "7"]) == [1.2, 0.2]


def test_a_bad_reference_is_none_and_the_others_keep_their_scores() -> None:
    assert call(reward_function(CONFIG), [GOOD, GOOD], ["", "7"]) == [None, 1.2]


def test_logs_each_term_once_per_row_and_full_columns() -> None:
    metrics: dict[str, list[float]] = defaultdict(list)
    columns: dict[str, list[Any]] = {}
    call(
        reward_function(CONFIG),
        [GOOD, BAD],
        ["7", "7"],
        log_metric=lambda name, value: metrics[name].append(value),
        log_extra=columns.__setitem__,
        trainer_state=SimpleNamespace(global_step=3, max_steps=10),
        environments=[None, None],
    )
    rates = {name: [0.0, 0.0] for term in ("format", "answer") for name in rates_of(term)}
    rates["rewards/answer/asked_rate"] = [1.0, 1.0]  # `answer` has a gate
    spreads = {"rewards/format/std": [0.0], "rewards/answer/std": [0.5]}
    assert metrics == {"rewards/format/mean": [1.0, 1.0], "rewards/answer/mean": [1.0, 0.0]} | spreads | rates
    assert columns == {
        "format": [1.0, 1.0],
        "format_reason": [None, None],
        "answer": [1.0, 0.0],
        "answer_reason": [None, "'8' against '7'"],
        "solution": ["7", "7"],
    }


def test_what_the_terms_read_is_logged_so_that_it_can_be_scored_again() -> None:
    columns: dict[str, list[Any]] = {}
    boxes = {"use": "grounding/box_iou", "when": {"column": "task", "in": ["box"]}}
    function = reward_function({"version": 1, "rewards": {"boxes": boxes}})
    golds: list[Any] = [[0, 0, 2, 2], {"bbox": [0, 0, 2, 2]}]
    given = {"task": ["box", "box"], "unread": [1, 2], "log_extra": columns.__setitem__}
    first = call(function, ["[0, 0, 2, 2]", "[0, 0, 2, 1]"], golds, **given)
    assert columns["solution"] == ["[0, 0, 2, 2]", '{"bbox": [0, 0, 2, 2]}']
    assert set(columns) == {"boxes", "boxes_reason", "solution", "task"}
    again = call(function, ["[0, 0, 2, 2]", "[0, 0, 2, 1]"], columns["solution"], task=columns["task"])
    assert first == again == [1.0, 0.5]


def test_functions_of_single_terms_leave_means_to_the_trainer() -> None:
    metrics: set[str] = set()
    functions, _ = split(reward_function(CONFIG))
    for function in functions:
        call(function, [GOOD, BAD], ["7", "7"], log_metric=lambda name, _: metrics.add(name))
    rates = {name for term in ("format", "answer") for name in rates_of(term)}
    assert metrics == rates | {"rewards/answer/asked_rate"}


def test_a_gated_term_logs_how_often_it_was_asked_and_a_reward_its_own_metrics(tmp_path: Path) -> None:
    (tmp_path / "dear.py").write_text(
        "import vlm_rewards as vr\n@vr.reward(range=(0, 1))\ndef dear(completion: vr.Completion) -> vr.RewardOutput:\n"
        "    'It costs.'\n    return vr.RewardOutput(score=1.0, details={'metrics': {'cost': 0.25}})\n"
    )
    gate = {"term": "answer", "at_most": 0.5}
    terms = {"answer": {"use": "math/answer"}, "dear": {"use": f"{tmp_path}/dear.py:dear", "gate": gate}}
    metrics: dict[str, list[float]] = defaultdict(list)
    function = reward_function({"version": 1, "rewards": terms, "combine": "max"})
    texts = [GOOD, BAD, "", BAD]
    scores = call(function, texts, ["7"] * 4, log_metric=lambda name, value: metrics[name].append(value))
    assert scores == [1.0, 1.0, 0.0, 1.0]
    assert metrics["rewards/dear/asked_rate"] == [0.0, 1.0, 0.0, 1.0]
    assert metrics["rewards/dear/cost"] == [0.25, 0.25]


@pytest.mark.parametrize(
    "told",
    ["all", None, 7, ["a"], {"cost": "much"}, {"cost": None}, {"cost": math.nan}, {"cost": 10**400}, {"cost": [1.0]}],
    ids=str,
)
def test_what_a_reward_tells_among_its_metrics_stops_no_run(tmp_path: Path, told: Any) -> None:
    (tmp_path / "odd.py").write_text(
        "import math, vlm_rewards as vr\nnan = math.nan\n@vr.reward(range=(0, 1))\n"
        "def odd(completion: vr.Completion) -> vr.RewardOutput:\n    'It tells anything.'\n"
        f"    return vr.RewardOutput(score=1.0, details={{'metrics': {told!r}}})\n"
    )
    metrics: dict[str, list[float]] = defaultdict(list)
    function = reward_function({"version": 1, "rewards": {"odd": {"use": f"{tmp_path}/odd.py:odd"}}})
    assert call(function, [GOOD], ["7"], log_metric=lambda name, value: metrics[name].append(value)) == [1.0]
    assert "rewards/odd/cost" not in metrics
    assert metrics["rewards/odd/fault_rate"] == [0.0]


def test_a_metric_of_a_reward_takes_no_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "sly.py").write_text(
        "import vlm_rewards as vr\n@vr.reward(range=(0, 1))\ndef sly(completion: vr.Completion) -> vr.RewardOutput:\n"
        "    'It is never at fault.'\n"
        "    return vr.RewardOutput(score=1.0, details={'metrics': {'fault_rate': 1.0, 'seen': 2}})\n"
    )
    metrics: dict[str, list[float]] = defaultdict(list)
    function = reward_function({"version": 1, "rewards": {"sly": {"use": f"{tmp_path}/sly.py:sly"}}})
    call(function, [GOOD], ["7"], log_metric=lambda name, value: metrics[name].append(value))
    assert (metrics["rewards/sly/fault_rate"], metrics["rewards/sly/seen"]) == ([0.0], [2.0])


def test_a_term_that_no_row_is_routed_to_logs_no_metric() -> None:
    config = {"version": 1, "rewards": {"a": {"use": "format/boxed", "when": {"column": "task", "in": ["x"]}}}}
    metrics: list[str] = []
    scores = call(reward_function(config), [GOOD], ["7"], task=["y"], log_metric=lambda name, _: metrics.append(name))
    assert scores == [None]
    assert metrics == []


def test_its_name_differs_from_every_term() -> None:
    assert reward_function(CONFIG).__name__ == "vlm_rewards"
    term = {"version": 1, "rewards": {"vlm_rewards": {"use": "format/boxed"}}}
    assert reward_function(term).__name__ == "vlm_rewards_total"


def test_a_missing_column_says_which_term_reads_it() -> None:
    with pytest.raises(ColumnError, match=r"'solution' is missing.*math/answer.*term 'answer'"):
        reward_function(CONFIG)(prompts=["?"], completions=[GOOD])


def test_an_unexpected_completion_is_scored_low_with_a_reason() -> None:
    reasons: dict[str, list[Any]] = {}
    scores = reward_function(CONFIG)(
        prompts=["?"] * 2, completions=[3.5, GOOD], solution=["7"] * 2, log_extra=reasons.__setitem__
    )
    assert scores == [0.0, 1.2]
    assert "unexpected completion 3.5" in reasons["format_reason"][0]


def test_pickles_and_scores_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rewards.yaml"
    path.write_text("version: 1\nrewards: {answer: {use: math/answer}}\n")
    function = reward_function(path)
    again: RewardFunction = pickle.loads(pickle.dumps(function))
    assert call(again, [GOOD, BAD], ["7", "7"]) == call(function, [GOOD, BAD], ["7", "7"]) == [1.0, 0.0]


def _in_child(function: RewardFunction, results: Any) -> None:
    results.put(call(function, [GOOD, BAD], ["7", "7"]))


def test_works_in_a_spawned_process() -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    child = context.Process(target=_in_child, args=(reward_function(CONFIG), results))
    child.start()
    assert results.get(timeout=120) == [1.2, 0.2]
    child.join()


def test_wrapped_functions_get_what_trl_gave(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "def lengths(prompts, completions, completion_ids, solution, **kwargs):\n"
        "    assert 'trainer_state' in kwargs\n"
        "    return [None if s == 'skip' else len(c[0]['content']) / 100 for c, s in zip(completions, solution)]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    config = {
        "version": 1,
        "allow_imports": True,
        "rewards": {"length": {"use": "trl:mine.lengths", "range": [0, 1], "on_abstain": "drop"}},
    }
    state = SimpleNamespace(global_step=0, max_steps=1)
    scores = call(reward_function(config), ["a" * 50, "b"], ["7", "skip"], trainer_state=state)
    assert scores == [0.5, None]


def test_on_error_fail_stops_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def boom(**kwargs):\n    raise RuntimeError('grader down')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    term = {"use": "trl:broken.boom", "range": [0, 1]}
    config = {"version": 1, "allow_imports": True, "rewards": {"boom": term}}
    assert call(reward_function(config), [GOOD], ["7"]) == [None]
    with pytest.raises(Exception, match="grader down"):
        call(reward_function(config | {"on_error": "fail"}), [GOOD], ["7"])


class TestFromEnv:
    def test_reads_the_rewards_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        path = tmp_path / "rewards.yaml"
        path.write_text("version: 1\nrewards: {answer: {use: math/answer}}\n")
        monkeypatch.setenv("VLM_REWARDS_CONFIG", str(path))
        assert call(functions.from_env, [GOOD, BAD], ["7", "7"]) == [1.0, 0.0]

    def test_says_what_is_not_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VLM_REWARDS_CONFIG", raising=False)
        with pytest.raises(ConfigError, match="VLM_REWARDS_CONFIG is not set"):
            call(functions.from_env, [GOOD], ["7"])
