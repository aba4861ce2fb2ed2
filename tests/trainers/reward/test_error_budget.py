"""The error budget stops a run that scores nothing, and bears the odd fault."""

from __future__ import annotations

import logging
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_rewards import ScoredBatch
from vlm_rewards.errors import ConfigError, ScoringError
from vlm_rewards_trl.reward.error_budget import ErrorBudget, Failures
from vlm_rewards_trl.reward.factory import reward_function
from vlm_rewards_trl.reward.function import RewardFunction

NONE = Failures(0, 0)


def test_one_fault_in_the_first_batch_is_borne_and_an_outage_is_not() -> None:
    budget = ErrorBudget(0.05, 20)
    assert budget.spend(8, 1, NONE) is None
    outage = ErrorBudget(0.05, 20)
    assert outage.spend(8, 8, NONE) is None
    assert "graders failed on 16 of 16 items in the last 2 batches" in (outage.spend(8, 8, NONE) or "")


def test_old_batches_leave_the_window() -> None:
    budget = ErrorBudget(0.1, 10)
    assert budget.spend(10, 9, NONE) is None
    assert all(budget.spend(10, 0, NONE) is None for _ in range(10))
    assert budget.spend(10, 9, NONE) is None


@given(st.lists(st.integers(0, 5), min_size=20, max_size=60))
def test_a_rate_at_or_below_the_limit_never_stops_a_full_window(faults: list[int]) -> None:
    budget = ErrorBudget(0.05, 20)
    stopped = [budget.spend(100, count, NONE) is not None for count in faults]
    assert not any(stopped)


def test_a_limit_of_zero_stops_at_the_first_fault() -> None:
    assert ErrorBudget(0.0, 20).spend(1000, 1, NONE) is not None


def test_the_message_names_the_top_reasons_with_an_example_each() -> None:
    reasons = {"a broke": 5, "b broke": 3, "c broke": 2, "d broke": 1}
    places = {reason: f"term 't', row {row}" for row, reason in enumerate(reasons)}
    message = ErrorBudget(0.0, 20).spend(20, 11, Failures(20, 11, reasons, places)) or ""
    assert "5 times, first at term 't', row 0: a broke" in message
    assert "2 times, first at term 't', row 2: c broke" in message
    assert "d broke" not in message


