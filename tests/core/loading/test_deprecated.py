"""A reward that goes in a later version of its pack: whoever uses it is warned, once, and it scores as before."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import vlm_rewards as vr

SOURCE = """
import vlm_rewards as vr

@vr.reward(range=(0, 1), goes_in="2.0: use acme/exact")
def old(completion) -> float:
    return 1.0

@vr.reward(range=(0, 1))
def exact(completion) -> float:
    return 1.0
"""


@pytest.mark.parametrize("isolation", ["inline", "process"])
def test_whoever_uses_a_deprecated_reward_is_told_when_it_goes_and_what_to_use(tmp_path: Path, isolation: str) -> None:
    (tmp_path / "mine.py").write_text(SOURCE)
    config = tmp_path / "rewards.yaml"
    config.write_text(f'version: 1\nrewards: {{a: {{use: "./mine.py:old", isolation: {isolation}}}}}\n')
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with vr.load_scorer(config) as scorer:
            assert scorer.score(vr.Batch.of(["a", "b"])).totals == [1.0, 1.0]
    (warning,) = [one for one in caught if one.category is FutureWarning]
    assert "'file/old'" in str(warning.message)
    assert str(warning.message).endswith("is deprecated and goes in 2.0: use acme/exact.")
    assert warning.filename == __file__


def test_its_neighbours_are_used_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOURCE)
    config = tmp_path / "rewards.yaml"
    config.write_text('version: 1\nrewards: {a: {use: "./mine.py:exact"}}\n')
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        vr.load_scorer(config).close()
