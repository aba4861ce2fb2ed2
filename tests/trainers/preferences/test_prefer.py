"""Rewards make preferences: what is chosen earns more, and nothing is sampled or scored twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards_trl
from vlm_rewards.cli import main
from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards_trl.generation import Answer, Sampler
from vlm_rewards_trl.preferences.pairs import Sample, accepted, best_of, distinct, pairs_of
from vlm_rewards_trl.preferences.prefer import Preferences, prefer
from vlm_rewards_trl.preferences.shards import Shards
from vlm_rewards_trl.recipe.provenance import RECORD
from vlm_rewards_trl.recipe.recipe import PreferencesConfig, Recipe

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]

REWARDS = """\
version: 1
allow_imports: true
rewards:
  late: {use: "trl:tests.trainers.tiny_models.upper_half", range: [0, 1], isolation: inline}
"""
SETTINGS = {"k": 4, "max_new_tokens": 4, "shard_rows": 2, "batch_size": 8}

samples = st.lists(st.builds(Sample, st.text(max_size=3), st.sampled_from([0.0, 0.1, 0.3, 1.0])), max_size=6)
settings = st.builds(
    PreferencesConfig,
    pairs=st.sampled_from(["best_worst", "all"]),
    ties=st.sampled_from(["first", "shortest", "skip"]),
    margin=st.sampled_from([0.0, 0.2, 0.7]),
    accept=st.sampled_from([None, 0.3]),
)


class TestPairs:
    @given(samples, settings)
    def test_the_chosen_one_is_better_by_the_margin(self, drawn: list[Sample], config: PreferencesConfig) -> None:
        pairs = list(pairs_of(drawn, config))
        assert all(chosen.reward > rejected.reward for chosen, rejected in pairs)
        assert all(chosen.reward - rejected.reward >= config.margin - 1e-6 for chosen, rejected in pairs)
        assert config.pairs == "all" or len(pairs) <= 1

    @given(samples, settings)
    def test_all_pairs_are_none_only_when_the_best_has_no_pair(
        self, drawn: list[Sample], config: PreferencesConfig
    ) -> None:
        first, every = (
            list(pairs_of(drawn, config.model_copy(update={"pairs": pairs, "ties": "first"})))
            for pairs in ("best_worst", "all")
        )
        assert bool(first) == bool(every)
        assert set(first) <= set(every)

    @given(samples, settings)
    def test_no_other_sample_is_better_than_the_best(self, drawn: list[Sample], config: PreferencesConfig) -> None:
        best = best_of(drawn, config)
        if best is None:
            assert not drawn or config.ties == "skip"
        else:
            assert best.reward == max(sample.reward for sample in drawn)

    @given(samples, settings)
    def test_accepted_are_those_that_earn_enough(self, drawn: list[Sample], config: PreferencesConfig) -> None:
        kept = accepted(drawn, config)
        assert kept == [sample for sample in drawn if config.accept is not None and sample.reward >= config.accept]

    @given(samples)
    def test_distinct_keeps_each_text_once_and_in_order(self, drawn: list[Sample]) -> None:
        kept = distinct(drawn)
        assert [sample.text for sample in kept] == list(dict.fromkeys(sample.text for sample in drawn))

    def test_ties_are_decided_as_asked(self) -> None:
        drawn = [Sample("seven", 1.0), Sample("7", 1.0), Sample("a long one", 0.0), Sample("8", 0.0)]
        for ties, expected in (("first", [("seven", "a long one")]), ("shortest", [("7", "8")]), ("skip", [])):
            config = PreferencesConfig.model_validate({"ties": ties})
            assert [(chosen.text, rejected.text) for chosen, rejected in pairs_of(drawn, config)] == expected

    def test_rounding_does_not_decide_the_margin(self) -> None:
        assert list(pairs_of([Sample("a", 0.3), Sample("b", 0.1)], PreferencesConfig(margin=0.2)))


@pytest.fixture
def made(recipe: Make, tmp_path: Path) -> dict[str, Any]:
    """A recipe of six prompts in three shards under a reward that noise earns."""
    whole = recipe("test", preferences=SETTINGS)
    whole["dataset"]["limit"] = 6
    (tmp_path / "rewards.yaml").write_text(REWARDS)
    return whole


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were sampled, call by call."""
    calls: list[int] = []
    plain = Sampler.write

    def watched(self: Sampler, rows: Any, **options: Any) -> Any:
        calls.append(len(rows))
        return plain(self, rows, **options)

    monkeypatch.setattr(Sampler, "write", watched)
    return calls