@pytest.fixture
def flaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RewardFunction:
    (tmp_path / "flaky.py").write_text(
        "def score(completions, **kwargs):\n"
        "    return [float('nan') if c == 'nan' else None if c == 'none' else 1.0 for c in completions]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    term = {"use": "trl:flaky.score", "range": [0, 1], "on_abstain": "drop"}
    return reward_function({"version": 1, "allow_imports": True, "rewards": {"flaky": term}})


def batch(*completions: str, **kwargs: Any) -> dict[str, Any]:
    return {"prompts": ["?"] * len(completions), "completions": list(completions), **kwargs}


def test_a_run_stops_when_the_budget_is_spent(flaky: RewardFunction) -> None:
    assert flaky(**batch("a", "nan")) == [1.0, None]
    with pytest.raises(ScoringError, match=r"(?s)budget is spent.*first at term 'flaky', row 1: Reward 'trl/score'"):
        flaky(**batch("nan", "nan"))


def test_evaluation_does_not_spend_the_budget(flaky: RewardFunction) -> None:
    class Trainer:
        model = SimpleNamespace(training=False)

        def log_metric(self, name: str, value: float) -> None:
            """TRL passes a method of its trainer."""

    for _ in range(50):
        assert flaky(**batch("nan", "nan", log_metric=Trainer().log_metric)) == [None, None]


def test_rates_are_logged_per_row_and_group(flaky: RewardFunction) -> None:
    metrics: dict[str, list[float]] = defaultdict(list)
    flaky.context = type(flaky.context)(group_size=2)
    flaky(**batch("a", "none", "nan", "b", log_metric=lambda name, value: metrics[name].append(value)))
    assert metrics["rewards/flaky/mean"] == [1.0, 1.0]
    assert metrics["rewards/flaky/fault_rate"] == [0.0, 0.0, 1.0, 0.0]
    assert metrics["rewards/flaky/abstain_rate"] == [0.0, 1.0, 0.0, 0.0]
    assert metrics["rewards/flaky/mixed_abstention_rate"] == [1.0, 0.0]
    assert metrics["rewards/flaky/zero_variance_rate"] == [1.0, 1.0]


def test_a_group_is_flat_for_its_totals_not_for_a_term_of_it() -> None:
    terms = {"form": {"use": "format/boxed", "weight": 0.1}, "answer": {"use": "math/answer", "weight": 0.2}}
    function = reward_function({"version": 1, "rewards": terms}, args=SimpleNamespace(num_generations=3))
    metrics: dict[str, list[float]] = defaultdict(list)
    right, wrong = ["\\boxed{7}"] * 3, ["7", "8", "7"]
    logged = {"solution": ["7"] * 6, "log_metric": lambda name, value: metrics[name].append(value)}
    function(**batch(*right, *wrong, **logged))
    assert metrics["zero_variance_rate"] == [1.0, 0.0]
    assert metrics["rewards/form/zero_variance_rate"] == [1.0, 0.0]


def test_a_part_of_a_group_tells_nothing_of_the_group(flaky: RewardFunction) -> None:
    flaky.context = type(flaky.context)(group_size=4)
    names: set[str] = set()
    flaky(**batch("a", "none", log_metric=lambda name, _: names.add(name)))
    assert names == {f"rewards/flaky/{name}" for name in ("mean", "std", "fault_rate", "abstain_rate")}


def test_trls_warning_about_a_row_without_reward_is_one_line(
    flaky: RewardFunction, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("trl.trainer.grpo_trainer")
    with caplog.at_level(logging.WARNING, logger=logger.name):
        row = "picture " * 1000
        logger.warning(f"All reward functions returned None for the following kwargs:\n{row}")  # noqa: G004 - as TRL
        logger.warning("something else")
    assert [len(record.getMessage()) < 150 for record in caplog.records] == [True, True]
    assert caplog.records[1].getMessage() == "something else"


class TestPerTerm:
    CONFIG: ClassVar[dict[str, Any]] = {
        "version": 1,
        "rewards": {
            "format": {"use": "format/think_answer", "weight": 0.2},
            "answer": {"use": "math/answer", "gate": "format"},
        },
    }
    GOOD = "<think>3+4</think><answer>\\boxed{7}</answer>"

    def test_one_function_per_term_with_its_weight(self) -> None:
        functions, weights = reward_function(self.CONFIG, per_term=True)
        assert [function.__name__ for function in functions] == ["format", "answer"]
        assert weights == [0.2, 1.0]
        rows = batch(self.GOOD, "7", solution=["7", "7"])
        assert [function(**rows) for function in functions] == [[1.0, 0.0], [1.0, 0.0]]

    def test_a_batch_is_evaluated_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        functions, _ = reward_function(self.CONFIG, per_term=True)
        calls: list[int] = []
        plain = RewardFunction.score

        def counted(self: RewardFunction, *args: Any, **kwargs: Any) -> ScoredBatch:
            calls.append(1)
            return plain(self, *args, **kwargs)

        monkeypatch.setattr(RewardFunction, "score", counted)
        rows = batch(self.GOOD, solution=["7"])
        for _ in range(2):
            for function in functions:
                function(**rows)
        assert len(calls) == 1
        functions[0](**batch(self.GOOD, solution=["8"]))
        assert len(calls) == 2

    def test_a_row_without_a_total_is_none_in_every_term(self) -> None:
        functions, _ = reward_function(self.CONFIG, per_term=True)
        rows = batch(self.GOOD, solution=[""])
        assert [function(**rows) for function in functions] == [[None], [None]]

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"combine": "mean"}, "can only be summed"),
            ({"combine": {"op": "sum", "clip": [0, 1]}}, "unclipped"),
            ({"rewards": {"a": {"use": "format/boxed", "weight": {"schedule": [[0, 0], [9, 1]]}}}}, "no schedule"),
        ],
    )
    def test_what_trl_cannot_express_is_refused(self, change: dict[str, Any], expected: str) -> None:
        with pytest.raises(ConfigError, match=expected):
            reward_function(self.CONFIG | change, per_term=True)


def test_group_terms_are_refused_when_a_group_would_be_split_across_ranks() -> None:
    config = {"version": 1, "rewards": {"a": {"use": "format/tag_count", "normalize": "group"}}}
    args = SimpleNamespace(num_generations=8, world_size=2, generation_batch_size=24)
    with pytest.raises(
        ConfigError, match=r"rewards\.a: `normalize: group` .* 12 rows per rank split groups of 8; make"
    ):
        reward_function(config, args=args)
    args.generation_batch_size = 32
    assert reward_function(config, args=args)