def read(result: Preferences, name: str = "preferences") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = Dataset.from_parquet(str(result.files[name])).to_list()
    return rows


def test_pairs_are_what_dpo_trains_on(made: dict[str, Any], recipe: Make, tmp_path: Path) -> None:
    result = prefer({**made, "output_dir": str(tmp_path / "pairs")})
    (tmp_path / "rewards.yaml").unlink()
    rows = Dataset.from_parquet(str(result.files["preferences"]))
    assert (result.prompts, result.completions, result.left_out) == (6, 24, 0)
    assert 0 < len(rows) == result.rows["preferences"] <= 6
    for row in rows:
        assert row["chosen_reward"] > row["rejected_reward"]
        assert [turn["role"] for turn in (*row["prompt"], *row["chosen"], *row["rejected"])] == [
            "user",
            "assistant",
            "assistant",
        ]
        assert row["images"][0].size == (24, 24)
        assert row["task"] in {"sum", "count", "box"}
    data = {"path": "parquet", "data_files": str(result.files["preferences"])}
    without = recipe("pairs", dataset=data)
    del without["rewards"]
    trainer = vlm_rewards_trl.mpo(Recipe.read(without))
    trainer.train()
    assert trainer.state.global_step == 2
    assert json.loads((tmp_path / "out" / RECORD).read_text())["rewards"]["rewards"].keys() == {"late"}


@pytest.fixture
def told(made: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Preferences:
    """What is made of six prompts, whose answers are right more and more often."""

    def write(self: Sampler, rows: list[Any], *, k: int, **_: Any) -> Any:
        # Of the answers to the first prompt none is right, of those to the others one, two and then all four.
        yield [Answer("A" if place < wrote else "!", [1]) for wrote in shares(rows) for place in range(k)]

    def shares(rows: list[Any]) -> list[int]:
        return [[0, 1, 2, 4][min(row["number"], 3)] for row in rows]

    rows = Dataset.from_parquet(made["dataset"]["data_files"])
    rows.add_column("number", list(range(len(rows)))).to_parquet(tmp_path / "numbered.parquet")
    made["dataset"]["data_files"] = str(tmp_path / "numbered.parquet")
    monkeypatch.setattr(Sampler, "write", write)
    return prefer(made)


def test_every_prompt_is_told_how_often_its_answers_are_right(told: Preferences) -> None:
    assert [row["right_share"] for row in read(told, "prompts")] == [0.0, 0.25, 0.5, 1.0, 1.0, 1.0]
    assert {row["number"]: row["right_share"] for row in read(told)} == {1: 0.25, 2: 0.5}
    assert told.rows["prompts"] == 6


def test_a_curriculum_goes_by_how_often_answers_were_right(told: Preferences, recipe: Make, tmp_path: Path) -> None:
    schedule = [[0, 0.2, 0.6], [2, 0.9, 1.0]]
    dataset = {"path": "parquet", "data_files": str(told.files["prompts"])}
    planned = recipe(dataset=dataset, sampling={"curriculum": {"by": "right_share", "schedule": schedule}})
    planned["training"]["max_steps"] = 4
    (tmp_path / "rewards.yaml").write_text(REWARDS)
    trainer = vlm_rewards_trl.grpo(Recipe.read(planned))
    trainer.train()
    plans = trainer.state.stateful_callbacks["SamplingPlan"]["plans"][:4]
    assert [set(plan) <= {1, 2} for plan in plans] == [True, True, False, False]
    assert [set(plan) <= {3, 4, 5} for plan in plans] == [False, False, True, True]


def test_the_sets_for_sft_hold_the_best_and_the_good_enough(made: dict[str, Any]) -> None:
    made["preferences"] = {**SETTINGS, "accept": 0.5}
    result = prefer(made)
    best, good = read(result, "best_of_n"), read(result, "rejection_sampling")
    assert len(best) == 6
    assert good
    assert all(row["reward"] >= 0.5 for row in good)
    assert [row["completion"][0]["role"] for row in best] == ["assistant"] * 6


def test_an_interrupted_run_goes_on_where_it_stopped(
    made: dict[str, Any], sampled: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = read(prefer({**made, "output_dir": str(tmp_path / "other")}))
    assert sampled == [2, 2, 2]
    plain = Shards._score

    def interrupted(self: Shards, rows: range, drawn: Any) -> Any:
        if rows.start == 2:
            raise KeyboardInterrupt
        return plain(self, rows, drawn)

    monkeypatch.setattr(Shards, "_score", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prefer(made)
    monkeypatch.setattr(Shards, "_score", plain)
    sampled.clear()
    assert read(prefer(made)) == whole
    assert sampled == [2]


def test_other_pair_settings_sample_nothing_and_other_rewards_score_again(
    made: dict[str, Any], sampled: list[int], tmp_path: Path
) -> None:
    few = prefer(made)
    sampled.clear()
    assert prefer(made, pairs="all").rows["preferences"] > few.rows["preferences"]
    assert prefer(made, margin=1.0).files.keys() == {"best_of_n", "prompts"}
    assert not (tmp_path / "out" / "preferences.parquet").exists()
    (tmp_path / "rewards.yaml").write_text(REWARDS + "combine: {op: sum, clip: [0, 0.5]}\n")
    assert max(row["reward"] for row in read(prefer(made), "best_of_n")) <= 0.5
    assert sampled == []


def test_completions_without_a_reward_are_left_out_and_counted(
    made: dict[str, Any], digits: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "rewards.yaml").write_text(REWARDS + "  sum: {use: math/answer, when: {column: task, in: [sum]}}\n")
    data = Dataset.from_parquet(str(digits["train"]))
    solutions = ["" if row == 0 else solution for row, solution in enumerate(data["solution"])]
    data.remove_columns("solution").add_column("solution", solutions).to_parquet(tmp_path / "some.parquet")
    made["dataset"] = {"path": "parquet", "data_files": str(tmp_path / "some.parquet")}
    made["preferences"] = {**SETTINGS, "shard_rows": 64, "batch_size": 256}
    result = prefer(made)
    assert (result.prompts, result.left_out) == (64, 4)
    assert result.unpaired == 64 - result.rows["preferences"]
    assert result.rows["best_of_n"] == 63


def test_processes_share_the_shards_and_the_last_writes_the_sets(
    made: dict[str, Any], sampled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    assert prefer(made).waiting == 2
    assert sampled == [2]
    monkeypatch.setenv("RANK", "0")
    assert prefer(made).prompts == 6


def test_what_cannot_work_is_refused_before_a_model_is_loaded(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Sampler, "__init__", lambda *_, **__: pytest.fail("a model was loaded"))
    with pytest.raises(ConfigError, match=r"temperature: .*greater than 0, not 0"):
        prefer(made, temperature=0)
    with pytest.raises(ConfigError, match=r"unknown key 'maximum'"):
        prefer(made, maximum=1)
    with pytest.raises(ConfigError, match=r"leave `streaming` out"):
        prefer({**made, "dataset": {**made["dataset"], "streaming": True}})
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {a: {use: math/answer, columns: {solution: gold}}}\n")
    with pytest.raises(ColumnError, match="'gold' is missing"):
        prefer(made)


def test_the_verb_says_what_it_wrote(made: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps({**made, "rewards": "rewards.yaml"}))
    result = CliRunner().invoke(main, ["prefer", str(path), "--set", "k=2", "--set", "dataset.limit=4"])
    assert result.exit_code == 0, result.output
    assert "4 prompts, 8 completions, 0 without a reward left out." in result.output
    assert "best_of_n.parquet: 4 rows" in result.output
    result = CliRunner().invoke(
        main, ["prefer", str(path), "--set", "k=2", "--set", "dataset.limit=4", "--set", "margin=9"]
    )
    assert "4 prompts without a pair" in result.output
